/**
 * `lattice local start|stop|status`: the processes of local clusters.
 *
 * @module
 */

import { DeadlineError, NotFoundError } from "@lattice/api/errors";
import {
  type ClusterStatus,
  clusterStatus,
  type ComponentId,
  listClusters,
  setDesiredState,
  startSupervisor,
  waitReady,
} from "@lattice/providers/local/host";
import type { LocalStatusFlags } from "../commands/local.ts";
import type { Io } from "../io.ts";
import { age } from "../output/age.ts";
import { table } from "../output/table.ts";
import { toJson, toYaml } from "../output/yaml.ts";
import { DEADLINES } from "../run/deadlines.ts";
import { homeOf } from "../run/state_home.ts";

/**
 * Starts one or all clusters and waits until every component is ready.
 *
 * @param name Which one; all of them without.
 * @param io The world.
 */
export async function localStart(name: string | undefined, io: Io): Promise<void> {
  const home = homeOf(io);
  await Promise.all((await chosen(home, name)).map(async (each) => {
    await setDesiredState(home, each, "running");
    await startSupervisor(home, each);
    const { components } = await clusterStatus(home, each);
    const names: ComponentId[] = components.map((component) => component.name);
    await waitReady(home, each, names, { timeoutMs: DEADLINES.management, signal: io.signal });
    io.stderr(`Cluster '${each}' runs.\n`);
  }));
}

/**
 * Stops one or all clusters and waits until their processes are gone. Their state stays.
 *
 * @param name Which one; all of them without.
 * @param io The world.
 */
export async function localStop(name: string | undefined, io: Io): Promise<void> {
  const home = homeOf(io);
  await Promise.all((await chosen(home, name)).map(async (each) => {
    await setDesiredState(home, each, "stopped");
    await waitStopped(home, each, io.signal);
    io.stderr(`Cluster '${each}' is stopped.\n`);
  }));
}

/** What `-o json` prints of a cluster. */
interface StatusView {
  name: string;
  role: string;
  state: string;
  desired: string;
  supervisor: ClusterStatus["supervisor"];
  components: ClusterStatus["components"];
}

/**
 * Prints every process of one or all clusters.
 *
 * @param name Which one; all of them without.
 * @param flags The command line.
 * @param io The world.
 */
export async function localStatus(
  name: string | undefined,
  flags: LocalStatusFlags,
  io: Io,
): Promise<void> {
  const home = homeOf(io);
  const names = await chosen(home, name);
  const views = await Promise.all(
    names.map(async (each) => viewOf(await clusterStatus(home, each))),
  );
  switch (flags.output) {
    case "json":
      return io.stdout(toJson(views));
    case "yaml":
      return io.stdout(toYaml(views));
    case "name":
      return io.stdout(names.map((each) => each + "\n").join(""));
    case "table":
      if (views.length === 0) return io.stderr("No local clusters.\n");
      return io.stdout(statusTable(views, io.now()));
  }
}

function viewOf(status: ClusterStatus): StatusView {
  const { record: { name, role }, state, desired, supervisor, components } = status;
  return { name, role, state, desired, supervisor, components };
}

function statusTable(views: readonly StatusView[], now: Date): string {
  const rows = views.flatMap((view) => [
    [view.name, view.state, "supervisor", pids(view.supervisor), "", "", ""],
    ...view.components.map((each) => [
      view.name,
      view.state,
      each.name,
      each.pid === undefined ? "-" : String(each.pid),
      each.ready ? "yes" : "no",
      String(each.restarts),
      age(each.since, now),
    ]),
  ]);
  return table(["CLUSTER", "STATE", "COMPONENT", "PID", "READY", "RESTARTS", "SINCE"], rows);
}

function pids({ active, standby }: ClusterStatus["supervisor"]): string {
  return [active, standby].filter((pid) => pid !== undefined).join(",") || "-";
}

async function chosen(home: string, name: string | undefined): Promise<string[]> {
  const names = (await listClusters(home)).map((record) => record.name);
  if (name === undefined) return names;
  if (names.includes(name)) return [name];
  throw new NotFoundError(`There is no local cluster '${name}' in '${home}'`, {
    remedy: names.length > 0 ? `choose one of: ${names.join(", ")}` : "install one first",
  });
}

/** Looks at the processes until none is left: the supervisor is the last to go, so nobody can tell us. */
async function waitStopped(home: string, name: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + DEADLINES.removal;
  for (;;) {
    signal.throwIfAborted();
    const { supervisor, components } = await clusterStatus(home, name);
    const alive = supervisor.active ?? supervisor.standby ??
      components.find((each) => each.pid !== undefined)?.pid;
    if (alive === undefined) return;
    if (Date.now() > deadline) {
      throw new DeadlineError(`Cluster '${name}' did not stop: process ${alive} still runs`, {
        remedy: `look at the logs with 'lattice local status ${name}'`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
