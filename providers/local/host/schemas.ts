/**
 * Schemas of the files in a cluster's directory, for readers outside the supervisor.
 *
 * @module
 */

import { z } from "zod";
import type {
  ClusterRecord,
  DesiredState,
  ManagerId,
  PidFile,
  PortReservation,
  StatusFile,
} from "./model.ts";

const core = z.enum([
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "operator",
  "capi-manager",
]);
const manager: z.ZodType<ManagerId> = z.custom<ManagerId>((value) =>
  typeof value === "string" && /^manager-[a-z0-9]+(-[a-z0-9]+)*$/.test(value)
);
const component = z.union([core, manager]);
const pid = z.int().positive();
const port = z.int().min(1).max(65535);

/** Schema of `cluster.json`. */
export const clusterRecordSchema: z.ZodType<ClusterRecord> = z.object({
  formatVersion: z.literal(1),
  name: z.string().min(1),
  id: z.string().min(1),
  role: z.enum(["bootstrap", "workload"]),
  runId: z.string(),
  flavour: z.enum(["kubeadm", "rke2"]),
  version: z.string().min(1),
  certSANs: z.array(z.string()),
  portBase: port,
  portToken: z.string().min(1),
  createdAt: z.iso.datetime(),
  toolsDir: z.string().min(1),
  directory: z.string().min(1),
  server: z.url(),
  kubeconfig: z.string().min(1),
  caFile: z.string().min(1),
  webhook: z.object({ url: z.url(), caFile: z.string().min(1) }),
});

const probe = z.object({
  url: z.url(),
  caFile: z.string().exactOptional(),
  certFile: z.string().exactOptional(),
  keyFile: z.string().exactOptional(),
});

/** Schema of `desired.json`. */
export const desiredStateSchema: z.ZodType<DesiredState> = z.object({
  formatVersion: z.literal(1),
  name: z.string().min(1),
  id: z.string().min(1),
  state: z.enum(["running", "stopped", "removed"]),
  portBase: port,
  portToken: z.string().min(1),
  components: z.array(z.object({
    name: component,
    argv: z.array(z.string()).min(1),
    env: z.record(z.string(), z.string()),
    cwd: z.string().min(1),
    dependsOn: z.array(component),
    startWhen: probe.exactOptional(),
    readiness: probe,
    stopGraceMs: z.int().nonnegative(),
  })),
});

/** Schema of `run/COMPONENT.pid`. */
export const pidFileSchema: z.ZodType<PidFile> = z.object({
  pid,
  startTime: z.string().min(1),
  bootId: z.string().min(1),
  specDigest: z.string(),
  startedAt: z.string(),
  restarts: z.int().nonnegative(),
});

/** Schema of `run/status.json`. */
export const statusFileSchema: z.ZodType<StatusFile> = z.object({
  formatVersion: z.literal(1),
  state: z.enum(["starting", "running", "stopping", "stopped", "removing", "unsupervised"]),
  supervisor: z.object({ active: pid, standby: pid.exactOptional() }),
  components: z.array(z.object({
    name: component,
    pid: pid.exactOptional(),
    ready: z.boolean(),
    restarts: z.int().nonnegative(),
    since: z.string(),
  })),
  writtenAt: z.string(),
});

/** Schema of `ports/BASE`. */
export const portReservationSchema: z.ZodType<PortReservation> = z.object({
  owner: z.string().min(1),
  token: z.string().min(1),
  reservedAt: z.iso.datetime(),
});
