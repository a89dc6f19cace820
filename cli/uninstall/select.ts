/**
 * Finds the cluster that an uninstall is about.
 *
 * @module
 */

import type { LatticeCluster } from "@lattice/api";
import { LatticeError, NotFoundError } from "@lattice/api/errors";
import { connect, type KubeClient } from "@lattice/kube";
import { type ClusterRecord, listClusters } from "@lattice/providers/local/host";
import type { UninstallFlags } from "../commands/uninstall.ts";
import { unreadable } from "../install/request.ts";
import { readJournal } from "../run/journal.ts";
import { LATTICE_CLUSTER } from "../run/lattice_cluster.ts";

/** What was found. */
export interface Selection {
  /** Name of the LatticeCluster. */
  readonly name: string;
  /** The local cluster that holds it now: the cluster itself, or a bootstrap cluster. */
  readonly holder: ClusterRecord;
}

/**
 * Reads the LatticeClusters behind a kubeconfig and picks one.
 *
 * @param flags The command line.
 * @param home The state directory.
 * @throws {ValidationError} When the kubeconfig cannot be read.
 * @throws {NotFoundError} When there is no such cluster, or it is not a local one of this machine.
 * @throws {LatticeError} `usage` when there are several and none was named.
 */
export async function selectCluster(flags: UninstallFlags, home: string): Promise<Selection> {
  await Deno.open(flags.kubeconfig).then((file) => file.close(), (cause: unknown) => {
    throw unreadable("--kubeconfig", flags.kubeconfig, cause);
  });
  using client = await connect({ kubeconfig: flags.kubeconfig, userAgent: "lattice-cli" });
  const holder = await holderOf(client, home);
  if (holder.role === "bootstrap") {
    return { name: await nameOfHalf(client, holder, flags, home), holder };
  }
  const { items } = await client.list<LatticeCluster>(LATTICE_CLUSTER);
  return { name: pick(items, flags.name, client.contextName).metadata.name, holder };
}

/** An install may have failed before its LatticeCluster, or even the kind, was in the bootstrap cluster. */
async function nameOfHalf(
  client: KubeClient,
  holder: ClusterRecord,
  flags: UninstallFlags,
  home: string,
): Promise<string> {
  const items = await client.list<LatticeCluster>(LATTICE_CLUSTER).then(
    (list) => list.items,
    absent,
  );
  const planned = (await readJournal(home, holder.runId))?.cluster;
  if (items.length === 0 && planned !== undefined && (flags.name ?? planned) === planned) {
    return planned;
  }
  return pick(items, flags.name, client.contextName).metadata.name;
}

function absent(error: unknown): LatticeCluster[] {
  if (error instanceof LatticeError && error.code === "not-found") return [];
  throw error;
}

/**
 * Picks one of the LatticeClusters of a context.
 *
 * @param items What the API server has.
 * @param name Value of `--name`.
 * @param context Name of the context; the default of `--name` when there are several.
 */
export function pick(
  items: readonly LatticeCluster[],
  name: string | undefined,
  context: string,
): LatticeCluster {
  const names = items.map((each) => each.metadata.name).sort().join(", ");
  const wanted = name ?? (items.length > 1 ? context : items[0]?.metadata.name);
  const found = items.find((each) => each.metadata.name === wanted);
  if (found !== undefined) return found;
  if (items.length === 0) {
    throw new NotFoundError("There is no LatticeCluster behind this kubeconfig", {
      field: "--kubeconfig",
      remedy: "name the kubeconfig of a cluster that 'lattice get clusters' lists",
    });
  }
  if (name !== undefined) {
    throw new NotFoundError(`There is no LatticeCluster '${name}'`, {
      field: "--name",
      remedy: `write one of: ${names}`,
    });
  }
  throw new LatticeError("usage", `There are several LatticeClusters: ${names}`, {
    field: "--name",
    remedy: "say which one with --name",
  });
}

async function holderOf(client: KubeClient, home: string): Promise<ClusterRecord> {
  const records = await listClusters(home);
  const server = new URL(client.server).host;
  const found = records.find((record) => new URL(record.server).host === server);
  if (found !== undefined) return found;
  throw new NotFoundError(`The cluster at '${client.server}' is not a local cluster of '${home}'`, {
    field: "--kubeconfig",
    remedy: "set LATTICE_HOME to the state directory that it was installed with",
  });
}
