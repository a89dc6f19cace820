/**
 * `lattice get` as text: pure functions from {@linkcode ClusterInfo} to lines.
 *
 * @module
 */

import { age } from "../output/age.ts";
import { columns, table } from "../output/table.ts";
import type { ClusterInfo } from "./info.ts";

const HEADERS = ["NAME", "PHASE", "PROVIDER", "K8S", "CP", "WORKERS", "ROLE", "AGE"] as const;

/**
 * The table of `lattice get clusters`.
 *
 * @param infos What to show, in order.
 * @param now The present moment, for ages.
 */
export function clustersTable(infos: readonly ClusterInfo[], now: Date): string {
  return table(
    HEADERS,
    infos.map((info) => [
      info.name,
      info.connected ? info.phase : `${info.phase} (disconnected)`,
      info.provider,
      info.k8s_version,
      `${info.control_plane_ready}/${info.control_plane_total}`,
      `${info.workers_ready}/${info.workers_total}`,
      role(info),
      age(info.creation_timestamp ?? undefined, now),
    ]),
  );
}

/**
 * The sheet of `lattice get cluster NAME`.
 *
 * @param info What to show.
 * @param now The present moment, for the age.
 */
export function clusterSheet(info: ClusterInfo, now: Date): string {
  const facts: [string, string | undefined][] = [
    ["Name", info.name],
    ["Phase", info.connected ? info.phase : `${info.phase} (disconnected)`],
    ["Provider", info.provider],
    ["K8s Version", info.k8s_version],
    ["Role", role(info)],
    ["Control Plane", `${info.control_plane_ready}/${info.control_plane_total}`],
    ["Workers", `${info.workers_ready}/${info.workers_total}`],
    ["Endpoint", info.endpoint ?? undefined],
    ["Message", info.message ?? undefined],
    ["Pivot", info.pivot_complete ? "complete" : "pending"],
    ["Bootstrap", info.bootstrap_complete ? "complete" : "pending"],
    ["Age", age(info.creation_timestamp ?? undefined, now)],
    ["Context", info.context],
    ["Children", info.children.join(", ") || undefined],
  ];
  const lines = facts.filter(([, value]) => value !== undefined)
    .map(([label, value]) => `${label}:`.padEnd(16) + value);
  return [...lines, ...poolLines(info), ...conditionLines(info)].map((line) => line + "\n").join(
    "",
  );
}

function poolLines({ worker_pools }: ClusterInfo): string[] {
  const rows = Object.entries(worker_pools).map(([name, pool]) => [
    name,
    `${pool.ready_replicas}/${pool.desired_replicas}` +
    (pool.autoscaling_enabled ? `  (autoscaling: min=${pool.min}, max=${pool.max})` : ""),
  ]);
  return section("Worker Pools:", columns(rows, 7));
}

function conditionLines({ conditions }: ClusterInfo): string[] {
  const rows = conditions.map((each) => [each.type_, each.status, each.reason, each.message]);
  return section("Conditions:", columns(rows));
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

function role(info: ClusterInfo): "parent" | "leaf" {
  return info.is_parent ? "parent" : "leaf";
}
