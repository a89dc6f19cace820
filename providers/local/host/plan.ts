/**
 * Plans local clusters: writes down everything that a supervisor needs to bring one up.
 *
 * *Expected flow*: the first plan of a name reserves a block of ports and builds the cluster's directory beside
 * its place; renaming it there is the moment from which the cluster exists. A later plan of the
 * name keeps ports, keys and the desired state, and adds or changes only what differs.
 *
 * *Guarantees*: killed or failed at any point, a plan leaves no half cluster: there is the whole directory or
 * none, and what a killed plan left beside it is swept by the next plan of the name.
 *
 * @module
 */

import { LatticeError } from "@lattice/api/errors";
import { buildKubeconfig } from "@lattice/kube";
import { join, resolve } from "node:path";
import { authenticationConfiguration, authenticationFile } from "./authentication.ts";
import { componentsOf, dataDirectories } from "./components.ts";
import {
  allEnded,
  makeDirectory,
  readIfExists,
  removeIfExists,
  uniqueId,
  writeAtomically,
} from "./files.ts";
import { explained } from "./home.ts";
import {
  type ClusterPaths,
  clusterPaths,
  clustersDirectory,
  isClusterName,
  kubeconfigOf,
  pathsIn,
  portOf,
} from "./layout.ts";
import { materialPaths, writeMaterial } from "./material.ts";
import { isManager, type ManagerCommand, managerIds, needRoom } from "./managers.ts";
import type {
  ClusterRecord,
  ClusterRole,
  CoreComponentId,
  DesiredState,
  Flavour,
  ManagerId,
} from "./model.ts";
import { releaseLocked, withHomeLock } from "./port_release.ts";
import { type Block, reserveLocked } from "./ports.ts";
import { beingRemoved, changeDesired, readDesired, readRecord } from "./records.ts";

/** Where the component binaries are; what `tools/locate.ts` returns fits. */
export interface PlanTools {
  /** Folder of the binaries. */
  readonly dir: string;
  /** Absolute path of a program. */
  bin(name: Exclude<CoreComponentId, "operator">): string;
  /** Absolute path of a manifest file. */
  manifest(name: "kwok-stages.yaml"): string;
}

/** How to start the operator of a cluster. */
export interface OperatorCommand {
  /** Program (absolute path) and arguments. The cluster's directory is appended as one more. */
  argv: readonly string[];
  /**
   * Environment besides `LATTICE_CLUSTER_NAME`, `KUBECONFIG`, `LATTICE_HOME`, `LATTICE_TOOLS_DIR`
   * and `LATTICE_HEALTH_PORT`, which the plan sets.
   */
  env: Readonly<Record<string, string>>;
}

/** What {@linkcode planCluster} needs to know. */
export interface PlanOptions {
  /** State directory. */
  home: string;
  /** Name of the cluster, a DNS label. */
  name: string;
  /** Bootstrap clusters get no scheduler, no nodes, and few controllers. */
  role: ClusterRole;
  /** Kubernetes version to record, without a leading `v`. */
  version: string;
  /** Distribution that the control plane imitates. */
  flavour: Flavour;
  /** Extra DNS names and IP addresses for the API server's certificate. */
  certSANs: readonly string[];
  /** Run that plans the cluster. A known cluster keeps the run that planned it first. */
  runId: string;
  /** Where the binaries are. */
  tools: PlanTools;
  /**
   * How to start the operator. Left out, a known cluster keeps the operator that it has and a new
   * one gets none, and so no CAPI manager either.
   */
  operator?: OperatorCommand;
  /**
   * Cluster API managers beside the core one; bootstrap clusters only. Left out, a known cluster keeps
   * those that it has.
   */
  managers?: readonly ManagerCommand[];
  /** Base of the block that was reserved for this name before; left out, one is found. */
  base?: number;
}

/**
 * Plans a cluster, idempotently. Starts nothing and needs no run permission.
 *
 * @param options what to plan
 * @returns the cluster's record
 * @throws {LatticeError} `validation` when there is no free port block or the state directory cannot be
 *   written, `conflict` when the cluster exists in another role, on other ports, or is being removed;
 *   `internal` when there are more managers than ports, or any in a workload cluster
 */
export async function planCluster(options: PlanOptions): Promise<ClusterRecord> {
  const { name } = options;
  const home = resolve(options.home);
  if (!isClusterName(name)) {
    throw new LatticeError("validation", `The cluster name "${name}" is not a DNS label`, {
      field: "metadata.name",
      remedy: "use at most 63 lower-case letters, digits and hyphens",
    });
  }
  needRoom(options.role, options.managers ?? []);
  return await explained(home, () =>
    withHomeLock(home, async () => {
      await removeIfExists(stagingDirectory(home, name));
      const known = await readRecord(home, name);
      return known === undefined
        ? await create({ ...options, home })
        : await update({ ...options, home }, known);
    }));
}

function stagingDirectory(home: string, name: string): string {
  return join(clustersDirectory(home), `.${name}.staging`);
}

