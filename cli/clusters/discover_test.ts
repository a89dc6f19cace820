import assert from "node:assert/strict";
import fc from "fast-check";
import { aCluster } from "../testing/cluster.ts";
import { fleet, type Sighting } from "./discover.ts";

function seen(context: string, items: Sighting["items"], server = `https://${context}`): Sighting {
  return { place: { kubeconfig: "k", context }, server, items };
}

function local(name: string, role: "bootstrap" | "workload", items: Sighting["items"]): Sighting {
  const known = { name, role, version: "1.35.4", createdAt: "2026-11-23T11:00:00Z" };
  return {
    place: { kubeconfig: "k", context: name, local: known },
    server: `https://${name}`,
    items,
  };
}

Deno.test("fleet() prefers what a cluster says of itself, whatever the order", () => {
  const parents = seen("mgmt", [
    aCluster("mgmt", { parent: true, status: { phase: "Ready" } }),
    aCluster("prod", { status: { phase: "Pivoted", readyWorkers: 0 } }),
  ]);
  const own = seen("prod", [aCluster("prod", { status: { phase: "Ready", readyWorkers: 2 } })]);
  for (const order of [[parents, own], [own, parents]]) {
    const infos = fleet(order);
    assert.deepEqual(infos.map((each) => each.name), ["mgmt", "prod"]);
    assert.deepEqual(infos.map((each) => each.workers_ready), [0, 2]);
    assert.deepEqual(infos[0]?.children, ["prod"]);
    assert.equal(infos[1]?.context, "prod");
  }
});

Deno.test("fleet() sorts parents before children, then by name", () => {
  const infos = fleet([
    seen("b", [aCluster("b", { parent: true }), aCluster("z"), aCluster("a")]),
    seen("c", [aCluster("c")]),
    seen("z", [aCluster("z", { parent: true }), aCluster("deep")]),
  ]);
  assert.deepEqual(infos.map((each) => each.name), ["b", "c", "a", "z", "deep"]);
});

Deno.test("fleet() counts an API server once that is in two kubeconfigs", () => {
  const infos = fleet([
    seen("first", [aCluster("mgmt")], "https://same"),
    seen("second", [aCluster("mgmt")], "https://same"),
  ]);
  assert.deepEqual(infos.map((each) => each.context), ["first"]);
});

Deno.test("fleet() shows a cluster that its bootstrap still owns, and its own word once it has one", () => {
  const bootstrap = local("lattice-bootstrap-r1", "bootstrap", [
    aCluster("mgmt", { status: { phase: "Provisioning" } }),
  ]);
  const own = local("mgmt", "workload", [aCluster("mgmt", { status: { phase: "Ready" } })]);
  assert.deepEqual(fleet([bootstrap]).map((each) => each.phase), ["Provisioning"]);
  assert.deepEqual(fleet([own, bootstrap]).map((each) => each.phase), ["Ready"]);
  assert.deepEqual(fleet([bootstrap, own]).map((each) => each.phase), ["Ready"]);
});

Deno.test("fleet() shows a local cluster that does not answer as Unknown, unless another knows more", () => {
  const silent = local("mgmt", "workload", undefined);
  const [info] = fleet([silent]);
  assert.equal(info?.phase, "Unknown");
  assert.equal(info?.k8s_version, "1.35.4");
  const bootstrap = local("lattice-bootstrap-r1", "bootstrap", [
    aCluster("mgmt", { status: { phase: "Provisioning" } }),
  ]);
  for (const order of [[silent, bootstrap], [bootstrap, silent]]) {
    assert.deepEqual(fleet(order).map((each) => each.phase), ["Provisioning"]);
  }
  assert.deepEqual(fleet([local("lattice-bootstrap-r1", "bootstrap", undefined)]), []);
  assert.deepEqual(fleet([seen("elsewhere", undefined)]), []);
});

Deno.test("fleet() lists each name once, and ends even when parents go round in a circle", () => {
  const name = fc.constantFrom("a", "b", "c", "d");
  const place = fc.record({ context: name, names: fc.uniqueArray(name) });
  fc.assert(fc.property(fc.array(place), (places) => {
    const sightings = places.map(({ context, names }, index) =>
      seen(context, names.map((each) => aCluster(each)), `https://${index}`)
    );
    const names = fleet(sightings).map((each) => each.name);
    assert.deepEqual([...names].sort(), [...new Set(places.flatMap((each) => each.names))].sort());
  }));
});
