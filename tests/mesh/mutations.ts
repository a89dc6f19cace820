/**
 * Ways of breaking the compiler on purpose, and the check that has to notice each of them.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { compileAll, graphOf } from "@lattice/policy";
import type { Layer4 } from "../support/mesh_cilium.ts";
import type { Declared } from "../support/mesh_model.ts";
import { meshOf } from "../support/mesh_random.ts";
import { MeshWorld } from "../support/mesh_world.ts";

const GRAPHS = 80;

/** A compiler that is broken in one way. */
export interface Mutation {
  /** What is wrong with the compiler. */
  name: string;
  /** The layer at which it shows: whether Cilium's engine or only the mesh could notice. */
  layer: "l4" | "mesh";
  /** The declarations as the compiler misreads them. */
  misread?: (object: Declared) => void;
  /** The objects as it writes them. Undefined: it forgets one. */
  miswrite?: (object: KubeObject) => KubeObject | undefined;
}

/** The ways. */
export const MUTATIONS: readonly Mutation[] = [
  { name: "admits who is not declared", layer: "l4", misread: admitNamespace },
  { name: "takes a wildcard for all namespaces", layer: "l4", misread: widenWildcards },
  { name: "drops the namespace of the declared caller", layer: "l4", misread: dropNamespaces },
  {
    name: "lets the mesh admit any identity",
    layer: "mesh",
    miswrite: editText(/"from":\[\{"source":\{[^}]*\}\}\],?/g, ""),
  },
  {
    name: "writes the identity of another trust domain",
    layer: "mesh",
    miswrite: editText(/lattice\.prod\.local/g, "cluster.local"),
  },
  { name: "leaves the ports out of the mesh's rules", layer: "mesh", miswrite: dropPorts },
  {
    name: "writes ports of the Service where ztunnel sees those of the pod",
    layer: "mesh",
    miswrite: editText(/"(9090|8000)"/g, '"80"'),
  },
  {
    name: "forgets that Cilium leaves a direction without rules open",
    layer: "l4",
    miswrite: withoutEmptyRules,
  },
  { name: "forgets the callee's side at layer 4", layer: "l4", miswrite: withoutRules("ingress") },
  { name: "forgets the caller's side at layer 4", layer: "l4", miswrite: withoutRules("egress") },
  {
    name: "trusts the label and not the account",
    layer: "l4",
    miswrite: editText(/"k8s:io\.cilium\.k8s\.policy\.serviceaccount":"[^"]*",?/g, ""),
  },
  { name: "lets anyone into the tunnel", layer: "l4", miswrite: anyoneIntoTunnel },
  {
    name: "opens every port of an external service on every host",
    layer: "l4",
    miswrite: editText(/"port":"(443|5432|8443)"/g, '"port":"443"'),
  },
  {
    name: "lets names through without watching DNS",
    layer: "l4",
    miswrite: editText(/,"rules":\{"dns":\[[^\]]*\]\}/g, ""),
  },
  { name: "does not enrol the namespaces", layer: "mesh", miswrite: without("Namespace") },
  { name: "forgets waypoints", layer: "mesh", miswrite: without("Gateway") },
  {
    name: "forgets what is outside of the cluster",
    layer: "mesh",
    miswrite: without("ServiceEntry"),
  },
  {
    name: "forgets the default deny of the mesh",
    layer: "mesh",
    miswrite: withoutNamed("mesh-default-deny"),
  },
];

/** Whoever decides at layer 4 in a judgement. */
export type Decide = (
  objects: readonly KubeObject[],
  judge: (l4: Layer4) => boolean,
) => Promise<boolean> | boolean;

/**
 * Looks for a mesh that gives a broken compiler away.
 *
 * @param mutation what is broken
 * @param cluster name of the cluster
 * @param decide runs the judgement, which is true when the objects let through what they should not, or less
 *   than they should
 * @param onlyL4 leaves out what the mesh lets through. Default: both layers count
 * @returns the first seed whose mesh does, or undefined
 */
