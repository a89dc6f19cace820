import assert from "node:assert/strict";
import type { LatticeServiceSpec, ServiceResource } from "@lattice/api";
import { aContainer, rendered } from "./testing.ts";
import type { WorkloadContext } from "./types.ts";

interface Case {
  readonly name: string;
  readonly spec: Partial<LatticeServiceSpec>;
  readonly context?: Partial<WorkloadContext>;
  /** Field of the one problem. */
  readonly field: string;
  readonly says: RegExp;
  readonly blocked: boolean;
}

function resource(key: string, traits: Partial<ServiceResource>): Partial<LatticeServiceSpec> {
  return { resources: { [key]: { type: "volume", direction: "outbound", ...traits } } };
}

function main(traits: Parameters<typeof aContainer>[0]): Partial<LatticeServiceSpec> {
  return { containers: { main: aContainer(traits) } };
}

const HTTP = { service: { ports: { http: { port: 80, protocol: "TCP" as const } } } };
const INGRESS = { hosts: ["a.example"], gatewayClass: "istio" };
const SHARED = { type: "volume", id: "x", direction: "outbound", params: { size: "1Gi" } } as const;

const CASES: readonly Case[] = [
  {
    name: "a variable that names nothing",
    spec: main({ variables: { A: "${resources.nobody.url}" } }),
    field: "spec.containers.main.variables.A",
    says: /stands for nothing/,
    blocked: true,
  },
  {
    name: "a dependency that does not exist",
    spec: {
      ...main({ variables: { A: "${resources.cart.url}" } }),
      resources: { cart: { type: "service", direction: "outbound" } },
    },
    field: "spec.containers.main.variables.A",
    says: /stands for nothing/,
    blocked: true,
  },
  {
    name: "a key that a secret does not have",
    spec: {
      ...main({ variables: { A: "${resources.db.nope}" } }),
      ...resource("db", { type: "secret", id: "p", params: { provider: "v", keys: ["user"] } }),
    },
    field: "spec.containers.main.variables.A",
    says: /stands for nothing/,
    blocked: true,
  },
  {
    name: "a variable with a space in its name",
    spec: main({ variables: { "A B": "1" } }),
    field: "spec.containers.main.variables.A B",
    says: /not a name/,
    blocked: true,
  },
  {
    name: "a file from a source",
    spec: main({ files: { "/a": { source: "./a", noExpand: false, reverseExpand: false } } }),
    field: "spec.containers.main.files./a.source",
    says: /not supported/,
    blocked: true,
  },
  {
    name: "files that do not fit into an object",
    spec: main({
      files: { "/a": { content: "x".repeat(1_000_001), noExpand: true, reverseExpand: false } },
    }),
    field: "spec.containers.main.files",
    says: /1000001 bytes/,
    blocked: true,
  },
  {
    name: "an image that nobody supplies",
    spec: main({ image: "." }),
    field: "spec.containers.main.image",
    says: /supplied by nobody/,
    blocked: true,
  },
  {
    name: "a mount that is no volume",
    spec: main({ volumes: { "/a": { source: "data" } } }),
    field: "spec.containers.main.volumes./a.source",
    says: /does not name a volume/,
    blocked: true,
  },
  {
    name: "a mount of an unknown volume",
    spec: main({ volumes: { "/a": { source: "${resources.data}" } } }),
    field: "spec.containers.main.volumes./a.source",
    says: /is not a volume/,
    blocked: true,
  },
  {
    name: "a volume without size and id",
    spec: resource("data", {}),
    field: "spec.resources.data",
    says: /without a size and without an id/,
    blocked: true,
  },
  {
    name: "a misspelt access mode",
    spec: resource("data", { params: { size: "1Gi", accessMode: "ReadWriteTwice" } }),
    field: "spec.resources.data.params.accessMode",
    says: /invalid option/,
    blocked: true,
  },
  {
    name: "a misspelt parameter",
    spec: resource("data", { params: { sise: "1Gi" }, id: "x" }),
    field: "spec.resources.data.params",
    says: /sise/,
    blocked: true,
  },
  {
    name: "two resources that own one volume",
    spec: { resources: { a: SHARED, b: SHARED } },
    field: "spec.resources.b.params.size",
    says: /own volume x, which resources\.a owns already/,
    blocked: true,
  },
  {
    name: "a negative size",
    spec: resource("data", { params: { size: "-1Gi" } }),
    field: "spec.resources.data.params.size",
    says: /quantity/,
    blocked: true,
  },
  {
    name: "a volume of one node that several pods share",
    spec: { replicas: { min: 2 }, resources: { data: SHARED } },
    field: "spec.resources.data.params.accessMode",
    says: /several pods share/,
    blocked: true,
  },
  {
    name: "a secret without a path",
    spec: resource("db", { type: "secret", params: { provider: "v" } }),
    field: "spec.resources.db.id",
    says: /is missing/,
    blocked: true,
  },
  {
    name: "a secret without a provider",
    spec: resource("db", { type: "secret", id: "p" }),
    field: "spec.resources.db.params.provider",
    says: /expected string/,
    blocked: true,
  },
  {
    name: "a secret with an empty list of keys",
    spec: resource("db", { type: "secret", id: "p", params: { provider: "v", keys: [] } }),
    field: "spec.resources.db.params.keys",
    says: /too small/,
    blocked: true,
  },
  {
    name: "a type that nothing provides",
    spec: resource("db", { type: "postgres" }),
    field: "spec.resources.db.type",
    says: /nothing provides "postgres"/,
    blocked: false,
  },
  {
    name: "steps of a canary",
    spec: { deploy: { strategy: "canary", canary: { stepWeight: 10 } } },
    field: "spec.deploy.canary",
    says: /not supported/,
    blocked: false,
  },
  {
    name: "a canary with a volume of one node",
    spec: { deploy: { strategy: "canary" }, resources: { data: SHARED } },
    field: "spec.deploy.strategy",
    says: /has no effect/,
    blocked: false,
  },
  {
    name: "a canary of pods with volumes of their own",
    spec: {
      deploy: { strategy: "canary" },
      replicas: { min: 2 },
      ...resource("data", { params: { size: "1Gi" } }),
    },
    field: "spec.deploy.strategy",
    says: /has no effect/,
    blocked: false,
  },
  {
    name: "an autoscaler that has nothing to measure",
    spec: { replicas: { min: 1, max: 2 } },
    field: "spec.containers.main.resources.requests.cpu",
    says: /is missing/,
    blocked: false,
  },
  {
    name: "an autoscaler from nothing",
    spec: {
      ...main({ resources: { requests: { cpu: "1" } } }),
      replicas: { min: 0, max: 2 },
    },
    field: "spec.replicas.min",
    says: /at least one pod/,
    blocked: false,
  },
  {
    name: "a probe of an init container",
    spec: {
      sidecars: {
        a: { ...aContainer({ livenessProbe: { exec: { command: ["a"] } } }), init: true },
      },
    },
    field: "spec.sidecars.a.livenessProbe",
    says: /no effect/,
    blocked: false,
  },
  {
    name: "a sidecar named like a container",
    spec: { sidecars: { main: aContainer() } },
    field: "spec.sidecars.main",
    says: /also the name of a container/,
    blocked: true,
  },
  {
    name: "a privileged container without escalation",
    spec: main({
      security: { capabilities: [], privileged: true, allowPrivilegeEscalation: false },
    }),
    field: "spec.containers.main.security.allowPrivilegeEscalation",
    says: /cannot be false/,
    blocked: true,
  },
  {
    name: "root that is not root",
    spec: main({ security: { capabilities: [], runAsUser: 0, runAsNonRoot: true } }),
    field: "spec.containers.main.security.runAsNonRoot",
    says: /cannot be true/,
    blocked: true,
  },
  {
    name: "an ingress without a port",
    spec: { ingress: INGRESS },
    field: "spec.ingress",
    says: /needs a TCP port/,
    blocked: true,
  },
  {
    name: "an ingress to UDP",
    spec: { ingress: INGRESS, service: { ports: { dns: { port: 53, protocol: "UDP" } } } },
    field: "spec.ingress",
    says: /needs a TCP port/,
    blocked: true,
  },
  {
    name: "an ingress without hosts",
    spec: { ...HTTP, ingress: { ...INGRESS, hosts: [] } },
    field: "spec.ingress.hosts",
    says: /is empty/,
    blocked: true,
  },
  {
    name: "more hosts than a Gateway takes",
    spec: {
      ...HTTP,
      ingress: { ...INGRESS, hosts: Array.from({ length: 65 }, (_, i) => `h${i}.example`) },
    },
    field: "spec.ingress.hosts",
    says: /more than one Gateway takes/,
    blocked: true,
  },
  {
    name: "a rate limit at the gateway",
    spec: {
      ...HTTP,
      ingress: { ...INGRESS, rateLimit: { requestsPerInterval: 1, intervalSeconds: 60 } },
    },
    field: "spec.ingress.rateLimit",
    says: /not supported/,
    blocked: false,
  },
  {
    name: "a certificate that nobody issues",
    spec: { ...HTTP, ingress: { ...INGRESS, tls: { mode: "auto" } } },
    field: "spec.ingress.tls.issuerRef",
    says: /is missing/,
    blocked: true,
  },
  {
    name: "a certificate that nobody brings",
    spec: { ...HTTP, ingress: { ...INGRESS, tls: { mode: "manual" } } },
    field: "spec.ingress.tls.secretName",
    says: /is missing/,
    blocked: true,
  },
  {
    name: "an issuer that is not asked",
    spec: {
      ...HTTP,
      ingress: { ...INGRESS, tls: { mode: "manual", secretName: "s", issuerRef: { name: "i" } } },
    },
    field: "spec.ingress.tls.issuerRef",
    says: /has no effect/,
    blocked: false,
  },
];

for (const { name, spec, context, field, says, blocked } of CASES) {
  Deno.test(`${name} is ${blocked ? "in the way" : "told"}`, () => {
    const result = rendered(spec, context);
    assert.deepEqual(result.problems.map((problem) => problem.field), [field]);
    assert.match(result.problems[0]?.reason ?? "", says);
    assert.ok(result.problems[0]?.remedy);
    assert.equal(result.blocked, blocked);
    assert.equal(result.objects.length === 0, blocked);
  });
}

Deno.test("an image that is supplied", () => {
  const { objects, problems } = rendered(main({ image: "." }), {
    config: { "image.main": "registry.local/a:1", image: "registry.local/b:1" },
  });
  assert.deepEqual(problems, []);
  assert.ok(JSON.stringify(objects).includes('"registry.local/a:1"'));
});
