/**
 * Pausing what moves, and restoring the flags as they were.
 *
 * @module
 */
import { isApiError, type KubeObject, type Ref } from "@lattice/kube";
import type { Calls } from "./calls.ts";
import { FIELD_MANAGER, PAUSED_ANNOTATION } from "./content.ts";
import { isCluster, isClusterClass } from "./graph.ts";
import type { PausedFlags } from "./journal.ts";
import { kindName, type MovableKind } from "./kinds.ts";
import { type Plan, type Planned, planned } from "./plan.ts";
import type { Side } from "./types.ts";

/**
 * The flags that a move changes, as they are now.
 *
 * @param plan What moves.
 */
export function readFlags(plan: Plan): PausedFlags {
  return Object.fromEntries(pausable(plan).map((node) => [node.key, flagOf(node)]));
}

/**
 * Whether every flag is set.
 *
 * @param plan What moves.
 */
export function allPaused(plan: Plan): boolean {
  return pausable(plan).every((node) => {
    const flag = flagOf(node);
    return flag !== null && flag !== false;
  });
}

/**
 * Sets the flags: `spec.paused` of the Cluster, the paused annotation of ClusterClasses.
 *
 * @param calls The clusters.
 * @param plan What moves.
 */
export async function pauseSource(calls: Calls, plan: Plan): Promise<void> {
  await calls.forEach(pausable(plan), async (node) => {
    const { apiVersion, kind } = node.kind;
    const { name, namespace } = node.object.metadata;
    const value = isCluster(node) ? true : flagOf(node) ?? "";
    await setFlag(calls, "source", { apiVersion, kind, name, namespace }, value, "pause");
  });
}

/**
 * Restores flags. An object that is gone is passed over.
 *
 * @param calls The clusters.
 * @param side Where.
 * @param flags What {@linkcode readFlags} had found.
 * @param kinds Kinds, for the version to use.
 */
export async function restoreFlags(
  calls: Calls,
  side: Side,
  flags: PausedFlags,
  kinds: readonly MovableKind[],
): Promise<void> {
  await calls.forEach(Object.entries(flags), async ([key, value]) => {
    const ref = refOf(key, kinds);
    if (ref) await setFlag(calls, side, ref, value, "unpause");
  });
}

function pausable(plan: Plan): Planned[] {
  return planned(plan).filter((node) => !node.shared && (isCluster(node) || isClusterClass(node)));
}

function flagOf(node: Planned): boolean | string | null {
  if (isCluster(node)) {
    return (node.object["spec"] as { paused?: boolean } | undefined)?.paused ?? null;
  }
  return node.object.metadata.annotations?.[PAUSED_ANNOTATION] ?? null;
}

async function setFlag(
  calls: Calls,
  side: Side,
  ref: Ref,
  value: boolean | string | null,
  verb: string,
): Promise<void> {
  const body = ref.kind === "Cluster"
    ? { spec: { paused: value } }
    : { metadata: { annotations: { [PAUSED_ANNOTATION]: value } } };
  await ignoreAbsence(calls.call<KubeObject>(
    side,
    `${verb} ${ref.kind}/${ref.name}`,
    (client, options) =>
      client.patch(ref, { type: "merge", body, manager: FIELD_MANAGER, ...options }),
  ));
}

async function ignoreAbsence(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isApiError(error, 404)) throw error;
  }
}

function refOf(key: string, kinds: readonly MovableKind[]): Ref | undefined {
  const [kindPart, namespace, name] = key.split("/");
  const kind = kinds.find((candidate) => kindName(candidate) === kindPart);
  if (!kind || name === undefined) return undefined;
  return { apiVersion: kind.apiVersion, kind: kind.kind, name, namespace: namespace || undefined };
}
