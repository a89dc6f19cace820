/**
 * The fence: which cluster's controllers must keep their hands off.
 *
 * @module
 */
import type { KubeClient } from "@lattice/kube";
import { isFencedBy, parseJournal } from "./journal.ts";
import { journalRef } from "./journal_store.ts";

/** Options of {@linkcode isFenced}. */
export interface FenceOptions {
  /** Another cluster that may own the objects, such as the child that a restored parent still has objects of. */
  readonly peer?: KubeClient;
  /** Ends the call early. */
  readonly signal?: AbortSignal;
}

/**
 * Whether the controllers of a cluster must keep their hands off a namespace: because the cluster has handed its objects
 * over, or because it has not been handed to yet. Reads one ConfigMap; a cluster that never took part in a move is not
 * fenced.
 *
 * With a `peer`, a cluster that was restored from an old backup is recognised, too: the peer's journal has the higher
 * epoch. The peer is a hint only, since a running cluster's life must not depend on reaching another one: whether it
 * can be reached is up to the caller.
 *
 * @param client The cluster that asks, or a copy of its objects.
 * @param namespace Namespace of the objects, `capi-NAME`.
 * @param options Peer and signal.
 */
export async function isFenced(
  client: Pick<KubeClient, "find">,
  namespace: string,
  options: FenceOptions = {},
): Promise<boolean> {
  const { peer, signal } = options;
  const ref = journalRef(namespace);
  const [own, other] = await Promise.all([
    client.find(ref, { signal }),
    peer?.find(ref, { signal }),
  ]);
  return isFencedBy(parseJournal(own), parseJournal(other));
}
