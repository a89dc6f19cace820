/**
 * Events: what a controller did or met, told to whoever looks at the object with `kubectl describe`.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { KubeClient } from "./client.ts";
import { randomFraction } from "./random.ts";
import type { ObjectLike } from "./types.ts";

/** What happened. */
export interface EventInit {
  /** Whether somebody should be concerned. */
  readonly type: "Normal" | "Warning";
  /** Word for programs, in CamelCase. */
  readonly reason: string;
  /** Sentence for people. */
  readonly message: string;
  /** Who says so. */
  readonly component: string;
  /** What the component did, in one CamelCase word; default the reason. */
  readonly action?: string | undefined;
  /** Ends the attempt. */
  readonly signal?: AbortSignal | undefined;
}

/** Longest message that the server takes, in characters. */
const MESSAGE_MAX = 1024;
const TIMEOUT_MS = 5_000;

/**
 * Writes an Event about an object. It never throws: an event is a courtesy, and its failure is only logged.
 *
 * @param client Client.
 * @param about The object.
 * @param event What happened.
 */
export async function recordEvent(
  client: Pick<KubeClient, "create">,
  about: ObjectLike,
  event: EventInit,
): Promise<void> {
  const { metadata } = about;
  // Events of cluster-scoped objects live in the default namespace.
  const namespace = metadata.namespace ?? "default";
  const now = new Date();
  const object = {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: eventName(metadata.name ?? "unnamed", now), namespace },
    eventTime: now.toISOString().replace("Z", "000Z"),
    type: event.type,
    reason: event.reason,
    action: event.action ?? event.reason,
    note: event.message.slice(0, MESSAGE_MAX),
    reportingController: event.component,
    reportingInstance: event.component,
    regarding: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name: metadata.name,
      namespace: metadata.namespace,
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
    },
  };
  try {
    await client.create(object, { signal: event.signal, timeoutMs: TIMEOUT_MS });
  } catch (error) {
    getLogger(["lattice", "events"]).debug("Cannot record event", { reason: event.reason, error });
  }
}

/** A name as kubectl shows it, different for every event; the server would not complete a prefix that ends in a dot. */
function eventName(about: string, now: Date): string {
  const random = Math.floor(randomFraction() * 0xffffff).toString(16);
  return `${about.slice(0, 200)}.${now.getTime().toString(16)}${random}`;
}