export async function seedThatCatches(
  { misread, miswrite }: Pick<Mutation, "misread" | "miswrite">,
  cluster: string,
  decide: Decide,
  onlyL4 = false,
): Promise<number | undefined> {
  for (let seed = 0; seed < GRAPHS; seed++) {
    const mesh = meshOf(seed);
    const read = structuredClone(mesh);
    if (misread) { for (const object of read) misread(object); }
    const objects = compileAll(graphOf(read), { cluster })
      .flatMap((object) => miswrite ? miswrite(object) ?? [] : object);
    if (await decide(objects, (l4) => isWrong(new MeshWorld(mesh, objects, cluster, l4), onlyL4))) {
      return seed;
    }
  }
  return undefined;
}

function isWrong(world: MeshWorld, onlyL4: boolean): boolean {
  return world.judgeAll().some(({ question, agreed, l4, mesh }) => {
    if (l4 !== agreed) return true;
    if (!onlyL4 && mesh !== undefined && mesh !== agreed) return true;
    if (question.callee.kind !== "LatticeService" || question.callee.spec.hostNetwork) return false;
    const { name, namespace = "" } = question.caller.metadata;
    const labels = { "lattice.dev/service": name };
    const stranger = world.strangerGetsThrough(namespace, labels, "default", question);
    const other = world.reachesOther(question, 4711);
    const system = world.strangerGetsThrough("kube-system", {}, "default", question);
    return [stranger.l4, system.l4, other.plain].includes(true) ||
      (!onlyL4 && (stranger.mesh || other.tunnelled));
  });
}

function admitNamespace(object: Declared): void {
  if (object.kind !== "LatticeService") return;
  object.spec.resources["everyone"] = { type: "service", id: "*", direction: "inbound" };
}

function widenWildcards(object: Declared): void {
  if (object.kind !== "LatticeService") return;
  for (const resource of Object.values(object.spec.resources)) {
    if (resource.id === "*") resource.namespace = "*";
  }
}

function dropNamespaces(object: Declared): void {
  if (object.kind !== "LatticeService") return;
  for (const resource of Object.values(object.spec.resources)) {
    if (resource.direction === "inbound" && resource.id !== "*") delete resource.namespace;
  }
}

function editText(pattern: RegExp, replacement: string): (object: KubeObject) => KubeObject {
  return (object) =>
    object.metadata.namespace?.endsWith("-system") || object.kind.startsWith("CiliumClusterwide")
      ? object
      : JSON.parse(
        JSON.stringify(object).replace(pattern, replacement).replace(/,\}/g, "}"),
      ) as KubeObject;
}

function dropPorts(object: KubeObject): KubeObject {
  return object.kind === "AuthorizationPolicy"
    ? editText(/,"to":\[\{"operation":\{"ports":\[[^\]]*\]\}\}\]/g, "")(object)
    : object;
}

function withoutEmptyRules(object: KubeObject): KubeObject {
  if (!object.apiVersion.startsWith("cilium")) return object;
  const { ingress, ...spec } = object.spec as { ingress?: Record<string, unknown>[] };
  const isEmpty = ingress?.every((rule) => Object.keys(rule).length === 0);
  return isEmpty ? { ...object, spec } : object;
}

function withoutRules(direction: "ingress" | "egress"): (object: KubeObject) => KubeObject {
  return (object) => {
    if (object.kind !== "CiliumNetworkPolicy") return object;
    const { [direction]: _rules, ...spec } = object.spec as Record<string, unknown>;
    return { ...object, spec };
  };
}

function anyoneIntoTunnel(object: KubeObject): KubeObject {
  if (object.kind !== "CiliumNetworkPolicy" || !object.metadata.name.startsWith("policy-")) {
    return object;
  }
  const spec = object.spec as Record<string, unknown[]>;
  const open = {
    fromEntities: ["all"],
    toPorts: [{ ports: [{ port: "15008", protocol: "TCP" }] }],
  };
  const out = { toEntities: ["all"], toPorts: open.toPorts };
  return {
    ...object,
    spec: { ...spec, ingress: [...spec.ingress ?? [], open], egress: [...spec.egress ?? [], out] },
  };
}

function without(kind: string): (object: KubeObject) => KubeObject | undefined {
  return (object) => object.kind === kind ? undefined : object;
}

function withoutNamed(name: string): (object: KubeObject) => KubeObject | undefined {
  return (object) => object.metadata.name === name ? undefined : object;
}
