/**
 * The kinds that services compile to: what they are called, in which order they are written, which need a definition.
 *
 * @module
 */
import type { Kind, KubeObject } from "@lattice/kube";

/** Field manager of every object, and of the statuses, that the mesh controllers write. */
export const MESH_MANAGER = "lattice-mesh";

/** What a kind is for: to let traffic through or keep it out, or to run pods. */
export type Layer = "policy" | "workload";

/** A kind that is written. */
export interface MeshKind extends Kind {
  /** Layers whose objects have this kind. */
  readonly layers: readonly Layer[];
  /** Name of its CustomResourceDefinition; absent for kinds that every API server serves. */
  readonly crd?: string;
  /** Whether its objects hold data, so that they outlive the service. */
  readonly keepsData?: true;
}

function custom(apiVersion: string, kind: string, plural: string, ...layers: Layer[]): MeshKind {
  return { apiVersion, kind, layers, crd: `${plural}.${apiVersion.split("/")[0]}` };
}

function builtIn(apiVersion: string, kind: string): MeshKind {
  return { apiVersion, kind, layers: ["workload"] };
}

const ISTIO_SECURITY = "security.istio.io/v1";
const GATEWAY_API = "gateway.networking.k8s.io/v1";

/**
 * Every kind that is written, in the order in which objects are created: what others refer to comes first, and a policy
 * that lets traffic in comes after what it is about. Deletions go the other way round.
 */
export const MESH_KINDS: readonly MeshKind[] = [
  custom(ISTIO_SECURITY, "PeerAuthentication", "peerauthentications", "policy"),
  custom("networking.istio.io/v1beta1", "ServiceEntry", "serviceentries", "policy"),
  builtIn("v1", "ServiceAccount"),
  builtIn("v1", "ConfigMap"),
  custom("external-secrets.io/v1", "ExternalSecret", "externalsecrets", "workload"),
  { ...builtIn("v1", "PersistentVolumeClaim"), keepsData: true },
  builtIn("v1", "Service"),
  builtIn("apps/v1", "Deployment"),
  builtIn("apps/v1", "StatefulSet"),
  builtIn("policy/v1", "PodDisruptionBudget"),
  builtIn("autoscaling/v2", "HorizontalPodAutoscaler"),
  custom("cert-manager.io/v1", "Certificate", "certificates", "workload"),
  custom(GATEWAY_API, "Gateway", "gateways", "policy", "workload"),
  custom(GATEWAY_API, "HTTPRoute", "httproutes", "workload"),
  custom(ISTIO_SECURITY, "AuthorizationPolicy", "authorizationpolicies", "policy"),
  custom(
    "cilium.io/v2",
    "CiliumClusterwideNetworkPolicy",
    "ciliumclusterwidenetworkpolicies",
    "policy",
  ),
  custom("cilium.io/v2", "CiliumNetworkPolicy", "ciliumnetworkpolicies", "policy"),
];

const RANKS = new Map(MESH_KINDS.map((kind, rank) => [kindId(kind), rank]));

/**
 * Names a kind.
 *
 * @param kind Kind, or an object of it.
 * @returns `GROUP/VERSION KIND`.
 */
export function kindId({ apiVersion, kind }: Kind): string {
  return `${apiVersion} ${kind}`;
}

/**
 * Names an object.
 *
 * @param object Object.
 * @returns `GROUP/VERSION KIND NAMESPACE/NAME`; the namespace is empty for cluster-scoped kinds.
 */
export function objectId(object: KubeObject): string {
  const { namespace = "", name } = object.metadata;
  return `${kindId(object)} ${namespace}/${name}`;
}

/**
 * Orders objects as they are created.
 *
 * @param a One.
 * @param b The other.
 * @returns Negative, 0 or positive.
 */
export function compareCreation(a: KubeObject, b: KubeObject): number {
  const rank = (object: KubeObject) => RANKS.get(kindId(object)) ?? 0;
  return rank(a) - rank(b);
}

/**
 * The table's entry of a kind.
 *
 * @param kind Kind, or an object of it.
 * @returns Undefined for a kind that is not written here.
 */
export function meshKindOf(kind: Kind): MeshKind | undefined {
  return MESH_KINDS[RANKS.get(kindId(kind)) ?? -1];
}
