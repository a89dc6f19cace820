import { equal, match, ok } from "node:assert/strict";
import { applyAccess } from "@lattice/addons";
import { connect, type KubeClient } from "@lattice/kube";
import {
  clusterPaths,
  planCluster,
  removeCluster,
  startSupervisor,
  waitReady,
} from "@lattice/providers/local/host";
import { freePorts } from "../tests/support/apiserver.ts";
import { locateTools, type Tools } from "../tools/locate.ts";
import { runOperator } from "./run.ts";

const NAME = "operator-test";
const USERS = { operatorUser: "lattice-operator", capiUser: "capi", kwokUser: "kwok" };
const LATTICE_CLUSTER = { apiVersion: "lattice.dev/v1alpha1", kind: "LatticeCluster" } as const;
const LEASE = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" } as const;

/** A real API server without operator and CAPI manager, in a state directory of its own. */
class Cluster implements AsyncDisposable {
  private constructor(
    readonly home: string,
    readonly tools: Tools,
    readonly admin: KubeClient,
  ) {}

  static async start(): Promise<Cluster> {
    const home = await Deno.makeTempDir({ prefix: "lattice-operator-" });
    const tools = await locateTools();
    await planCluster({
      home,
      name: NAME,
      role: "bootstrap",
      version: tools.versions.kubernetes,
      flavour: "kubeadm",
      certSANs: [],
      runId: "test",
      tools,
    });
    await startSupervisor(home, NAME);
    await waitReady(home, NAME, ["kube-apiserver"], { timeoutMs: 60_000 });
    const admin = await connect({ kubeconfig: clusterPaths(home, NAME).kubeconfig });
    await applyAccess(admin, USERS);
    return new Cluster(home, tools, admin);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.admin[Symbol.dispose]();
    await removeCluster(this.home, NAME, { timeoutMs: 60_000 });
    await Deno.remove(this.home, { recursive: true });
  }
}

/** An operator in this process. */
class Operator implements AsyncDisposable {
  readonly port: number;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(cluster: Cluster, identity: string) {
    [this.port] = freePorts(1) as [number];
    const directory = clusterPaths(cluster.home, NAME).directory;
    this.#running = runOperator({
      clusterName: NAME,
      kubeconfig: `${directory}/operator.kubeconfig`,
      local: { home: cluster.home, tools: cluster.tools },
      healthPort: this.port,
      identity,
      signal: this.#stop.signal,
    });
  }

  async ask(path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`);
    return { status: response.status, text: await response.text() };
  }

  /** Not yet listening counts as not ready. */
  async isReady(): Promise<boolean> {
    return await this.ask("/readyz").then(({ status }) => status === 200, () => false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("The test ended"));
    await this.#running;
  }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!await holds()) {
    ok(performance.now() < deadline, `gave up waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function holder({ admin }: Cluster): Promise<string | undefined> {
  const name = "lattice-operator-leader";
  const lease = await admin.find({ ...LEASE, namespace: "lattice-system", name });
  return (lease?.["spec"] as { holderIdentity?: string } | undefined)?.holderIdentity;
}

Deno.test("runOperator() leads, is ready, reports what it waits for, and ends in time", async (t) => {
  await using cluster = await Cluster.start();
  await using second = await (async () => {
    await using first = new Operator(cluster, "first");

    await t.step("it is ready when kinds and webhooks are installed", async () => {
      await until("readiness", () => first.isReady());
      equal(await holder(cluster), "first");
      match((await first.ask("/metrics")).text, /lattice_leader 1/);
    });

    const other = new Operator(cluster, "second");
    await t.step("a replica that does not lead is ready, too", async () => {
      await until("readiness", () => other.isReady());
      match((await other.ask("/metrics")).text, /lattice_leader 0/);
      equal(await holder(cluster), "first");
    });

    await t.step("a cluster stays Pending while CAPI's webhooks do not answer", async () => {
      const created = {
        ...LATTICE_CLUSTER,
        metadata: { name: "demo" },
        spec: {
          providerRef: "local",
          provider: {
            kubernetes: { version: cluster.tools.versions.kubernetes, bootstrap: "kubeadm" },
            config: { local: {} },
          },
          nodes: { controlPlane: 1, workerPools: {} },
        },
      };
      await cluster.admin.create(created);
      await cluster.admin.wait(
        { ...LATTICE_CLUSTER, name: "demo" },
        (object) => (object?.["status"] as { phase?: string } | undefined)?.phase === "Pending",
        { timeoutMs: 20_000, what: "LatticeCluster demo to be Pending" },
      );
    });

    await t.step(
      "a spec that breaks a rule is refused, and accepted when it is corrected",
      async () => {
        const ref = { ...LATTICE_CLUSTER, name: "demo" };
        const phaseOf = (object: unknown) =>
          (object as { status?: { phase?: string } } | undefined)?.status?.phase;
        const setVersion = (version: string) =>
          cluster.admin.patch(ref, {
            type: "merge",
            body: { spec: { provider: { kubernetes: { version } } } },
          });
        const options = { timeoutMs: 20_000, what: "another phase" };
        await setVersion("1.34.0");
        await cluster.admin.wait(ref, (object) => phaseOf(object) === "Failed", options);
        await setVersion(cluster.tools.versions.kubernetes);
        await cluster.admin.wait(ref, (object) => phaseOf(object) === "Pending", options);
      },
    );

    const before = performance.now();
    await first[Symbol.asyncDispose]();
    ok(performance.now() - before < 10_000, "the operator took ten seconds to end");
    return other;
  })();

  await t.step("another replica takes the released lease over at once", async () => {
    await until("the second to lead", async () => await holder(cluster) === "second");
    match((await second.ask("/metrics")).text, /lattice_leader 1/);
  });
});
