import { deepEqual, equal, match } from "node:assert/strict";
import type { KubeObject } from "@lattice/kube";
import { renderCluster, type VersionStep } from "@lattice/providers";
import { decideCluster } from "./decide.ts";
import { aLatticeCluster, aWorld } from "./fixtures_test.ts";
import type { Reads } from "./reads.ts";
import { stepOf, withVersion } from "./version_step.ts";

const signal = new AbortController().signal;
const CONTROL_PLANE = "cluster.x-k8s.io/control-plane";

/** Copies of the Machines with these kubelets, and of one MachineDeployment with this version. */
function machines(
  kubelets: readonly { version: string; worker?: boolean }[],
  pool: string,
): Pick<Reads, "list"> {
  const objects: Record<string, unknown[]> = {
    Machine: kubelets.map(({ version, worker }) => ({
      metadata: { labels: worker ? {} : { [CONTROL_PLANE]: "" } },
      status: { nodeInfo: { kubeletVersion: version } },
    })),
    MachineDeployment: [{
      metadata: { name: "demo-pool-general" },
      spec: { template: { spec: { version: pool } } },
    }],
  };
  return {
    list: <T>({ kind }: { kind: string }) =>
      Promise.resolve({ items: (objects[kind] ?? []) as T[] }),
  };
}

async function step(
  wanted: string,
  told: string,
  reads: Pick<Reads, "list">,
  oldest = told,
): Promise<VersionStep> {
  const object = withVersion(aLatticeCluster(), wanted);
  const planned = renderCluster(object).find(({ kind }) => kind === "LocalControlPlane");
  if (!planned) throw new Error("no control plane was rendered");
  const live: KubeObject = {
    ...planned,
    spec: { ...planned.spec as object, version: told },
    status: { version: oldest },
  };
  return await stepOf(reads, object, { planned, live }, signal);
}

const NOBODY: Pick<Reads, "list"> = {
  list: () => Promise.reject(new Error("nothing may be read while the version stays")),
};

Deno.test("stepOf() reads nothing while the version stays", async () => {
  deepEqual(await step("1.35.4", "v1.35.4", NOBODY), { version: "v1.35.4" });
});

Deno.test("stepOf() takes what the machines run into account, of the control plane only", async () => {
  const reads = machines([{ version: "v1.35.4" }, { version: "v1.36.0", worker: true }], "v1.35.4");
  equal((await step("1.35.5", "v1.35.4", reads)).version, "v1.35.5");
  equal((await step("1.35.3", "v1.35.4", reads)).held, "refused");
  // No machine took 1.35.9: it may be taken back.
  equal((await step("1.35.4", "v1.35.9", reads, "v1.35.4")).held, undefined);
});

Deno.test("stepOf() compares what it can of versions with words of a distribution", async () => {
  const reads = machines([{ version: "v1.35.4+vendor.1" }, { version: "unknown" }], "v1.35.4");
  equal((await step("1.35.3", "v1.35.4", reads)).held, "refused");
});

const problem = { field: "spec.provider.kubernetes.version", reason: "is old", remedy: "go on" };

Deno.test("a refused version is said in conditions and an event, and holds nothing else up", () => {
  const refused: VersionStep = { version: "v1.35.4", held: "refused", problem };
  const world = aWorld(aLatticeCluster({ general: { replicas: 2 }, more: { replicas: 1 } }), {
    step: refused,
    deployments: [],
  });
  const plan = decideCluster(world);
  const blocked = plan.verdict?.conditions.find(({ type }) => type === "UpgradeBlocked");
  deepEqual([blocked?.status, blocked?.reason], ["True", "VersionRefused"]);
  match(blocked?.message ?? "", /spec\.provider\.kubernetes\.version: is old; go on/);
  const [ready] = plan.verdict?.conditions ?? [];
  deepEqual([ready?.type, ready?.status, ready?.reason], ["Ready", "False", "VersionRefused"]);
  equal(plan.verdict?.message, blocked?.message);
  equal(plan.events.filter(({ reason }) => reason === "VersionRefused").length, 1);
});

Deno.test("a version that waits its turn is a condition beside the others", () => {
  const { verdict, events } = decideCluster(
    aWorld(undefined, { step: { version: "v1.35.4", held: "waiting", problem } }),
  );
  const types = verdict?.conditions.map(({ type, reason }) => `${type} ${reason}`);
  equal(types?.[0], "Ready ClusterReady");
  equal(types?.at(-1), "UpgradeBlocked AwaitingUpgrade");
  deepEqual(events.filter(({ type }) => type === "Warning"), []);
});
