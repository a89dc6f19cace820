/**
 * The temporary cluster of a run: the bootstrap cluster of an install, or where an uninstall moves the
 * CAPI objects to. Every function looks at what exists first, so all of them may run again.
 *
 * @module
 */

import { applyAccess } from "@lattice/addons";
import { connect, type KubeClient } from "@lattice/kube";
import {
  type ClusterRecord,
  type ManagerCommand,
  planCluster,
  readRecord,
  removeCluster,
  startSupervisor,
  waitReady,
} from "@lattice/providers/local/host";
import type { Step } from "../output/reporter.ts";
import { DEADLINES } from "./deadlines.ts";
import { operatorCommand } from "./operator_command.ts";
import type { Session } from "./session.ts";

/** Users of the client certificates that a local cluster's components carry. */
export const IDENTITIES = {
  operatorUser: "lattice-operator",
  capiUser: "capi-manager",
  kwokUser: "kwok-controller",
} as const;

/** What a temporary cluster has beside the usual. */
export interface TemporaryExtras {
  /** Managers beside CAPI's core manager. */
  readonly managers?: readonly ManagerCommand[];
  /** Runs when the cluster is planned and before any of its processes start. */
  readonly beforeStart?: () => Promise<void>;
}

/**
 * Makes and starts the temporary cluster and waits until its API server answers.
 *
 * @param session The run.
 * @param version Kubernetes version, without a leading `v`.
 * @param extras What it has beside the usual.
 */
export async function startTemporary(
  session: Pick<Session, "home" | "temporary" | "runId" | "tools" | "signal">,
  version: string,
  { managers, beforeStart }: TemporaryExtras = {},
): Promise<ClusterRecord> {
  const { home, temporary, runId, tools, signal } = session;
  const record = await planCluster({
    home,
    name: temporary,
    role: "bootstrap",
    version,
    flavour: "kubeadm",
    certSANs: [],
    runId,
    tools,
    operator: operatorCommand(home, tools.dir),
    ...(managers && { managers }),
  });
  await beforeStart?.();
  await startSupervisor(home, temporary);
  const options = { timeoutMs: DEADLINES.apiServer, signal };
  await waitReady(home, temporary, ["etcd", "kube-apiserver"], options);
  return record;
}

/**
 * Gives the operator and the CAPI manager of the temporary cluster their rights and waits for both.
 *
 * @param session The run.
 * @param client Administrator of the temporary cluster.
 * @param step Is told what is waited for.
 */
export async function installManagementInto(
  session: Pick<Session, "home" | "temporary" | "signal">,
  client: KubeClient,
  step: Step,
): Promise<void> {
  const { home, temporary, signal } = session;
  await applyAccess(client, { ...IDENTITIES, signal });
  const options = { timeoutMs: DEADLINES.management, signal };
  step.note("waiting for the operator");
  await waitReady(home, temporary, ["operator"], options);
  step.note("waiting for the CAPI manager");
  await waitReady(home, temporary, ["capi-manager"], options);
}

/**
 * Removes the temporary cluster: its processes, its state, its ports.
 *
 * @param session The run.
 * @returns Whether there was one.
 */
export async function removeTemporary(session: Session): Promise<boolean> {
  const { home, temporary, signal } = session;
  return await removeCluster(home, temporary, { timeoutMs: DEADLINES.removal, signal });
}

/**
 * Connects to a local cluster as its administrator.
 *
 * @param home The state directory.
 * @param name Name of the cluster.
 * @returns The client, or `undefined` when there is no such cluster.
 */
export async function connectTo(home: string, name: string): Promise<KubeClient | undefined> {
  const record = await readRecord(home, name);
  return record && await connect({ kubeconfig: record.kubeconfig, userAgent: "lattice-cli" });
}
