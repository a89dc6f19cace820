/**
 * Outsiders come in through the ingress of a service that has one, to the port that it is for, and nowhere
 * else; with our models, and with Cilium's own engine (set `oracle`).
 *
 * @module
 */
import assert from "node:assert/strict";
import type { LatticeService } from "@lattice/api";
import { compileAll, graphOf } from "@lattice/policy";
import { CiliumModel } from "../support/mesh_cilium.ts";
import { CiliumOracle } from "../support/mesh_oracle.ts";
import { parsed } from "../support/mesh_workloads.ts";
import { MeshWorld } from "../support/mesh_world.ts";

const CLUSTER = "prod";
const TEXT = `
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: open, namespace: shop}
spec:
  containers: {main: {image: x}}
  service: {ports: {http: {port: 80, targetPort: 8080}, admin: {port: 9000}}}
  ingress: {hosts: [shop.example.com]}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: limited, namespace: shop}
spec:
  containers: {main: {image: x}}
  service: {ports: {http: {port: 80}}}
  ingress: {hosts: [pay.example.com]}
  resources: {open: {type: service, direction: inbound, inbound: {methods: [GET]}}}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: closed, namespace: shop}
spec:
  containers: {main: {image: x}}
  service: {ports: {http: {port: 80}}}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: foreign, namespace: shop}
spec:
  containers: {main: {image: x}}
  service: {ports: {http: {port: 80}}}
  ingress: {hosts: [x.example.com], gatewayClass: other}
`;

const CASES = [
  { service: "open", port: 80, target: 8080, comesIn: true },
  { service: "open", port: 443, target: 8080, comesIn: true },
  { service: "open", port: 80, target: 9000, comesIn: false },
  { service: "open", port: 15008, target: 8080, comesIn: false },
  { service: "limited", port: 443, target: 80, comesIn: true },
  { service: "closed", port: 80, target: 80, comesIn: false },
  { service: "foreign", port: 80, target: 80, comesIn: false },
] as const;

const services = parsed([TEXT]).flatMap(({ object }) =>
  object?.kind === "LatticeService" ? [object] : []
);
const objects = compileAll(graphOf(services), { cluster: CLUSTER });

Deno.test("outsiders come in by the ingress alone", () => {
  assert.deepEqual(
    judge(new MeshWorld(services, objects, CLUSTER, new CiliumModel(objects))),
    CASES,
  );
});

Deno.test("outsiders come in by the ingress alone, says Cilium's engine", async () => {
  await using oracle = await CiliumOracle.start();
  const { result, disagreements } = await oracle.judge(
    objects,
    (l4) => judge(new MeshWorld(services, objects, CLUSTER, l4)),
  );
  assert.deepEqual(result, CASES);
  assert.deepEqual(disagreements, []);
});

Deno.test("without its own permission a gateway is under the default deny of the mesh", () => {
  const without = objects.filter(({ metadata }) => metadata.name !== "allow-ingress-to-open");
  assert.equal(without.length, objects.length - 1);
  const world = new MeshWorld(services, without, CLUSTER);
  assert.equal(world.outsiderGetsIn(serviceOf("open"), 80, 8080), false);
});

function judge(world: MeshWorld): unknown[] {
  return CASES.map((each) => ({
    ...each,
    comesIn: world.outsiderGetsIn(serviceOf(each.service), each.port, each.target),
  }));
}

function serviceOf(name: string): LatticeService {
  const found = services.find(({ metadata }) => metadata.name === name);
  assert.ok(found);
  return found;
}
