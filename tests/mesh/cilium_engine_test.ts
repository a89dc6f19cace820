/**
 * The policies that are compiled, loaded into Cilium's own policy engine: what it lets through is what both
 * sides declare, and our model of Cilium says the same of every connection.
 *
 * Needs the set `oracle` (`deno task setup oracle`). `LATTICE_MESH_GRAPHS` sets the number of meshes; 2,000 is
 * the full run.
 *
 * @module
 */
import assert from "node:assert/strict";
import { compileAll, graphOf } from "@lattice/policy";
import { CiliumModel, type Endpoint, type Outside } from "../support/mesh_cilium.ts";
import { idOf, meshOf } from "../support/mesh_random.ts";
import { CiliumOracle } from "../support/mesh_oracle.ts";
import { type Judgement, MeshWorld } from "../support/mesh_world.ts";
import { MUTATIONS, seedThatCatches } from "./mutations.ts";

const GRAPHS = Number(Deno.env.get("LATTICE_MESH_GRAPHS") ?? 100);
const CLUSTER = "prod";

Deno.test(
  "random meshes in Cilium's engine: agreed, layer 4 and mesh are one and the same",
  async () => {
    await using oracle = await CiliumOracle.start();
    const counts = { graphs: 0, pairs: 0, calls: 0, agreed: 0, flows: 0, wrong: 0, modelWrong: 0 };
    for (let seed = 0; seed < GRAPHS; seed++) {
      const mesh = meshOf(seed);
      const objects = compileAll(graphOf(mesh), { cluster: CLUSTER });
      const { result, flows, disagreements } = await oracle.judge(objects, (l4) => {
        const world = new MeshWorld(mesh, objects, CLUSTER, l4);
        const judged = world.judgeAll();
        return { judged, open: judged.filter((each) => opensMore(world, each)) };
      });
      const wrong = [...result.judged.filter(isWrong), ...result.open];
      counts.graphs++;
      counts.flows += flows;
      counts.calls += result.judged.length;
      counts.agreed += result.judged.filter(({ agreed }) => agreed).length;
      counts.pairs += new Set(result.judged.map(pairOf)).size;
      counts.wrong += wrong.length;
      counts.modelWrong += disagreements.length;
      assert.deepEqual(wrong.map((each) => describe(each)), [], `seed ${seed}`);
      assert.deepEqual(disagreements, [], `seed ${seed}`);
    }
    // deno-lint-ignore no-console -- the counts are part of what is shown.
    console.info(`cilium: ${JSON.stringify(counts)}`);
    assert.ok(counts.agreed > counts.graphs && counts.agreed < counts.calls / 2);
  },
);

for (const mutation of MUTATIONS.filter(({ layer }) => layer === "l4")) {
  Deno.test(`Cilium's engine catches a compiler that ${mutation.name}`, async () => {
    await using oracle = await CiliumOracle.start();
    const seed = await seedThatCatches(mutation, CLUSTER, async (objects, judge) => {
      const { result, disagreements } = await oracle.judge(objects, judge);
      assert.deepEqual(disagreements, []);
      return result;
    }, true);
    assert.notEqual(seed, undefined);
  });
}

interface Infrastructure {
  name: string;
  from: Endpoint | Outside;
  to: Endpoint | Outside;
  port: number;
  protocol?: "UDP";
  allowed: boolean;
}

const stray = pod("shop", "default", { app: "stray" });
const other = pod("shop", "default", { app: "other" });
const dns = pod("kube-system", "coredns", { "k8s-app": "kube-dns" });
const istiod = pod("istio-system", "istiod", { app: "istiod" });
const operator = pod("lattice-system", "lattice-operator", { app: "lattice-operator" });
const gateway = pod("shop", "x-waypoint", {
  "gateway.networking.k8s.io/gateway-name": "x-waypoint",
});
const probes = { host: "169.254.7.127" };
const internet = { host: "198.51.100.1" };

