/**
 * `lattice install` of a cluster in a cloud: opens the run, chooses the bootstrap cluster, runs the steps.
 *
 * @module
 */

import { LatticeError } from "@lattice/api/errors";
import { releasePorts, reservePorts } from "@lattice/providers/local/host";
import { join } from "node:path";
import type { InstallFlags } from "../commands/install.ts";
import { redactor } from "../credentials/objects.ts";
import type { Io } from "../io.ts";
import { stepReporter } from "../output/reporter.ts";
import type { BootstrapCluster } from "../run/bootstrap.ts";
import type { CloudSession } from "../run/cloud_session.ts";
import { takeBallast, watchDisk } from "../run/disk.ts";
import { writeJournal } from "../run/journal.ts";
import { kindBootstrap, needKind } from "./kind_bootstrap.ts";
import { localBootstrap } from "../run/local_bootstrap.ts";
import { runSteps } from "../run/session.ts";
import { checkHome, CLUSTER_BYTES, homeOf } from "../run/state_home.ts";
import { afterCloudFailure } from "./cloud_failure.ts";
import { cloudSteps } from "./cloud_steps.ts";
import { lockName, lockRun, openSession } from "./open.ts";
import { checkNames } from "./preflight.ts";
import type { InstallRequest } from "./request.ts";
import { findHelm } from "./addons.ts";

/**
 * Installs a cluster in a cloud, or resumes an install.
 *
 * @param flags The command line.
 * @param request The checked request.
 * @param io The world.
 * @throws {LatticeError} `validation` and `prerequisite` before anything is created; later whatever stopped
 *   a step.
 */
export async function installInCloud(
  flags: InstallFlags,
  request: InstallRequest,
  io: Io,
): Promise<void> {
  const home = homeOf(io);
  const { runId, bootstrapCluster } = request;
  const temporary = `lattice-bootstrap-${runId}`;
  if (bootstrapCluster === "kind") await needKind(io.signal);
  await findHelm(io);
  await checkHome(home, bootstrapCluster === "local" ? CLUSTER_BYTES : 0);
  using _run = await lockRun(home, request);
  using _name = await lockName(home, request);
  // Checked again under the lock: two installs of one name may both have come this far.
  await checkNames(home, request);
  using reporter = stepReporter(io);
  using ballast = await takeBallast(home, runId);
  using disk = watchDisk(home);
  const signal = AbortSignal.any([io.signal, disk.signal]);
  const base = { io, reporter, home, temporary, signal, ballast };
  const session = await openCloudSession(request, base);
  if (bootstrapCluster === "local") await reservePorts(home, temporary);
  for (const note of request.notes) reporter.line(note);
  reporter.line(`Installing cluster '${session.cluster}' (run ${runId})`);
  const { steps, kubeconfig } = cloudSteps(session, request.kubeconfigOut);
  try {
    await runSteps(session, steps);
  } catch (error) {
    await afterCloudFailure(session, flags.file, flags.keepBootstrapOnFailure ?? false);
    throw disk.signal.aborted && !io.signal.aborted ? disk.signal.reason : error;
  }
  session.journal.state = "done";
  await writeJournal(home, session.journal);
  await releasePorts(home, temporary).catch(() => false);
  reporter.line(`Cluster '${session.cluster}' is ready and manages itself. Try:`);
  reporter.line(`  kubectl --kubeconfig ${kubeconfig()} get nodes`);
  io.stdout(kubeconfig() + "\n");
}

async function openCloudSession(
  request: InstallRequest,
  base: Omit<Parameters<typeof openSession>[1], "tools">,
): Promise<CloudSession> {
  const { account, tools, cluster, image, registryCredentials, bootstrapCluster } = request;
  if (account === undefined || tools === undefined) {
    throw new LatticeError("internal", "A cloud was to be installed without account or components");
  }
  const session = {
    ...await openSession(request, { ...base, tools }),
    account,
    wanted: cluster,
    image,
    registry: registryCredentials === undefined
      ? undefined
      : { pullSecret: { dockerConfigJson: registryCredentials } },
    hide: redactor([...account.secrets, ...(registryCredentials ? [registryCredentials] : [])]),
    targetKubeconfig: join(base.home, "kubeconfigs", `${cluster.metadata.name}.yaml`),
  };
  const nodes = cluster.spec.provider.kubernetes.bootstrap;
  const bootstrap: BootstrapCluster = bootstrapCluster === "kind"
    ? kindBootstrap(session)
    : await localBootstrap(session, account, nodes);
  return { ...session, bootstrap };
}
