/**
 * The seven steps of an uninstall: the reverse pivot, then the deletion.
 *
 * @module
 */

import { resolve } from "node:path";
import { type LatticeCluster, UNINSTALL_ANNOTATION } from "@lattice/api";
import { LatticeError } from "@lattice/api/errors";
import type { KubeClient } from "@lattice/kube";
import { readRecord, removeCluster } from "@lattice/providers/local/host";
import type { UninstallFlags } from "../commands/uninstall.ts";
import type { Step } from "../output/reporter.ts";
import { DEADLINES } from "../run/deadlines.ts";
import { clusterRef, LATTICE_CLUSTER } from "../run/lattice_cluster.ts";
import { moveCluster } from "../run/moving.ts";
import { type MoveStage, observeMove } from "../run/ownership.ts";
import type { Session, StepDefinition } from "../run/session.ts";
import {
  connectTo,
  installManagementInto,
  removeTemporary,
  startTemporary,
} from "../run/temporary.ts";
import { removeTraces } from "./traces.ts";

/**
 * Builds the steps of one uninstall.
 *
 * @param session The run.
 * @param flags The command line; its kubeconfig loses the cluster's entry.
 */
export function reverseSteps(session: Session, flags: UninstallFlags): readonly StepDefinition[] {
  const { cluster, temporary } = session;
  const uninstall = new Uninstall(session, flags);
  return [
    {
      title: `Start the temporary cluster ${temporary}`,
      run: (step) => uninstall.startTemporary(step),
    },
    {
      title: "Install Cluster API and the operator in it",
      run: (step) => uninstall.installManagement(step),
    },
    { title: `Release the LatticeCluster ${cluster}`, run: () => uninstall.release() },
    {
      title: `Move the Cluster API objects out of ${cluster}`,
      run: (step) => uninstall.move(step),
    },
    { title: `Delete ${cluster}`, run: () => uninstall.delete() },
    { title: "Wait until its infrastructure is gone", run: (step) => uninstall.waitGone(step) },
    { title: "Remove the temporary cluster", run: () => uninstall.cleanUp() },
  ];
}

/** One uninstall; remembers what the run found when it began. */
class Uninstall {
  readonly #session: Session;
  readonly #flags: UninstallFlags;
  #stage: MoveStage = "none";
  /** Nothing of the cluster is left but, perhaps, the temporary cluster. */
  #gone = false;

  constructor(session: Session, flags: UninstallFlags) {
    this.#session = session;
    this.#flags = flags;
  }

  /** Step 1. */
  async startTemporary(step: Step): Promise<"skipped" | void> {
    const { home, cluster, temporary } = this.#session;
    const record = await readRecord(home, cluster);
    const holder = await readRecord(home, temporary);
    this.#stage = await observeMove(this.#session, cluster, temporary);
    // The objects were deleted with the machines when the cluster's directory went, or it never was.
    this.#gone = record === undefined && (holder === undefined || await this.#deleted());
    if (this.#gone) return "skipped";
    if (record !== undefined && this.#stage === "none") {
      using source = await this.#source();
      await this.#refuseParent(source);
    }
    step.note("starting etcd and the API server");
    const version = record?.version ?? holder?.version ?? this.#session.tools.versions.kubernetes;
    await startTemporary(this.#session, version);
  }

  /** Step 2. */
  async installManagement(step: Step): Promise<"skipped" | void> {
    if (this.#gone) return "skipped";
    using temporary = await this.#temporary();
    await installManagementInto(this.#session, temporary, step);
  }

  /** Step 3. From here on the cluster's own operator lets go. */
  async release(): Promise<"skipped" | void> {
    if (this.#gone || this.#stage !== "none") return "skipped";
    const { cluster, runId, signal } = this.#session;
    using source = await this.#source();
    await source.patch(clusterRef(cluster), {
      type: "merge",
      body: { metadata: { annotations: { [UNINSTALL_ANNOTATION]: runId } } },
      manager: "lattice-cli",
      signal,
    });
  }

  /** Step 4. */
  async move(step: Step): Promise<"skipped" | void> {
    if (this.#gone || this.#stage === "done") return "skipped";
    using source = await this.#source();
    using target = await this.#temporary();
    await moveCluster(this.#session, source, target, source, step);
  }

  /** Step 5. */
  async delete(): Promise<"skipped" | void> {
    if (this.#gone) return "skipped";
    using temporary = await this.#temporary();
    await temporary.delete(clusterRef(this.#session.cluster), { signal: this.#session.signal });
  }

  /** Step 6. */
  async waitGone(step: Step): Promise<"skipped" | void> {
    if (this.#gone) return "skipped";
    const { cluster, home, signal } = this.#session;
    using temporary = await this.#temporary();
    await temporary.wait<LatticeCluster>(clusterRef(cluster), (object) => {
      if (object?.status?.message) step.note(object.status.message);
      return object === undefined;
    }, {
      timeoutMs: DEADLINES.deletion,
      signal,
      what: `LatticeCluster '${cluster}' to be gone`,
    });
    step.note("waiting for the last processes");
    // Already on its way: the operator asked for it when it deleted the control plane.
    await removeCluster(home, cluster, { timeoutMs: DEADLINES.removal, signal });
  }

  /** Step 7. */
  async cleanUp(): Promise<void> {
    const { home, cluster } = this.#session;
    await removeTemporary(this.#session);
    await removeTraces(home, cluster, [resolve(this.#flags.kubeconfig)]);
  }

  /** Machines of children would be orphaned. */
  async #refuseParent(source: KubeClient): Promise<void> {
    const { cluster, signal } = this.#session;
    const { items } = await source.list<LatticeCluster>(LATTICE_CLUSTER, { signal });
    const children = items.map((each) => each.metadata.name).filter((name) => name !== cluster);
    if (children.length === 0) return;
    throw new LatticeError(
      "conflict",
      `Cluster '${cluster}' has ${children.length} children: ${children.sort().join(", ")}`,
      { remedy: "uninstall the children first" },
    );
  }

  /** Whether the objects had arrived in the temporary cluster and the LatticeCluster is deleted. */
  async #deleted(): Promise<boolean> {
    if (this.#stage !== "done" && this.#stage !== "handed-over") return false;
    using client = await connectTo(this.#session.home, this.#session.temporary);
    const found = await client?.find(clusterRef(this.#session.cluster), {
      timeoutMs: DEADLINES.glance,
    });
    return found === undefined;
  }

  async #source(): Promise<KubeClient> {
    return await this.#connect(this.#session.cluster);
  }

  async #temporary(): Promise<KubeClient> {
    return await this.#connect(this.#session.temporary);
  }

  async #connect(name: string): Promise<KubeClient> {
    const client = await connectTo(this.#session.home, name);
    if (client !== undefined) return client;
    throw new LatticeError("internal", `The state of cluster '${name}' has disappeared`, {
      remedy: "look at 'lattice local status'; what still runs can be removed by hand",
    });
  }
}
