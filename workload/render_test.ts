import assert from "node:assert/strict";
import type { KubeObject, LatticeServiceSpec } from "@lattice/api";
import fc from "fast-check";
import { renderWorkload } from "./render.ts";
import { aContainer, aService, rendered } from "./testing.ts";
import type { WorkloadContext } from "./types.ts";

/** The service of the specification's worked example, with everything that a workload can have. */
const NOTES: Partial<LatticeServiceSpec> = {
  containers: {
    main: aContainer({
      image: "registry.local/notes:1",
      variables: {
        LOG: "info",
        CART: "${resources.cart.url}",
        PASSWORD: "${resources.db.pass}",
        DSN: "pg://${resources.db.user}:${resources.db.pass}@$db",
      },
      files: {
        "/etc/notes/config.yaml": {
          content: "name: ${metadata.name}\nshell: $${HOME}\n",
          mode: "0640",
          noExpand: false,
          reverseExpand: false,
        },
        "/etc/notes/logo.bin": { binaryContent: "AAEC", noExpand: false, reverseExpand: false },
        "/etc/notes/dsn": {
          content: "{{ user }}=${resources.db.user}",
          noExpand: false,
          reverseExpand: false,
        },
      },
      volumes: { "/data": { source: "${resources.data}", path: "app" } },
      resources: { requests: { cpu: "100m", memory: "64Mi" } },
      readinessProbe: { httpGet: { path: "/ready", port: 8080 }, periodSeconds: 5 },
      security: { runAsUser: 1000, capabilities: ["NET_BIND_SERVICE"] },
    }),
  },
  sidecars: {
    migrate: { ...aContainer({ command: ["migrate"] }), init: true },
    logs: aContainer({ resources: { requests: { cpu: "10m" } } }),
  },
  service: {
    ports: {
      http: { port: 80, targetPort: 8080, protocol: "TCP" },
      metrics: { port: 9090, protocol: "TCP" },
    },
  },
  replicas: { min: 2, max: 6 },
  resources: {
    cart: { type: "service", direction: "outbound" },
    caller: { type: "service", direction: "inbound" },
    data: {
      type: "volume",
      direction: "outbound",
      params: { size: "5Gi", accessMode: "ReadWriteMany" },
    },
    db: {
      type: "secret",
      id: "kv/notes/db",
      direction: "outbound",
      params: { provider: "vault-prod", keys: ["user", "pass"], refreshInterval: "1h" },
    },
  },
  ingress: {
    hosts: ["notes.example.org", "www.notes.example.org"],
    tls: { mode: "auto", issuerRef: { name: "le-prod" } },
    gatewayClass: "istio",
  },
};

const CONTEXT: WorkloadContext = {
  resolve: ({ type, name, namespace }) =>
    type === "service" && name === "cart" ? { url: `http://cart.${namespace}` } : undefined,
};

Deno.test("a service with everything", async (t) => {
  const { objects, problems, blocked } = renderWorkload(aService(NOTES), CONTEXT);
  assert.deepEqual({ problems, blocked }, { problems: [], blocked: false });
  await t.assertSnapshot(objects);
});

Deno.test("a service with nothing", async (t) => {
  const { objects, problems } = rendered();
  assert.deepEqual(problems, []);
  await t.assertSnapshot(objects);
});

Deno.test("a service with a volume for each pod", async (t) => {
  const { objects, problems } = rendered({
    replicas: { min: 3 },
    service: { ports: { db: { port: 5432, protocol: "TCP" } } },
    containers: {
      main: aContainer({ volumes: { "/var/db": { source: "${resources.data}" } } }),
    },
    resources: { data: { type: "volume", direction: "outbound", params: { size: "1Gi" } } },
  });
  assert.deepEqual(problems, []);
  await t.assertSnapshot(objects);
});

Deno.test("the order in which a service is written does not matter", () => {
  const expected = JSON.stringify(renderWorkload(aService(NOTES), CONTEXT));
  fc.assert(fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
    const shuffled = shuffle(aService(NOTES), () => numbers.next().value);
    assert.equal(JSON.stringify(renderWorkload(shuffled, CONTEXT)), expected);
  }));
});

/** The same value with the keys of its maps in another order. */
function shuffle<T>(value: T, next: () => number): T {
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [next(), key, shuffle(each, next)]);
  entries.sort(([a], [b]) => Number(a) - Number(b));
  return Object.fromEntries(entries.map(([, key, each]) => [key, each])) as T;
}

