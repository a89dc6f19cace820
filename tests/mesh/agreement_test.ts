/**
 * On random meshes, what is compiled lets through exactly what both sides declare, at both layers.
 *
 * `LATTICE_MESH_GRAPHS` sets the number of meshes; 2,000 is the full run.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { LatticeService } from "@lattice/api";
import { agreement, compileAll, explain, graphOf, waypointOf } from "@lattice/policy";
import { Dice, idOf, meshOf } from "../support/mesh_random.ts";
import { MeshWorld } from "../support/mesh_world.ts";

const GRAPHS = Number(Deno.env.get("LATTICE_MESH_GRAPHS") ?? 100);
const CLUSTER = "prod";

Deno.test("random meshes: agreed, allowed at layer 4 and allowed by the mesh are one and the same", () => {
  const counts = { graphs: 0, objects: 0, calls: 0, agreed: 0, udp: 0, external: 0, wrong: 0 };
  for (let seed = 0; seed < GRAPHS; seed++) {
    const mesh = meshOf(seed);
    const graph = graphOf(mesh);
    const objects = compileAll(graph, { cluster: CLUSTER });
    const world = new MeshWorld(mesh, objects, CLUSTER);
    counts.graphs++;
    counts.objects += objects.length;
    for (const { question, agreed, l4, mesh: inMesh } of world.judgeAll()) {
      const caller = keyOf(question.caller);
      counts.calls++;
      if (agreed) counts.agreed++;
      if (question.protocol === "UDP") counts.udp++;
      if (question.host !== undefined) counts.external++;
      const isRight = l4 === agreed && (inMesh === undefined || inMesh === agreed);
      if (!isRight) counts.wrong++;
      assert.ok(
        isRight,
        `seed ${seed}: ${caller} to ${
          idOf(question.callee)
        } port ${question.port}/${question.protocol}: ` +
          `agreed ${agreed}, layer 4 ${l4}, mesh ${inMesh}`,
      );
    }
    // One key may stand for two things; `explain` then speaks of the one that is meant.
    const twins = new Set(mesh.map(keyOf)).size !== mesh.length;
    for (const caller of twins ? [] : graph.keys()) {
      for (const callee of graph.keys()) {
        const said = agreement(graph, caller, callee).verdict === "agreed";
        const edges = graph.activeEdges(caller, "outbound").some((edge) => edge.callee === callee);
        assert.equal(said, edges, `seed ${seed}: ${caller} to ${callee}`);
        const { verdict, ports } = explain(graph, caller, callee);
        assert.equal(verdict === "allowed", said && ports.length > 0);
      }
    }
  }
  // deno-lint-ignore no-console -- the counts are part of what is shown.
  console.info(`mesh: ${JSON.stringify(counts)}`);
  assert.ok(counts.agreed > counts.graphs && counts.agreed < counts.calls / 2);
});

Deno.test("random meshes: no name twice, and the same bytes whatever the order", () => {
  for (let seed = 0; seed < GRAPHS; seed++) {
    const mesh = meshOf(seed);
    const objects = compileAll(graphOf(mesh), { cluster: CLUSTER });
    const names = objects.map(({ apiVersion, kind, metadata }) =>
      `${apiVersion} ${kind} ${metadata.namespace}/${metadata.name}`
    );
    assert.equal(new Set(names).size, names.length, `seed ${seed}`);
    const dice = new Dice(seed);
    const shuffled = mesh.map((object) => ({ object, at: dice.next() }))
      .sort((a, b) => a.at - b.at).map(({ object }) => object);
    const again = compileAll(graphOf(shuffled), { cluster: CLUSTER });
    assert.equal(JSON.stringify(again), JSON.stringify(objects), `seed ${seed}`);
  }
});

Deno.test("random meshes: strangers, forged labels and ports that nobody offers get nowhere", () => {
  let calls = 0;
  for (let seed = 0; seed < GRAPHS; seed++) {
    const mesh = meshOf(seed);
    const world = new MeshWorld(mesh, compileAll(graphOf(mesh), { cluster: CLUSTER }), CLUSTER);
    for (const { question } of world.judgeAll()) {
      const { host, port } = question;
      if (host !== undefined) {
        const { name: external, namespace: home = "" } = question.callee.metadata;
        const gateway = { "gateway.networking.k8s.io/gateway-name": `${external}-waypoint-egress` };
        const caller = { "lattice.dev/service": question.caller.metadata.name };
        assert.ok(!world.strangerGetsOut(home, gateway, host, port), `seed ${seed}`);
        assert.ok(
          !world.strangerGetsOut(question.caller.metadata.namespace ?? "", caller, host, port),
          `seed ${seed}`,
        );
        continue;
      }
      if (question.callee.kind !== "LatticeService" || question.callee.spec.hostNetwork) continue;
      const { name, namespace = "" } = question.caller.metadata;
      calls++;
      const where = `seed ${seed}: ${keyOf(question.caller)} to ${keyOf(question.callee)}`;
      for (
        const labels of [{}, { "lattice.dev/service": name }, {
          "istio.io/waypoint-for": "service",
        }]
      ) {
        const stranger = world.strangerGetsThrough(namespace, labels, "default", question);
        assert.deepEqual(stranger, { l4: false, mesh: false }, where);
      }
      // Nothing holds pods of the system back on their own side: the callee's side has to.
      const system = world.strangerGetsThrough("kube-system", {}, "default", question);
      assert.deepEqual(system, { l4: false, mesh: false }, where);
      const other = world.reachesOther(question, 4711);
      assert.deepEqual(other, { plain: false, tunnelled: false }, where);
    }
  }
  assert.ok(calls > GRAPHS);
});

Deno.test("random meshes: a waypoint lets exactly the declared methods and paths through", () => {
  const requests = ["GET", "POST"].flatMap((method) =>
    ["/", "/v1/x"].map((path) => ({ method, path }))
  );
  const counts = { requests: 0, passed: 0 };
  for (let seed = 0; seed < GRAPHS; seed++) {
    const mesh = meshOf(seed);
    const world = new MeshWorld(mesh, compileAll(graphOf(mesh), { cluster: CLUSTER }), CLUSTER);
    for (const { question, agreed } of world.judgeAll()) {
      const { caller, callee, protocol } = question;
      if (callee.kind !== "LatticeService" || protocol === "UDP" || !waypointOf(callee)) continue;
      for (const http of requests) {
        const passes = world.requestPasses(question, http);
        assert.equal(passes, agreed && isDeclared(callee, caller, http), `seed ${seed}`);
        counts.requests++;
        if (passes) counts.passed++;
      }
    }
  }
  // deno-lint-ignore no-console -- the counts are part of what is shown.
  console.info(`requests: ${JSON.stringify(counts)}`);
  assert.ok(counts.passed > 0 && counts.passed < counts.requests);
});

function isDeclared(
  callee: LatticeService,
  { metadata: caller }: LatticeService,
  { method, path }: { method: string; path: string },
): boolean {
  return Object.entries(callee.spec.resources).some(([key, resource]) => {
    if (resource.type !== "service" || resource.direction === "outbound") return false;
    const name = resource.id ?? key;
    const namespace = resource.namespace ?? callee.metadata.namespace;
    const isAbout = name === "*"
      ? namespace === "*" || namespace === caller.namespace
      : name === caller.name && namespace === caller.namespace;
    const { methods = [method], paths = [path] } = resource.inbound ?? {};
    return isAbout && methods.includes(method) &&
      paths.some((each) => each.endsWith("*") ? path.startsWith(each.slice(0, -1)) : each === path);
  });
}

function keyOf({ metadata }: { metadata: { name: string; namespace?: string } }): string {
  return `${metadata.namespace}/${metadata.name}`;
}
