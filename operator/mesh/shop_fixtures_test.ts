/**
 * A shop, controllers that serve it, and what the tests of the controllers ask of a real API server.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  type KubeObject,
  latticeServiceCrd,
  type LatticeServiceStatus,
  MANAGED_BY_LABEL,
  parseDocuments,
} from "@lattice/api";
import type { KubeClient, Ref } from "@lattice/kube";
import { compileAll, graphOf } from "@lattice/policy";
import type { ApiServer } from "../../tests/support/apiserver.ts";
import { Metrics } from "../metrics.ts";
import { runMesh } from "./controller.ts";
import { MESH_KINDS } from "./kinds.ts";

/** Name of the cluster. */
export const CLUSTER = "prod";
/** Longest wait on a loaded machine, in milliseconds. */
export const WAIT_MS = 60_000;
/** A policy of Cilium in the shop. */
export const CNP = { apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy", namespace: "shop" };
/** A policy of Istio in the shop. */
export const ALLOW = {
  apiVersion: "security.istio.io/v1",
  kind: "AuthorizationPolicy",
  namespace: "shop",
};
/** A service in the shop. */
export const SERVICE = {
  apiVersion: "lattice.dev/v1alpha1",
  kind: "LatticeService",
  namespace: "shop",
};
/** A Deployment in the shop. */
export const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop" };

/** web calls cart and stripe, and both agree. */
export const SHOP = `
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
export class Controllers implements AsyncDisposable {
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

/** The objects of a text without problems. */
export function objectsOf(text: string): (KubeObject & { kind: string })[] {
  return parseDocuments(text).map(({ object, problems }) => {
    assert.deepEqual(problems, []);
    return object as unknown as KubeObject;
  });
}

/** The admin's kubeconfig, acting as somebody else. */
export function kubeconfigAs(server: ApiServer, user: string): string {
  const config = JSON.parse(server.kubeconfig);
  config.users[0].user.as = user;
  return JSON.stringify(config);
}

/** Waits until a status is as it should be, and returns it. */
export async function waitStatus<T = LatticeServiceStatus>(
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
export async function differences(client: KubeClient, text: string): Promise<string | undefined> {
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

/** Every managed object of the kinds that are written. */
export async function managed(client: KubeClient): Promise<KubeObject[]> {
  const lists = await Promise.all(
    MESH_KINDS.map((kind) =>
      client.list<KubeObject>(kind, { labelSelector: `${MANAGED_BY_LABEL}=lattice` })
    ),
  );
  return lists.flatMap(({ items }) => items);
}

/** Versions of all managed objects. */
export async function versions(client: KubeClient): Promise<Record<string, string | undefined>> {
  const objects = await managed(client);
  return Object.fromEntries(
    objects.map(({ kind, metadata }) => [`${kind} ${metadata.name}`, metadata.resourceVersion]),
  );
}

/** Tells how a value differs; undefined: not at all. */
export function same(actual: unknown, wanted: unknown): string | undefined {
  try {
    assert.deepEqual(actual, wanted);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** Does what somebody does by hand. */
export async function patch(client: KubeClient, ref: Ref, body: unknown): Promise<void> {
  await client.patch(ref, { type: "merge", body, manager: "somebody" });
}

/** Number of pods that a Deployment asks for. */
export async function replicas(client: KubeClient, name: string): Promise<number | undefined> {
  const { spec } = await client.get<{ spec: { replicas?: number } }>({ ...DEPLOYMENT, name });
  return spec.replicas;
}

/** What the controllers of Kubernetes would report of running pods. */
export async function makeAvailable(client: KubeClient, name: string): Promise<void> {
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
export async function loosenDefinition(client: KubeClient): Promise<void> {
  const crd = latticeServiceCrd();
  const [version] = crd.spec.versions;
  const schema = {
    openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  };
  const body = { spec: { versions: [{ ...version, schema }] } };
  const { apiVersion, kind, metadata: { name } } = crd;
  await client.patch({ apiVersion, kind, name }, { type: "merge", body });
}

/** Asks until there is nothing wrong any more. */
export async function eventually(
  what: string,
  ask: () => Promise<string | undefined>,
): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const problem = await ask();
    if (problem === undefined) return;
    assert.ok(performance.now() < deadline, `gave up waiting for ${what}: ${problem}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
