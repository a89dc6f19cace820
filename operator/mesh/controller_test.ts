/**
 * The mesh controllers on a real API server, with the rights of the operator and no more.
 *
 * @module
 */
import assert from "node:assert/strict";
import { applyAccess } from "@lattice/addons";
import {
  type KubeObject,
  latticeExternalServiceCrd,
  latticeServiceCrd,
  latticeServicePolicyCrd,
  type LatticeServiceStatus,
  MANAGED_BY_LABEL,
  parseDocuments,
} from "@lattice/api";
import { connect, type KubeClient, type Ref } from "@lattice/kube";
import { compileAll, graphOf } from "@lattice/policy";
import { type ApiServer, startApiServer } from "../../tests/support/apiserver.ts";
import { Metrics } from "../metrics.ts";
import { runMesh } from "./controller.ts";
import { installStandIns } from "./stand_ins.ts";
import { MESH_KINDS } from "./kinds.ts";
import { conditionOf } from "./status.ts";

const CLUSTER = "prod";
const WAIT_MS = 60_000;
const CNP = { apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy", namespace: "shop" };
const ALLOW = {
  apiVersion: "security.istio.io/v1",
  kind: "AuthorizationPolicy",
  namespace: "shop",
};
const SERVICE = { apiVersion: "lattice.dev/v1alpha1", kind: "LatticeService", namespace: "shop" };
const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop" };

const SHOP = `
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: web, namespace: shop}
spec:
  containers: {main: {image: "registry.local/web:5"}}
  resources:
    cart: {type: service}
    stripe: {type: external-service}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: cart, namespace: shop, labels: {team: money}}
spec:
  containers: {main: {image: "registry.local/cart:2", resources: {requests: {cpu: 100m}}}}
  replicas: {min: 2}
  service: {ports: {http: {port: 80, targetPort: 8000}}}
  resources:
    web: {type: service, direction: inbound}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeExternalService
metadata: {name: stripe, namespace: shop}
spec:
  endpoints: {api: "https://api.stripe.example:443"}
  allowed_requesters: [web]
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeServicePolicy
metadata: {name: money, namespace: shop}
spec:
  selector: {matchLabels: {team: money}}
`;

/** A running controller. */
class Controllers implements AsyncDisposable {
  readonly metrics = new Metrics();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(client: KubeClient) {
    this.#running = runMesh({
      client,
      clusterName: CLUSTER,
      now: () => new Date(),
      observe: (name, run) => this.metrics.observe(name, run),
      meter: this.metrics,
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      signal: this.#stop.signal,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("The test ended"));
    await this.#running;
  }
}

Deno.test("the mesh controllers apply, prune, repair and report", async (t) => {
  await using server = await startApiServer();
  using admin = await connect({ text: server.kubeconfig });
  await applyAccess(admin, { operatorUser: "operator", capiUser: "capi", kwokUser: "kwok" });
  using client = await connect({ text: kubeconfigAs(server, "operator") });
  for (const crd of [latticeServiceCrd(), latticeExternalServiceCrd(), latticeServicePolicyCrd()]) {
    await define(admin, crd);
  }
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  for (const object of objectsOf(SHOP)) await admin.create(object);

  await using controllers = new Controllers(client);
  const status = (name: string, holds: (status: LatticeServiceStatus) => boolean, what: string) =>
    waitStatus(admin, { ...SERVICE, name }, holds, what);

  await t.step(
    "without the kinds of the mesh the workload runs, and the status says so",
    async () => {
      const seen = await status(
        "cart",
        (each) => conditionOf(each, "WorkloadApplied")?.status === "True",
        "cart's workload",
      );
      const policy = conditionOf(seen, "PolicyApplied");
      assert.equal(policy?.status, "False");
      assert.equal(policy.reason, "MissingKinds");
      assert.match(policy.message, /cilium\.io\/v2 CiliumNetworkPolicy.*install their definitions/);
      assert.equal(seen.phase, "Pending");
      assert.equal(await replicas(admin, "cart"), 2);
      assert.equal(seen.observedGeneration, 1);
    },
  );

  await t.step("as soon as they are there, everything is applied", async () => {
    await installStandIns(admin, AbortSignal.timeout(WAIT_MS));
    await status(
      "web",
      (each) => conditionOf(each, "PolicyApplied")?.status === "True",
      "web's policies",
    );
    await eventually("objects of a fresh compilation", () => differences(admin, SHOP));
    const web = await status("web", (each) => each.edges?.length === 2, "web's edges");
    assert.deepEqual(web.edges, [
      { peer: "shop/cart", direction: "outbound", state: "agreed" },
      { peer: "shop/stripe", direction: "outbound", state: "agreed" },
    ]);
    assert.deepEqual(web.resolvedDependencies, {
      cart: "http://cart.shop.svc.cluster.local:80",
      stripe: "https://api.stripe.example:443",
    });
    const namespace = await admin.get<KubeObject>({
      apiVersion: "v1",
      kind: "Namespace",
      name: "shop",
    });
    assert.equal(namespace.metadata.labels?.["istio.io/dataplane-mode"], "ambient");
  });

  await t.step("a service policy counts what it selects", async () => {
    const ref = { ...SERVICE, kind: "LatticeServicePolicy", name: "money" };
    const seen = await waitStatus<{ matchedServices?: number; matchedServiceRefs?: string[] }>(
      admin,
      ref,
      (each) => each.matchedServices === 1,
      "one selected service",
    );
    assert.deepEqual(seen.matchedServiceRefs, ["shop/cart"]);
  });

  await t.step("with pods available it is ready, and an event says so", async () => {
    for (const name of ["web", "cart"]) await makeAvailable(admin, name);
    const seen = await status("cart", ({ phase }) => phase === "Ready", "cart to be ready");
    assert.equal(conditionOf(seen, "Ready")?.status, "True");
    await eventually("the events", async () => {
      const { items } = await admin.list<KubeObject>({
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
      }, { namespace: "shop" });
      const told = items.filter(({ regarding }) => (regarding as { name: string }).name === "cart")
        .map(({ reason, note }) => `${reason}: ${note}`);
      const wanted = ["EdgeAgreed: shop/web may call shop/cart", "Ready: policies are applied"];
      return wanted.every((each) => told.some((one) => one.startsWith(each)))
        ? undefined
        : told.join("\n");
    });
  });

  await t.step("what others change, add or delete is put back", async () => {
    const ref = { ...CNP, name: "policy-web" };
    const wanted = compileAll(graphOf(objectsOf(SHOP)), { cluster: CLUSTER })
      .find(({ metadata }) => metadata.name === "policy-web");
    const edits: [string, () => Promise<unknown>][] = [
      ["a changed rule", () => patch(admin, ref, { spec: { egress: [{ toEntities: ["all"] }] } })],
      [
        "an added field",
        () =>
          patch(admin, ref, {
            spec: { ingressDeny: [], nodeSelector: { matchLabels: { a: "b" } } },
          }),
      ],
      [
        "a weaker default",
        () => patch(admin, ref, { spec: { enableDefaultDeny: { egress: false } } }),
      ],
      ["a second set of rules", () => patch(admin, ref, { specs: [{ endpointSelector: {} }] })],
      [
        "a label that is gone",
        () => patch(admin, ref, { metadata: { labels: { [MANAGED_BY_LABEL]: null } } }),
      ],
      ["a deletion", () => admin.delete(ref)],
    ];
    for (const [what, edit] of edits) {
      await edit();
      const started = performance.now();
      await eventually(what, async () => {
        const live = await admin.find<KubeObject & { specs?: unknown }>(ref);
        if (live === undefined || live.specs !== undefined) return "not yet";
        const labels = live.metadata.labels ?? {};
        return same([live["spec"], labels], [wanted?.["spec"], wanted?.metadata.labels]);
      });
      assert.ok(performance.now() - started < 20_000, what);
    }
  });

  await t.step("an autoscaler takes over the number of pods that there are", async () => {
    await patch(admin, { ...SERVICE, name: "cart" }, { spec: { replicas: { max: 6 } } });
    const hpa = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" };
    await admin.wait<KubeObject>(
      { ...hpa, namespace: "shop", name: "cart" },
      (object) => object !== undefined,
      { timeoutMs: WAIT_MS, what: "the autoscaler" },
    );
    assert.equal(await replicas(admin, "cart"), 2);
    await admin.patch({ ...DEPLOYMENT, name: "cart" }, {
      type: "merge",
      subresource: "scale",
      body: { spec: { replicas: 5 } },
    });
    await patch(admin, { ...SERVICE, name: "cart" }, {
      spec: { containers: { main: { image: "registry.local/cart:3" } } },
    });
    await eventually("the new image", async () => {
      const live = JSON.stringify(await admin.get({ ...DEPLOYMENT, name: "cart" }));
      return live.includes("cart:3") ? undefined : "the old one";
    });
    assert.equal(await replicas(admin, "cart"), 5);
    await patch(admin, { ...SERVICE, name: "cart" }, { spec: { replicas: { max: null } } });
    await eventually("two pods again, and no autoscaler", async () => {
      const left = await admin.find({ ...hpa, namespace: "shop", name: "cart" });
      const count = await replicas(admin, "cart");
      return left === undefined && count === 2 ? undefined : `${count} pods`;
    });
  });

  await t.step("what is not ours is not touched", async () => {
    const mine = { ...DEPLOYMENT, name: "mine" };
    const template = {
      metadata: { labels: { app: "mine" } },
      spec: { containers: [{ name: "a", image: "b" }] },
    };
    const { apiVersion, kind, namespace, name } = mine;
    const before = await admin.create<KubeObject>({
      apiVersion,
      kind,
      metadata: { namespace, name },
      spec: { selector: { matchLabels: { app: "mine" } }, template },
    });
    const copied = await admin.get<KubeObject>({ ...CNP, name: "policy-web" });
    await admin.create({
      apiVersion: copied.apiVersion,
      kind: copied.kind,
      metadata: { name: "copied", namespace: "shop", labels: copied.metadata.labels ?? {} },
      spec: copied["spec"],
    });
    const [object] = objectsOf(`
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: mine, namespace: shop}
spec: {containers: {main: {image: "a:1"}}}
`);
    await admin.create(object as KubeObject);
    const seen = await status(
      "mine",
      (each) => conditionOf(each, "WorkloadApplied")?.reason === "NameTaken",
      "the name to be taken",
    );
    assert.match(conditionOf(seen, "WorkloadApplied")?.message ?? "", /Deployment shop\/mine/);
    const after = await admin.get<KubeObject>(mine);
    assert.equal(after.metadata.resourceVersion, before.metadata.resourceVersion);
    assert.ok(await admin.find({ ...CNP, name: "copied" }));
    await admin.delete(mine);
    await admin.delete({ ...SERVICE, name: "mine" });
    await eventually("mine to be gone", () => differences(admin, SHOP));
    assert.ok(await admin.find({ ...CNP, name: "copied" }), "a copy is somebody's own");
    await admin.delete({ ...CNP, name: "copied" });
  });

  await t.step("an object that breaks a rule stops no other, and keeps what it had", async () => {
    const before = await admin.get<KubeObject>({ ...CNP, name: "policy-cart" });
    await loosenDefinition(admin);
    await eventually(
      "the definition to let anything through",
      () =>
        patch(admin, { ...SERVICE, name: "cart" }, { spec: { containers: { main: null } } })
          .then(() => undefined, String),
    );
    const seen = await status("cart", ({ phase }) => phase === "Failed", "cart to be refused");
    assert.equal(conditionOf(seen, "Valid")?.reason, "ValidationFailed");
    const web = await status(
      "web",
      ({ edges }) => edges?.some(({ state }) => state === "unknown-target") ?? false,
      "web to wait",
    );
    assert.equal(conditionOf(web, "DependenciesReady")?.status, "False");
    await eventually("web to lose its right", async () => {
      const live = JSON.stringify(
        (await admin.get<KubeObject>({ ...CNP, name: "policy-web" }))["spec"],
      );
      return live.includes('"k8s:lattice.dev/service":"cart"') ? live : undefined;
    });
    const after = await admin.get<KubeObject>({ ...CNP, name: "policy-cart" });
    assert.equal(after.metadata.resourceVersion, before.metadata.resourceVersion);
    assert.ok(await admin.find({ ...DEPLOYMENT, name: "cart" }));
    await patch(admin, { ...SERVICE, name: "cart" }, {
      spec: { containers: { main: { image: "registry.local/cart:2" } } },
    });
    await eventually("the edge again", () => differences(admin, SHOP));
  });

  await t.step("metrics count objects, edges and compilations", async () => {
    const { body } = await controllers.metrics.text();
    assert.match(body, /lattice_mesh_edges\{verdict="agreed"\} 2/);
    assert.match(body, /lattice_mesh_objects\{kind="CiliumNetworkPolicy"\} \d/);
    assert.match(body, /lattice_mesh_compile_seconds_count\{layer="policy"\} [1-9]/);
    assert.match(
      body,
      /lattice_reconcile_total\{controller="lattice-mesh-policies",result="success"\}/,
    );
  });

  await controllers[Symbol.asyncDispose]();
  await t.step("a second operator writes nothing", async () => {
    const before = await versions(admin);
    await using second = new Controllers(client);
    await patch(admin, { ...SERVICE, name: "web" }, { metadata: { labels: { seen: "yes" } } });
    await eventually("the second operator", async () => {
      const { body } = await second.metrics.text();
      return /lattice-mesh-statuses",result="success"/.test(body) ? undefined : "not yet";
    });
    assert.deepEqual(await versions(admin), before);
  });

  await t.step(
    "deleting a service deletes all of it, and the rights of its neighbours",
    async () => {
      await using _third = new Controllers(client);
      await status("web", ({ edges }) => edges?.length === 2, "web's edges");
      await admin.delete({ ...SERVICE, name: "web" });
      const started = performance.now();
      await eventually("no rights", async () => {
        const left = await admin.find({ ...ALLOW, name: "allow-to-cart" });
        return left === undefined ? undefined : "still there";
      });
      // deno-lint-ignore no-console -- the time is part of what is shown.
      console.info(`revoked within ${Math.round(performance.now() - started)} ms`);
      const rest = SHOP.slice(SHOP.indexOf("---"));
      await eventually("everything of web to be gone", () => differences(admin, rest));
      for (const name of ["cart"]) await admin.delete({ ...SERVICE, name });
      await admin.delete({ ...SERVICE, kind: "LatticeExternalService", name: "stripe" });
      await eventually("nothing to be left", () => differences(admin, ""));
    },
  );
});

function objectsOf(text: string): (KubeObject & { kind: string })[] {
  return parseDocuments(text).map(({ object, problems }) => {
    assert.deepEqual(problems, []);
    return object as unknown as KubeObject;
  });
}

/** The admin's kubeconfig, acting as somebody else. */
function kubeconfigAs(server: ApiServer, user: string): string {
  const config = JSON.parse(server.kubeconfig);
  config.users[0].user.as = user;
  return JSON.stringify(config);
}

async function define(client: KubeClient, crd: KubeObject): Promise<void> {
  await client.create(crd);
  const { apiVersion, kind, metadata: { name } } = crd;
  const isThere = (seen: KubeObject | undefined) =>
    (seen?.["status"] as LatticeServiceStatus | undefined)?.conditions?.some(({ type, status }) =>
      type === "Established" && status === "True"
    ) ?? false;
  await client.wait<KubeObject>({ apiVersion, kind, name }, isThere, {
    timeoutMs: WAIT_MS,
    what: `${name} to be established`,
  });
}

async function waitStatus<T = LatticeServiceStatus>(
  client: KubeClient,
  ref: Ref,
  holds: (status: T) => boolean,
  what: string,
): Promise<T> {
  const seen = await client.wait<KubeObject & { status?: T }>(
    ref,
    (object) => object?.status !== undefined && holds(object.status),
    { timeoutMs: WAIT_MS, what },
  );
  return seen?.status as T;
}

/** Tells how policies differ from a fresh compilation of a text; undefined: not at all. */
async function differences(client: KubeClient, text: string): Promise<string | undefined> {
  const graph = graphOf(objectsOf(text));
  const wanted = new Map(
    compileAll(graph, { cluster: CLUSTER }).filter(({ kind }) => kind !== "Namespace")
      .map((object) => [`${object.kind} ${object.metadata.name}`, object]),
  );
  const workloads = new Set(graph.keys().map((key) => key.split("/")[1]));
  for (const object of await managed(client)) {
    const id = `${object.kind} ${object.metadata.name}`;
    const target = wanted.get(id);
    if (object.metadata.name === "copied") continue;
    if (target === undefined) {
      if (!workloads.has(object.metadata.name)) return `${id} is left over`;
      continue;
    }
    wanted.delete(id);
    const difference = same(object["spec"], target["spec"]);
    if (difference !== undefined) return `${id}: ${difference}`;
  }
  return wanted.size === 0 ? undefined : `missing: ${[...wanted.keys()].join(", ")}`;
}

async function managed(client: KubeClient): Promise<KubeObject[]> {
  const lists = await Promise.all(
    MESH_KINDS.map((kind) =>
      client.list<KubeObject>(kind, { labelSelector: `${MANAGED_BY_LABEL}=lattice` })
    ),
  );
  return lists.flatMap(({ items }) => items);
}

async function versions(client: KubeClient): Promise<Record<string, string | undefined>> {
  const objects = await managed(client);
  return Object.fromEntries(
    objects.map(({ kind, metadata }) => [`${kind} ${metadata.name}`, metadata.resourceVersion]),
  );
}

function same(actual: unknown, wanted: unknown): string | undefined {
  try {
    assert.deepEqual(actual, wanted);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

async function patch(client: KubeClient, ref: Ref, body: unknown): Promise<void> {
  await client.patch(ref, { type: "merge", body, manager: "somebody" });
}

async function replicas(client: KubeClient, name: string): Promise<number | undefined> {
  const { spec } = await client.get<{ spec: { replicas?: number } }>({ ...DEPLOYMENT, name });
  return spec.replicas;
}

/** What the controllers of Kubernetes would report of running pods. */
async function makeAvailable(client: KubeClient, name: string): Promise<void> {
  const { spec, metadata } = await client.get<KubeObject & { spec: { replicas: number } }>({
    ...DEPLOYMENT,
    name,
  });
  const count = spec.replicas;
  await client.patch({ ...DEPLOYMENT, name }, {
    type: "merge",
    subresource: "status",
    body: {
      status: {
        observedGeneration: metadata.generation,
        replicas: count,
        updatedReplicas: count,
        readyReplicas: count,
        availableReplicas: count,
      },
    },
  });
}

/** Lets anything through, as the definition of another version might. */
async function loosenDefinition(client: KubeClient): Promise<void> {
  const crd = latticeServiceCrd();
  const [version] = crd.spec.versions;
  const schema = {
    openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  };
  const body = { spec: { versions: [{ ...version, schema }] } };
  const { apiVersion, kind, metadata: { name } } = crd;
  await client.patch({ apiVersion, kind, name }, { type: "merge", body });
}

async function eventually(what: string, ask: () => Promise<string | undefined>): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const problem = await ask();
    if (problem === undefined) return;
    assert.ok(performance.now() < deadline, `gave up waiting for ${what}: ${problem}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
