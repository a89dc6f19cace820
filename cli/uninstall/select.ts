/**
 * Finds the cluster that an uninstall is about.
 *
 * @module
 */

import type { LatticeCluster } from "@lattice/api";
import { type ErrorCode, LatticeError, NotFoundError } from "@lattice/api/errors";
import { connect, type KubeClient } from "@lattice/kube";
import { type ClusterRecord, listClusters } from "@lattice/providers/local/host";
import { places } from "../clusters/contexts.ts";
import type { UninstallFlags } from "../commands/uninstall.ts";
import type { Io } from "../io.ts";
import { readJournal } from "../run/journal.ts";
import { LATTICE_CLUSTER } from "../run/lattice_cluster.ts";
import { awaken } from "../run/ownership.ts";

/** What was found. */
export interface Selection {
  /** Name of the LatticeCluster. */
  readonly name: string;
  /** The local cluster that holds it now: the cluster itself, or a bootstrap cluster. */
  readonly holder: ClusterRecord;
}

/** A context of the kubeconfig, asked. */
interface Candidate {
  readonly context: string;
  readonly server: string;
  readonly names: readonly string[];
  readonly holder: ClusterRecord | undefined;
}

/**
 * Reads the LatticeClusters behind a kubeconfig and picks one. Without `--name` only the current context
 * counts; with it, every context is looked at.
 *
 * @param flags The command line.
 * @param home The state directory.
 * @param io The world.
 * @throws {ValidationError} When the kubeconfig cannot be read.
 * @throws {NotFoundError} When there is no such cluster, or it is not a local one of this machine.
 * @throws {LatticeError} `usage` when there are several and none was named.
 */
export async function selectCluster(
  flags: UninstallFlags,
  home: string,
  io: Io,
): Promise<Selection> {
  const where = { home, signal: io.signal };
  const all = await places(flags.kubeconfig, io);
  const records = await listClusters(home);
  const current = await ask(flags.kubeconfig, undefined, records, where);
  const { name } = flags;
  if (name === undefined) {
    return { name: pick(current.names, undefined, current.context), holder: local(current, home) };
  }
  const others = await Promise.all(
    all.filter(({ context }) => context !== current.context).map(async ({ context }) =>
      // A context that does not answer cannot be the one; if none is, the error says so.
      await ask(flags.kubeconfig, context, records, where).catch(() => undefined)
    ),
  );
  const found = [current, ...others].filter((each) => each?.names.includes(name))
    .sort((a, b) => Number(b?.holder?.name === name) - Number(a?.holder?.name === name));
  const [best] = found;
  const known = [current, ...others].flatMap((each) => each?.names ?? []);
  return { name: pick(known, name, current.context), holder: local(best ?? current, home) };
}

/**
 * Picks a name.
 *
 * @param names Names of the LatticeClusters that were found.
 * @param name Value of `--name`.
 * @param context Name of the context; the default of `--name` when there are several.
 */
export function pick(names: readonly string[], name: string | undefined, context: string): string {
  const wanted = name ?? (names.length > 1 ? context : names[0]);
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  if (names.length === 0) {
    throw new NotFoundError("There is no LatticeCluster behind this kubeconfig", {
      field: "--kubeconfig",
      remedy: "name the kubeconfig of a cluster that 'lattice get clusters' lists",
    });
  }
  const list = [...new Set(names)].sort().join(", ");
  if (name !== undefined) {
    throw new NotFoundError(`There is no LatticeCluster '${name}'`, {
      field: "--name",
      remedy: `write one of: ${list}`,
    });
  }
  throw new LatticeError("usage", `There are several LatticeClusters: ${list}`, {
    field: "--name",
    remedy: "say which one with --name",
  });
}

async function ask(
  kubeconfig: string,
  context: string | undefined,
  records: readonly ClusterRecord[],
  { home, signal }: { readonly home: string; readonly signal: AbortSignal },
): Promise<Candidate> {
  using client = await connect({ kubeconfig, context, userAgent: "lattice-cli" });
  const { host } = new URL(client.server);
  const holder = records.find((record) => new URL(record.server).host === host);
  const names = await namesIn(client).catch(async (error: unknown) => {
    // A cluster that was stopped has to run once more to be taken apart.
    if (holder === undefined || !isCode(error, "unavailable")) throw error;
    await awaken({ home, signal }, holder.name);
    return await namesIn(client);
  });
  return {
    context: client.contextName,
    server: client.server,
    names: names.length === 0 && holder?.role === "bootstrap" ? await planned(holder, home) : names,
    holder,
  };
}

async function namesIn(client: KubeClient): Promise<string[]> {
  try {
    const { items } = await client.list<LatticeCluster>(LATTICE_CLUSTER);
    return items.map((each) => each.metadata.name);
  } catch (error) {
    // A bootstrap cluster whose operator never came up does not have the kind.
    if (isCode(error, "not-found")) return [];
    throw error;
  }
}

function isCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof LatticeError && error.code === code;
}

/** An install may have failed before its LatticeCluster was in the bootstrap cluster. */
async function planned({ runId }: ClusterRecord, home: string): Promise<string[]> {
  const journal = await readJournal(home, runId);
  return journal === undefined ? [] : [journal.cluster];
}

function local({ holder, server }: Candidate, home: string): ClusterRecord {
  if (holder !== undefined) return holder;
  throw new NotFoundError(`The cluster at '${server}' is not a local cluster of '${home}'`, {
    field: "--kubeconfig",
    remedy: "set LATTICE_HOME to the state directory that it was installed with",
  });
}
