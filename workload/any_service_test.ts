/**
 * Laws that hold for every service, whatever is in it.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { LatticeServiceSpec, ServiceContainer, ServiceResource } from "@lattice/api";
import fc from "fast-check";
import { renderWorkload } from "./render.ts";
import { aContainer, aService } from "./testing.ts";

const key = fc.constantFrom("a", "b", "data", "db", "tls", "main", "x-y");
const template = fc.oneof(
  fc.constantFrom(
    "plain",
    "",
    "${resources.a.url}",
    "${resources.db.user}",
    "x${resources.db.user}$(y)",
    "${resources.data}",
    "${metadata.name}",
    "$${x}",
    "${",
  ),
  fc.string(),
);
const file = fc.record({
  content: template,
  noExpand: fc.boolean(),
  reverseExpand: fc.boolean(),
});
const container: fc.Arbitrary<ServiceContainer> = fc.record({
  variables: fc.dictionary(key, template, { maxKeys: 3 }),
  files: fc.dictionary(fc.constantFrom("/a", "/b/a", "/b.a"), file, { maxKeys: 2 }),
  volumes: fc.dictionary(fc.constantFrom("/d", "/e"), fc.record({ source: template }), {
    maxKeys: 1,
  }),
}).map((traits) => aContainer(traits));
const params = fc.constantFrom<ServiceResource["params"]>(
  undefined,
  {},
  { size: "1Gi" },
  { size: "1Gi", accessMode: "ReadWriteMany" },
  { size: 5 },
  { provider: "v" },
  { provider: "v", keys: ["user"] },
);
const resource: fc.Arbitrary<ServiceResource> = fc.record({
  type: fc.constantFrom("service", "external-service", "volume", "secret", "postgres"),
  direction: fc.constantFrom("inbound", "outbound", "both"),
  id: fc.option(fc.constantFrom("x", "y"), { nil: undefined }),
  params,
}).map(({ id, params: given, ...rest }) => ({
  ...rest,
  ...(id !== undefined && { id }),
  ...(given !== undefined && { params: given }),
}));
const replicas = fc.oneof(
  fc.record({ min: fc.nat(3) }),
  fc.record({ min: fc.nat(3), max: fc.integer({ min: 3, max: 5 }) }),
);
const spec: fc.Arbitrary<Partial<LatticeServiceSpec>> = fc.record({
  containers: fc.dictionary(key, container, { minKeys: 1, maxKeys: 2 }),
  sidecars: fc.dictionary(
    key,
    fc.tuple(container, fc.boolean()).map(([each, init]) => ({ ...each, init })),
    { maxKeys: 1 },
  ),
  resources: fc.dictionary(key, resource, { maxKeys: 4 }),
  replicas,
  deploy: fc.record({ strategy: fc.constantFrom("rolling", "canary") }),
});

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

interface PodSpec {
  readonly containers: readonly PodContainer[];
  readonly initContainers?: readonly PodContainer[];
  readonly volumes?: readonly { name: string }[];
}

interface PodContainer {
  readonly securityContext: { runAsNonRoot: boolean; allowPrivilegeEscalation: boolean };
  readonly volumeMounts?: readonly { name: string }[];
}

Deno.test("every service is rendered, or is refused with a remedy", () => {
  fc.assert(
    fc.property(spec, (traits) => {
      const { objects, problems, blocked } = renderWorkload(aService(traits), {
        resolve: ({ type }) => type === "service" ? { url: "http://a" } : undefined,
      });
      assert.ok(problems.every(({ field, reason, remedy }) => field && reason && remedy));
      assert.equal(objects.length === 0, blocked);
      const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      assert.equal(new Set(names).size, names.length);
      assert.deepEqual(
        names.map((name) => name.split(" ")[0]),
        [...names.map((name) => name.split(" ")[0])].sort(),
      );
      for (const { metadata } of objects) {
        assert.match(metadata.name, LABEL);
        assert.equal(metadata.namespace, "docs");
        assert.equal(metadata.labels?.["lattice.dev/service"], "notes");
      }
      for (const object of objects) {
        const templates = object.spec as
          | {
            template?: { spec: PodSpec };
            volumeClaimTemplates?: { metadata: { name: string } }[];
          }
          | undefined;
        if (templates?.template?.spec.containers === undefined) continue;
        const { containers, initContainers = [], volumes = [] } = templates.template.spec;
        const there = new Set([
          ...volumes.map(({ name }) => name),
          ...(templates.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name),
        ]);
        for (const { securityContext, volumeMounts = [] } of [...containers, ...initContainers]) {
          assert.ok(securityContext.runAsNonRoot && !securityContext.allowPrivilegeEscalation);
          assert.ok(volumeMounts.every(({ name }) => there.has(name)));
        }
      }
    }),
    { numRuns: 1000 },
  );
});
