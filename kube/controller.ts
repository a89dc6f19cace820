/**
 * Signatures of the controller runtime.
 *
 * @module
 */
import type { Logger } from "@logtape/logtape";
import type { KubeClient } from "./client.ts";
import type { Kind, KubeObject } from "./types.ts";

/** Names what is to be reconciled, never how it changed. */
export interface Request {
  readonly name: string;
  readonly namespace?: string | undefined;
}
/** What a reconcile asks for. */
export interface Result {
  readonly requeueAfterMs?: number | undefined;
}
/** Objects as the controller's watches know them. */
export interface ControllerCache {
  get<T = KubeObject>(kind: Kind, name: string, namespace?: string): T | undefined;
  list<T = KubeObject>(kind: Kind, options?: { namespace?: string | undefined }): T[];
}
/** What a reconcile gets beside the request. */
export interface ReconcileContext {
  readonly signal: AbortSignal;
  readonly cache: ControllerCache;
  readonly log: Logger;
}
/** Another kind whose changes concern this controller. */
export interface WatchSpec extends Kind {
  readonly labelSelector?: string | undefined;
  readonly namespace?: string | undefined;
  map(object: KubeObject): readonly Request[];
}
/** Controller. */
export interface ControllerOptions {
  readonly name: string;
  readonly client: KubeClient;
  readonly for: Kind;
  readonly namespace?: string | undefined;
  readonly watches?: readonly WatchSpec[] | undefined;
  readonly owns?: readonly Kind[] | undefined;
  reconcile(request: Request, context: ReconcileContext): Promise<Result | void>;
  readonly concurrency?: number | undefined;
  readonly resyncMs?: number | undefined;
  readonly signal: AbortSignal;
}
/** Runs a controller until the signal; resolves when its workers have stopped. */
export declare function runController(options: ControllerOptions): Promise<void>;
