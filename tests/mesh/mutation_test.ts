/**
 * The reference would notice: a compiler that is broken on purpose, in each of many ways, is caught.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { KubeObject } from "@lattice/api";
import { compileAll, graphOf } from "@lattice/policy";
import type { Declared } from "../support/mesh_model.ts";
import { Dice, randomMesh } from "../support/mesh_random.ts";
import { MeshWorld } from "../support/mesh_world.ts";

const CLUSTER = "prod";
const GRAPHS = 80;

interface Mutation {
  /** What is wrong with the compiler. */
  name: string;
  /** The declarations as the compiler misreads them. */
  misread?: (object: Declared) => void;
  /** The objects as it writes them. Undefined: it forgets one. */
  miswrite?: (object: KubeObject) => KubeObject | undefined;
}

const MUTATIONS: readonly Mutation[] = [
  { name: "admits who is not declared", misread: admitNamespace },
  { name: "takes a wildcard for all namespaces", misread: widenWildcards },
  { name: "drops the namespace of the declared caller", misread: dropNamespaces },
  {
    name: "lets the mesh admit any identity",
    miswrite: editText(/"from":\[\{"source":\{[^}]*\}\}\],?/g, ""),
  },
  {
    name: "writes the identity of another trust domain",
    miswrite: editText(/lattice\.prod\.local/g, "cluster.local"),
  },
  { name: "leaves the ports out of the mesh's rules", miswrite: dropPorts },
  {
    name: "writes ports of the Service where ztunnel sees those of the pod",
    miswrite: editText(/"(9090|8000)"/g, '"80"'),
  },
  {
    name: "forgets that Cilium leaves a direction without rules open",
    miswrite: withoutDefaultDeny,
  },
  { name: "forgets the callee's side at layer 4", miswrite: withoutRules("ingress") },
  { name: "forgets the caller's side at layer 4", miswrite: withoutRules("egress") },
  {
    name: "trusts the label and not the account",
    miswrite: editText(/"k8s:io\.cilium\.k8s\.policy\.serviceaccount":"[^"]*",?/g, ""),
  },
  { name: "lets anyone into the tunnel", miswrite: anyoneIntoTunnel },
  {
    name: "opens every port of an external service on every host",
    miswrite: editText(/"port":"(443|5432|8443)"/g, '"port":"443"'),
  },
  {
    name: "lets names through without watching DNS",
    miswrite: editText(/,"rules":\{"dns":\[[^\]]*\]\}/g, ""),
  },
  { name: "does not enrol the namespaces", miswrite: without("Namespace") },
  { name: "forgets waypoints", miswrite: without("Gateway") },
  { name: "forgets what is outside of the cluster", miswrite: without("ServiceEntry") },
  { name: "forgets the default deny of the mesh", miswrite: withoutNamed("mesh-default-deny") },
];

Deno.test("an unbroken compiler passes the same check", () => {
  assert.equal(seedThatCatches({ name: "none" }), undefined);
});

for (const mutation of MUTATIONS) {
  Deno.test(`caught: a compiler that ${mutation.name}`, () => {
    assert.notEqual(seedThatCatches(mutation), undefined);
  });
}

function seedThatCatches({ misread, miswrite }: Mutation): number | undefined {
  for (let seed = 0; seed < GRAPHS; seed++) {
    const dice = new Dice(seed);
    const mesh = randomMesh(dice, 2 + dice.below(14));
    const read = structuredClone(mesh);
    if (misread) { for (const object of read) misread(object); }
    const objects = compileAll(graphOf(read), { cluster: CLUSTER })
      .flatMap((object) => miswrite ? miswrite(object) ?? [] : object);
    if (isWrong(new MeshWorld(mesh, objects, CLUSTER))) return seed;
  }
  return undefined;
}

function isWrong(world: MeshWorld): boolean {
  return world.judgeAll().some(({ question, agreed, l4, mesh }) => {
    if (l4 !== agreed || (mesh !== undefined && mesh !== agreed)) return true;
    if (question.callee.kind !== "LatticeService" || question.callee.spec.hostNetwork) return false;
    const { name, namespace = "" } = question.caller.metadata;
    const labels = { "lattice.dev/service": name };
    const stranger = world.strangerGetsThrough(namespace, labels, "default", question);
    const other = world.reachesOther(question, 4711);
    const system = world.strangerGetsThrough("kube-system", {}, "default", question);
    return [stranger.l4, stranger.mesh, system.l4, other.plain, other.tunnelled].includes(true);
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

function withoutDefaultDeny(object: KubeObject): KubeObject {
  if (!object.apiVersion.startsWith("cilium")) return object;
  const { enableDefaultDeny: deny, ...spec } = object.spec as Record<string, unknown>;
  if (!(deny as { ingress?: boolean } | undefined)?.ingress) return object;
  return { ...object, spec };
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
