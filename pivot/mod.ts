/**
 * The mover: takes the Cluster API objects of one cluster from one API server to another.
 *
 * @module
 */
export * from "./types.ts";

import type { KubeClient } from "@lattice/kube";
import type { AbortOptions, AbortReport, MoveOptions, MoveReport } from "./types.ts";

/** Moves a cluster's objects from one API server to another; a rerun after any crash converges. */
export function move(_options: MoveOptions): Promise<MoveReport> {
  throw new Error("not built yet");
}

/** Gives up a move that has not handed over yet. */
export function abort(_options: AbortOptions): Promise<AbortReport> {
  throw new Error("not built yet");
}

/** Whether the controllers of a cluster must keep their hands off a namespace. */
export function isFenced(_client: KubeClient, _namespace: string): Promise<boolean> {
  throw new Error("not built yet");
}
