/**
 * The mover: takes the Cluster API objects of one cluster from one API server to another, without touching the
 * infrastructure that they stand for.
 *
 * ## Expected flow
 *
 * 1. *Prepared*: the graph of objects is discovered, checked and found movable; both clusters get a journal
 *    (ConfigMap `lattice-move`), which fences the target.
 * 2. *Paused*: the Cluster is paused in the source, and every controller that reports it has confirmed.
 * 3. *Created*: copies exist in the target, owners first, paused, with the annotation `lattice.dev/source-uid`.
 * 4. *Verified*: every copy was read back and is equal; the source was seen unchanged since.
 * 5. *HandedOver*: one compare-and-swap on the source's journal. Before it the source owns the objects, after it
 *    the target.
 * 6. *Unpaused*: the target works; paused flags are what they were before the move.
 * 7. *Done*: the source's objects are deleted, dependents first, without their finalizers.
 *
 * ## Guarantees
 *
 * - A rerun after a crash at any request converges to the same end.
 * - At no time do both clusters reconcile the objects; the higher epoch is right.
 * - Nothing is deleted from the source that was not verified in the target.
 * - Before hand-over {@linkcode abort} takes everything back.
 *
 * ## Assumptions
 *
 * Controllers of CAPI providers respect `spec.paused`; Lattice's own also ask {@linkcode isFenced}. Only one cluster of
 * a namespace moves at a time.
 *
 * ## Errors
 *
 * Everything that is thrown is a `LatticeError` with a remedy, except the reason of the caller's signal.
 *
 * @module
 */
export type * from "@lattice/kube";
export * from "./types.ts";
export { abort } from "./abort.ts";
export { type FenceOptions, isFenced } from "./fence.ts";
export { move } from "./move.ts";