const INFRASTRUCTURE: readonly Infrastructure[] = [
  { name: "a pod of nobody to another", from: stray, to: other, port: 80, allowed: false },
  { name: "a pod of nobody to a tunnel", from: stray, to: other, port: 15008, allowed: false },
  { name: "a system pod to a pod of nobody", from: istiod, to: stray, port: 80, allowed: false },
  { name: "outside to a pod of nobody", from: internet, to: stray, port: 80, allowed: false },
  { name: "a pod of nobody to outside", from: stray, to: internet, port: 443, allowed: false },
  { name: "a pod to DNS", from: stray, to: dns, port: 53, protocol: "UDP", allowed: true },
  { name: "a pod to DNS by TCP", from: stray, to: dns, port: 53, allowed: true },
  { name: "a pod to another port of DNS", from: stray, to: dns, port: 9153, allowed: false },
  { name: "probes to a pod", from: probes, to: stray, port: 8080, allowed: true },
  { name: "a waypoint to istiod", from: gateway, to: istiod, port: 15012, allowed: true },
  { name: "a waypoint elsewhere", from: gateway, to: stray, port: 15008, allowed: false },
  { name: "outside to the operator", from: internet, to: operator, port: 50051, allowed: true },
  { name: "outside to its health port", from: internet, to: operator, port: 9090, allowed: false },
  { name: "the operator to outside", from: operator, to: internet, port: 443, allowed: false },
];

Deno.test(
  "Cilium's engine: the default deny is real in both directions, and its exceptions work",
  async (t) => {
    await using oracle = await CiliumOracle.start();
    const objects = compileAll(graphOf([]), { cluster: CLUSTER });
    const { result, disagreements } = await oracle.judge(
      objects,
      (l4) =>
        INFRASTRUCTURE.map((each) => l4.allows({ ...each, protocol: each.protocol ?? "TCP" })),
    );
    for (const [index, { name, allowed }] of INFRASTRUCTURE.entries()) {
      await t.step(name, () => assert.equal(result[index], allowed));
    }
    assert.deepEqual(disagreements, []);
  },
);

Deno.test("the default deny is about pods, not about the endpoints of Cilium itself", () => {
  const model = new CiliumModel(compileAll(graphOf([]), { cluster: CLUSTER }));
  const health = { labels: { "reserved:health": "" } };
  const flow = { port: 4240, protocol: "TCP" } as const;
  assert.equal(model.allows({ ...flow, from: internet, to: health }), true);
  assert.equal(model.allows({ ...flow, from: internet, to: stray }), false);
});

function isWrong({ agreed, l4, mesh }: Judgement): boolean {
  return l4 !== agreed || (mesh !== undefined && mesh !== agreed);
}

// Ports that nobody offers, pods without a service, forged labels.
function opensMore(world: MeshWorld, { question }: Judgement): boolean {
  const { caller, callee, host, port } = question;
  const { name, namespace = "" } = caller.metadata;
  const forged = { "lattice.dev/service": name };
  if (host !== undefined) {
    const gateway = {
      "gateway.networking.k8s.io/gateway-name": `${callee.metadata.name}-waypoint-egress`,
    };
    return world.strangerGetsOut(callee.metadata.namespace ?? "", gateway, host, port) ||
      world.strangerGetsOut(namespace, forged, host, port);
  }
  if (callee.kind !== "LatticeService" || callee.spec.hostNetwork) return false;
  const beside = world.reachesOther(question, 4711);
  return beside.plain || beside.tunnelled ||
    [{}, forged].some((labels) =>
      world.strangerGetsThrough(namespace, labels, "default", question).l4
    ) ||
    world.strangerGetsThrough("kube-system", {}, "default", question).l4;
}

function pairOf({ question: { caller, callee } }: Judgement): string {
  return `${idOf(caller)} ${idOf(callee)}`;
}

function describe({ question, agreed, l4, mesh }: Judgement): string {
  const { caller, callee, port, protocol, host = "" } = question;
  return `${idOf(caller)} to ${idOf(callee)} ${host} port ${port}/${protocol}: ` +
    `agreed ${agreed}, layer 4 ${l4}, mesh ${mesh}`;
}

function pod(
  namespace: string,
  account: string,
  labels: Readonly<Record<string, string>>,
): Endpoint {
  const own = Object.entries(labels).map(([key, value]) => [`k8s:${key}`, value]);
  return {
    labels: {
      ...Object.fromEntries(own),
      "k8s:io.kubernetes.pod.namespace": namespace,
      "k8s:io.cilium.k8s.policy.serviceaccount": account,
    },
  };
}
