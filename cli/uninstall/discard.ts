/**
 * Discards a half-installed cluster that a bootstrap cluster still manages.
 *
 * @module
 */

import type { LatticeCluster } from "@lattice/api";
import { DeadlineError, LatticeError } from "@lattice/api/errors";
import type { KubeClient } from "@lattice/kube";
import { readRecord, removeCluster, startSupervisor } from "@lattice/providers/local/host";
import { extentOf } from "../install/extent.ts";
import { DEADLINES } from "../run/deadlines.ts";
import { clusterRef } from "../run/lattice_cluster.ts";
import { testimonyOf } from "../run/ownership.ts";
import type { Session, StepDefinition } from "../run/session.ts";
import { connectTo, removeTemporary } from "../run/temporary.ts";
import type { Step } from "../output/reporter.ts";
import { removeTraces } from "./traces.ts";

/**
 * The steps of a discard.
 *
 * @param session The run; its temporary cluster is the bootstrap cluster.
 */
export function discardSteps(session: Session): readonly StepDefinition[] {
  const { temporary, cluster, home } = session;
  return [
    { title: `Delete ${cluster} and its machines`, run: (step) => deleteCluster(session, step) },
    {
      title: `Remove the bootstrap cluster ${temporary}`,
      run: async () => {
        await removeTemporary(session);
        await removeTraces(home, cluster, []);
      },
    },
  ];
}

/** Lets the bootstrap's operator delete whatever it made. */
async function deleteCluster(session: Session, step: Step): Promise<"skipped" | void> {
  const { home, temporary, cluster, signal } = session;
  if (await readRecord(home, temporary) === undefined) return "skipped";
  await startSupervisor(home, temporary);
  using client = await connectTo(home, temporary);
  if (client === undefined) return "skipped";
  await refuseAfterHandOver(session, client);
  step.note("deleting the LatticeCluster");
  const empty = await madeNothing(session, client);
  if (await client.delete(clusterRef(cluster), { signal }).catch(neverThere)) {
    const gone = client.wait(clusterRef(cluster), (object) => object === undefined, {
      timeoutMs: empty ? DEADLINES.emptyCleanUp : DEADLINES.deletion,
      signal,
      what: `LatticeCluster '${cluster}' to be gone`,
    });
    // A provider that was never reached cannot confirm that it made nothing.
    await gone.catch(async (error: unknown) => {
      if (!(error instanceof DeadlineError) || !await madeNothing(session, client)) throw error;
    });
  }
  // Its processes may still be stopping, or were planned by an operator that died before it told CAPI.
  const half = await readRecord(home, cluster);
  if (half !== undefined) {
    await removeCluster(home, cluster, { timeoutMs: DEADLINES.removal, signal });
  }
}

/** Whether nothing can exist at the provider of a cluster in a cloud; says no where it cannot tell. */
async function madeNothing(
  { cluster, temporary }: Session,
  client: KubeClient,
): Promise<boolean> {
  const wanted = await client.find<LatticeCluster>(clusterRef(cluster)).catch(() => undefined);
  if (wanted === undefined || wanted.spec.provider.config.local !== undefined) return false;
  return await extentOf(client, wanted, runOf(temporary)).catch(() => "unknown") === "nothing";
}

function runOf(temporary: string): string {
  return temporary.replace(/^lattice-bootstrap-/, "");
}

/** Before the operator has installed its kinds nothing can have been made from them. */
function neverThere(error: unknown): false {
  if (error instanceof LatticeError && error.code === "not-found") return false;
  throw error;
}

/** After the hand-over the new cluster owns its machines: the bootstrap cannot delete them. */
async function refuseAfterHandOver(
  { cluster, temporary }: Session,
  client: KubeClient,
): Promise<void> {
  const runId = runOf(temporary);
  const stage = await testimonyOf(client, cluster, runId);
  if (stage === "none" || stage === "before-hand-over") return;
  throw new LatticeError("conflict", `Cluster '${cluster}' owns its machines already`, {
    remedy: `finish with 'lattice install -f FILE --run-id ${runId}', then uninstall '${cluster}'`,
  });
}
