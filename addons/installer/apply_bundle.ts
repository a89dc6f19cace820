/**
 * Applies a rendered bundle to a cluster.
 *
 * @module
 */
import { type KubeObject, SYSTEM_NAMESPACE } from "@lattice/api";
import { DeadlineError, LatticeError } from "@lattice/api/errors";
import { backoffMs, isApiError, type Kind, type KubeClient, type Ref, sleep } from "@lattice/kube";
import { MANAGER } from "../apply.ts";
import { namespaceObject } from "../bundle/objects.ts";
import type { RenderedBundle, RenderedItem } from "../charts/render.ts";
import { waitEstablished } from "../established.ts";
import {
  ADDON_LABEL,
  keyOf,
  type Owned,
  prune,
  type Pruned,
  readInventory,
  refOf,
  writeInventory,
} from "./inventory.ts";
import { waitServed } from "./served.ts";
import { tiersOf } from "./tiers.ts";

/** What is happening. */
export type BundleProgress =
  | { readonly step: "waiting"; readonly addon: string; readonly kind: Kind }
  | { readonly step: "applied"; readonly addon: string; readonly objects: number }
  | { readonly step: "deleted"; readonly ref: Ref };

/** How a bundle is applied. */
export interface ApplyBundleOptions {
  /** Milliseconds for all of it. Default: 600,000. */
  readonly timeoutMs?: number | undefined;
  /** Ends it early; what was applied stays. */
  readonly signal?: AbortSignal | undefined;
  /** Called as it goes on. */
  readonly onProgress?: ((progress: BundleProgress) => void) | undefined;
}

/** What was done. */
export interface BundleReport extends Pruned {
  /** Number of objects that were applied, whether or not they changed. */
  readonly applied: number;
}

const DEFAULT_TIMEOUT_MS = 600_000;
const BACKOFF = { baseMs: 250, maxMs: 5_000 };
/** Statuses that pass: too many requests, and servers or webhooks that are not up. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);

interface Run {
  readonly client: KubeClient;
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: BundleProgress) => void;
}

/**
 * Applies a bundle in its order: an addon begins when the one before it is applied and the kinds that it uses are
 * served. Server-side apply throughout, so that running it again changes nothing, and repairs what was changed by
 * hand. A bundle is everything that a cluster is to have: objects of an earlier one that this one no longer has are
 * deleted, except kinds and namespaces.
 *
 * @param client a client with administrator's rights
 * @param bundle what to apply
 * @param options deadline, signal, progress
 * @returns what was done
 * @throws {DeadlineError} when a kind is not served, or something keeps failing, until the deadline
 * @throws {ApiError} when the server refuses an object
 */
export async function applyBundle(
  client: KubeClient,
  bundle: RenderedBundle,
  options: ApplyBundleOptions = {},
): Promise<BundleReport> {
  const { signal } = options;
  const run: Run = {
    client,
    deadline: performance.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    signal,
    onProgress: options.onProgress ?? (() => {}),
  };
  await ensureNamespace(run);
  const before = await readInventory(client, { signal });
  const now = bundle.items.flatMap(ownedOf);
  // Both lists, so that a run that ends in between loses track of nothing.
  await writeInventory(client, merged(before, now), { signal });
  for (const item of bundle.items) await applyItem(run, item);
  const pruned = await prune(client, before, now, { signal });
  for (const ref of pruned.deleted) run.onProgress({ step: "deleted", ref });
  await writeInventory(client, now, { signal });
  return { applied: now.length, ...pruned };
}

// Only when it is absent: applied without the label that its addon gives it, it would change twice in each run.
async function ensureNamespace(run: Run): Promise<void> {
  const { client, signal } = run;
  const namespace = namespaceObject(SYSTEM_NAMESPACE);
  if (!await client.find(refOf(namespace), { signal })) await persistently(run, namespace);
}

function ownedOf({ name, objects }: RenderedItem): Owned[] {
  return objects.map((object) => ({ addon: name, ...refOf(object) }));
}

function merged(before: readonly Owned[], now: readonly Owned[]): Owned[] {
  return [...new Map([...before, ...now].map((owned) => [keyOf(owned), owned])).values()];
}

async function applyItem(run: Run, { name, objects }: RenderedItem): Promise<void> {
  const { client, deadline, signal, onProgress } = run;
  for (const tier of tiersOf(objects)) {
    const onWait = (kind: Kind): void => onProgress({ step: "waiting", addon: name, kind });
    await waitServed(client, tier, { deadline, signal, onWait });
    const applied = await Promise.all(
      tier.map((object) => persistently(run, labelled(object, name))),
    );
    const crds = applied.filter(({ kind }) => kind === "CustomResourceDefinition");
    const timeoutMs = Math.max(1, deadline - performance.now());
    await waitEstablished(client, crds, { timeoutMs, signal });
  }
  onProgress({ step: "applied", addon: name, objects: objects.length });
}

function labelled(object: KubeObject, addon: string): KubeObject {
  const { metadata } = object;
  // Charts of definitions come with the status that a generator left in them.
  const { status: _, ...rest } = object;
  const labels = { ...metadata.labels, [ADDON_LABEL]: addon };
  return { ...rest, metadata: { ...metadata, labels } } as KubeObject;
}

async function persistently(run: Run, object: KubeObject): Promise<KubeObject> {
  const { client, deadline, signal } = run;
  for (let attempt = 0;; attempt++) {
    try {
      return await client.apply<KubeObject>(object, {
        manager: MANAGER,
        force: true,
        fieldValidation: "Strict",
        signal,
      });
    } catch (error) {
      if (!passes(error)) throw error;
      if (performance.now() >= deadline) throw late(object, error);
      await sleep(backoffMs(attempt, BACKOFF), signal);
    }
  }
}

function passes(error: unknown): boolean {
  if (isApiError(error) && error.httpStatus !== undefined) {
    return PASSING.has(error.httpStatus) || /failed calling webhook/.test(error.message);
  }
  return error instanceof LatticeError && error.code === "unavailable";
}

function late({ kind, metadata }: KubeObject, cause: unknown): DeadlineError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DeadlineError(`Could not apply ${kind} ${metadata.name} in time: ${why}`, { cause });
}