Deno.test("rendering does not change its input", () => {
  const service = aService(NOTES);
  const before = JSON.stringify(service);
  renderWorkload(service, CONTEXT);
  assert.equal(JSON.stringify(service), before);
});

Deno.test("no object of one service has the name of an object of another", () => {
  const names = ["a", "b", "a-b", "b-c", "a-b-c", "a-env", "a-main"];
  const keys = ["b", "c", "b-c", "main", "files", "main-files", "main-env", "tls"];
  const all = names.flatMap((name) => {
    const service = aService({
      containers: Object.fromEntries(
        ["main", "b", "b-main"].map((key) => [key, aContainer({ variables: { A: "1" } })]),
      ),
      resources: Object.fromEntries(keys.flatMap((key) => [
        [key, { type: "secret", id: "x", direction: "outbound", params: { provider: "p" } }],
        [`v${key}`, { type: "volume", direction: "outbound", params: { size: "1Gi" } }],
      ])),
      service: { ports: { http: { port: 80, protocol: "TCP" } } },
      ingress: {
        hosts: ["a.example"],
        tls: { mode: "auto", issuerRef: { name: "i" } },
        gatewayClass: "istio",
      },
    }, name);
    return renderWorkload(service, { resolve: () => undefined }).objects;
  });
  const seen = all.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  assert.equal(new Set(seen).size, seen.length);
  assert.ok(!seen.includes("ExternalSecret a-tls"));
});

Deno.test("more hosts than a route takes are spread over several, each with its own listeners", () => {
  const hosts = Array.from({ length: 30 }, (_, index) => `h${index + 10}.example`);
  const { objects } = rendered({
    service: { ports: { http: { port: 80, protocol: "TCP" } } },
    ingress: { hosts, gatewayClass: "istio" },
  });
  const routes = objects.filter(({ kind }) => kind === "HTTPRoute").map(({ metadata, spec }) => {
    const { hostnames, parentRefs } = spec as {
      hostnames: string[];
      parentRefs: { sectionName: string }[];
    };
    return { name: metadata.name, hostnames, parents: parentRefs.length };
  });
  assert.deepEqual(routes, [
    { name: "notes-route", hostnames: hosts.slice(0, 16), parents: 16 },
    { name: "notes-route-2", hostnames: hosts.slice(16), parents: 14 },
  ]);
});

Deno.test("no secret value, only references to it, is in an object that is not a Secret's source", () => {
  const { objects } = renderWorkload(aService(NOTES), CONTEXT);
  const config = objects.filter(({ kind }) => kind === "ConfigMap");
  assert.ok(config.every(({ data }) => !JSON.stringify(data).includes("db")));
});

function find(objects: readonly KubeObject[], kind: string): KubeObject | undefined {
  return objects.find((object) => object.kind === kind);
}

Deno.test("an autoscaled service leaves the number of pods to the autoscaler", () => {
  const { objects } = rendered({ replicas: { min: 2, max: 4 } });
  assert.ok(!("replicas" in (find(objects, "Deployment")?.spec as object)));
  const spec = find(objects, "HorizontalPodAutoscaler")?.spec as Record<string, unknown>;
  assert.equal(spec.minReplicas, 2);
  assert.equal(spec.maxReplicas, 4);
});

Deno.test("one pod alone has no disruption budget, since it would block drains", () => {
  assert.equal(find(rendered({ replicas: { min: 1 } }).objects, "PodDisruptionBudget"), undefined);
  assert.ok(find(rendered({ replicas: { min: 2 } }).objects, "PodDisruptionBudget"));
});

Deno.test("a change of a variable rolls the pods out", () => {
  const annotations = (value: string): unknown => {
    const containers = { main: aContainer({ variables: { A: value } }) };
    const { template } = find(rendered({ containers }).objects, "Deployment")?.spec as {
      template: { metadata: { annotations: unknown } };
    };
    return template.metadata.annotations;
  };
  assert.notDeepEqual(annotations("1"), annotations("2"));
  assert.deepEqual(annotations("1"), annotations("1"));
});

Deno.test("a waypoint is told to the Service", () => {
  const service = { ports: { http: { port: 80, protocol: "TCP" as const } } };
  const labels = (context: Partial<WorkloadContext>): Record<string, string> | undefined =>
    find(rendered({ service }, context).objects, "Service")?.metadata.labels;
  assert.equal(labels({ waypoint: "docs-waypoint" })?.["istio.io/use-waypoint"], "docs-waypoint");
  assert.equal(labels({})?.["istio.io/use-waypoint"], undefined);
});
