/**
 * Definitions of the kinds of Cilium, Istio, Gateway API, External Secrets and cert-manager for local clusters.
 *
 * The pods of a local cluster are simulated, so that neither Cilium nor Istio can run in it, and nobody would bring their
 * definitions. With these, which take any content, the objects of services are stored and can be looked at as in any other
 * cluster. Real definitions win: one that is there is never touched, and installing one later replaces its stand-in.
 *
 * @module
 */
import { isApiError, type Kind, type KubeClient, type KubeObject } from "@lattice/kube";
import { SECRET_STORE } from "@lattice/workload";
import { MESH_KINDS } from "./kinds.ts";

/** Kinds whose objects have no namespace. */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  "CiliumClusterwideNetworkPolicy",
  SECRET_STORE.kind,
]);

/** Label of a definition that stands in for a real one. */
export const STAND_IN_LABEL = "lattice.dev/stand-in";

/**
 * The definitions, one a kind.
 */
export function standIns(): KubeObject[] {
  return [...MESH_KINDS, SECRET_STORE].flatMap((kind) =>
    kind.crd === undefined ? [] : [definition(kind, kind.crd)]
  );
}

/**
 * Creates the definitions that are missing.
 *
 * @param client Client of a local cluster.
 * @param signal Ends it early.
 * @throws {ApiError} When the server refuses one for another reason than that it exists.
 */
export async function installStandIns(client: KubeClient, signal: AbortSignal): Promise<void> {
  await Promise.all(
    standIns().map(async (definition) => {
      const { apiVersion, kind, metadata: { name } } = definition;
      if (await client.find({ apiVersion, kind, name }, { signal }) !== undefined) return;
      try {
        await client.create(definition, { signal });
      } catch (error) {
        if (!isApiError(error, 409)) throw error;
      }
    }),
  );
}

function definition({ apiVersion, kind }: Kind, name: string): KubeObject {
  const [group = "", version = ""] = apiVersion.split("/");
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name,
      labels: { [STAND_IN_LABEL]: "true" },
      // Groups of Kubernetes' own are refused without a word about who approved them.
      annotations: {
        "api-approved.kubernetes.io": "unapproved, stands in for the real definition",
      },
    },
    spec: {
      group,
      scope: CLUSTER_SCOPED.has(kind) ? "Cluster" : "Namespaced",
      names: {
        kind,
        listKind: `${kind}List`,
        plural: name.slice(0, name.indexOf(".")),
        singular: kind.toLowerCase(),
      },
      versions: [{
        name: version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      }],
    },
  };
}