async function create(options: PlanOptions): Promise<ClusterRecord> {
  const { home, name } = options;
  const block = await reserveLocked(home, name, options.base);
  const staging = stagingDirectory(home, name);
  try {
    const record = newRecord(options, block);
    await makeDirectory(clustersDirectory(home));
    await writeCluster(pathsIn(staging), record, false, managerIds(options.managers));
    const desired: DesiredState = {
      formatVersion: 1,
      name,
      id: record.id,
      state: "running",
      portBase: block.base,
      portToken: block.token,
      components: componentsOf({ ...options, record }),
    };
    await writeAtomically(join(staging, "desired.json"), JSON.stringify(desired, undefined, 2));
    await Deno.rename(staging, record.directory);
    return record;
  } catch (error) {
    await removeIfExists(staging);
    if (block.fresh) await releaseLocked(home, block.base, block.token);
    throw error;
  }
}

function newRecord(options: PlanOptions, { base, token }: Block): ClusterRecord {
  const { home, name, role, runId, flavour, version, certSANs, tools } = options;
  const paths = clusterPaths(home, name);
  const caFile = materialPaths(paths.pki).ca.cert;
  return {
    formatVersion: 1,
    name,
    id: uniqueId(),
    role,
    runId,
    flavour,
    version,
    certSANs: [...certSANs],
    portBase: base,
    portToken: token,
    createdAt: new Date().toISOString(),
    toolsDir: tools.dir,
    directory: paths.directory,
    server: `https://127.0.0.1:${portOf(base, "apiServer")}`,
    kubeconfig: paths.kubeconfig,
    caFile,
    webhook: { url: `https://127.0.0.1:${portOf(base, "capiWebhooks")}`, caFile },
  };
}

async function update(options: PlanOptions, known: ClusterRecord): Promise<ClusterRecord> {
  const { home, name, version, flavour, certSANs, tools } = options;
  await refuseConflicts(options, known);
  const record: ClusterRecord = {
    ...known,
    version,
    flavour,
    certSANs: [...certSANs],
    toolsDir: tools.dir,
  };
  const renamed = JSON.stringify(known.certSANs) !== JSON.stringify(record.certSANs);
  await writeCluster(clusterPaths(home, name), record, renamed, managerIds(options.managers));
  await changeDesired(home, name, (present) => {
    if (present === undefined) throw new LatticeError("internal", `"${name}" has no desired state`);
    const operator = options.operator ?? operatorOf(present);
    const context = { home, record, tools, ...(operator === undefined ? {} : { operator }) };
    const { managers } = options;
    const components = componentsOf(managers ? { ...context, managers } : context);
    const kept = managers ? [] : present.components.filter(({ name }) => isManager(name));
    return { ...present, components: [...components, ...kept] };
  });
  return record;
}

async function refuseConflicts(options: PlanOptions, known: ClusterRecord): Promise<void> {
  const { home, name, role, base } = options;
  if ((await readDesired(home, name))?.state === "removed") throw beingRemoved(name);
  if (known.role !== role) {
    throw new LatticeError("conflict", `The cluster "${name}" exists as a ${known.role} cluster`, {
      remedy: "remove it first, or take another name",
    });
  }
  if (base !== undefined && base !== known.portBase) {
    throw new LatticeError(
      "conflict",
      `The cluster "${name}" has its ports at ${known.portBase}, not at ${base}`,
      { remedy: `plan it with base ${known.portBase}` },
    );
  }
}

/** The operator command that a cluster was planned with, if it was. */
function operatorOf(desired: DesiredState): OperatorCommand | undefined {
  const spec = desired.components.find(({ name }) => name === "operator");
  return spec && { argv: spec.argv.slice(0, -1), env: spec.env };
}

/** Writes everything of a cluster but its desired state, as far as it is not there yet. */
async function writeCluster(
  paths: ClusterPaths,
  record: ClusterRecord,
  renewApiServer: boolean,
  managers: readonly ManagerId[],
): Promise<void> {
  const directories = [paths.spawn, paths.logs, paths.run, paths.pki];
  const data = dataDirectories(record).map((name) => join(paths.data, name));
  await allEnded([...directories, ...data].map(makeDirectory));
  const [material] = await allEnded([
    writeMaterial(paths, record.certSANs, renewApiServer, managers),
    writeIfDifferent(authenticationFile(paths.directory), authenticationConfiguration()),
    writeIfDifferent(paths.record, JSON.stringify(record, undefined, 2)),
  ]);
  await allEnded([...material.clients].map(async ([identity, { certPem, keyPem }]) => {
    const file = identity === "admin" ? paths.kubeconfig : kubeconfigOf(paths, identity);
    const { name, server } = record;
    const { caPem } = material;
    await writeIfDifferent(file, buildKubeconfig({ name, server, caPem, certPem, keyPem }));
  }));
}

async function writeIfDifferent(path: string, text: string): Promise<void> {
  if (await readIfExists(path) !== text) await writeAtomically(path, text);
}
