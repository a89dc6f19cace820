/**
 * Cluster API managers as processes of a bootstrap cluster: what a provider of machines and nodes needs
 * beside the core manager. Each has an identity, a webhook port and a health port of its own.
 *
 * @module
 */

import { LatticeError } from "@lattice/api/errors";
import { dirname } from "node:path";
import { clusterPaths, kubeconfigOf } from "./layout.ts";
import { clientFiles, materialPaths } from "./material.ts";
import type { ClusterRecord, ClusterRole, ComponentId, ComponentSpec, ManagerId } from "./model.ts";

const LOOPBACK = "127.0.0.1";

/**
 * Ports of the block that bootstrap clusters have no other use for: those behind the operator's, then
 * those of the scheduler and of kwok. Two a manager.
 */
const PORT_PAIRS = [[10, 11], [12, 13], [14, 15], [4, 5]] as const;

/** Where a manager runs. */
export interface ManagerPlace {
  /** Kubeconfig with its identity. */
  readonly kubeconfig: string;
  /** Folder with `tls.crt` and `tls.key` for its webhooks. */
  readonly webhookCertDir: string;
  /** Port of its webhooks. */
  readonly webhookPort: number;
  /** `127.0.0.1:PORT` on which it has to answer `/readyz`. */
  readonly healthAddress: string;
}

/** How to start a manager. */
export interface ManagerCommand {
  /** Name of the process; also the user that it is to the API server. */
  readonly name: ManagerId;
  /** Program, absolute. */
  readonly program: string;
  /** Its arguments. Everybody on the machine can read them: no secrets. */
  readonly args: (place: ManagerPlace) => readonly string[];
  /** Environment besides the few variables that every component gets. Written to disk: no secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** It starts once it may read this CustomResourceDefinition. */
  readonly startsWith: string;
}

/** What is known of a manager before it runs. */
export interface ManagerEndpoint {
  /** Where it answers webhooks. */
  readonly webhook: { readonly url: string; readonly caFile: string };
}

/** Whether a component is such a manager. */
export function isManager(name: ComponentId): name is ManagerId {
  return name.startsWith("manager-");
}

/** Names of managers. */
export function managerIds(managers: readonly ManagerCommand[] = []): ManagerId[] {
  return managers.map(({ name }) => name);
}

/**
 * Refuses managers that have no place.
 *
 * @param role part that the cluster plays
 * @param managers the managers
 * @throws {LatticeError} `internal` when there are too many, or any beside a workload cluster's own
 */
export function needRoom(role: ClusterRole, managers: readonly ManagerCommand[]): void {
  const room = role === "bootstrap" ? PORT_PAIRS.length : 0;
  if (managers.length <= room) return;
  throw new LatticeError(
    "internal",
    `A ${role} cluster has room for ${room} managers, not for ${managers.length}`,
  );
}

/**
 * Where a manager answers.
 *
 * @param record the bootstrap cluster
 * @param position place of the manager in the list that the cluster was planned with
 */
export function managerEndpoint(record: ClusterRecord, position: number): ManagerEndpoint {
  const [webhook] = portsOf(record, position);
  return { webhook: { url: `https://${LOOPBACK}:${webhook}`, caFile: record.caFile } };
}

/**
 * The process of a manager.
 *
 * @param home state directory
 * @param record the bootstrap cluster
 * @param manager how to start it
 * @param position its place in the list of all managers
 */
export function managerComponent(
  home: string,
  record: ClusterRecord,
  { name, program, args, env, startsWith }: ManagerCommand,
  position: number,
): ComponentSpec {
  const paths = clusterPaths(home, record.name);
  const [webhookPort, healthPort] = portsOf(record, position);
  const healthAddress = `${LOOPBACK}:${healthPort}`;
  const { cert: certFile, key: keyFile } = clientFiles(paths.pki, name);
  const crd = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${startsWith}`;
  return {
    name,
    argv: [
      program,
      ...args({
        kubeconfig: kubeconfigOf(paths, name),
        webhookCertDir: dirname(materialPaths(paths.pki).webhook.cert),
        webhookPort,
        healthAddress,
      }),
    ],
    env: { ...env },
    cwd: record.directory,
    dependsOn: ["operator"],
    startWhen: { url: `${record.server}${crd}`, caFile: record.caFile, certFile, keyFile },
    readiness: { url: `http://${healthAddress}/readyz` },
    stopGraceMs: 5_000,
  };
}

function portsOf({ portBase }: ClusterRecord, position: number): [webhook: number, health: number] {
  const [webhook, health] = PORT_PAIRS[position] ?? [];
  if (webhook === undefined || health === undefined) {
    throw new RangeError(`Cannot place manager number ${position + 1}`);
  }
  return [portBase + webhook, portBase + health];
}
