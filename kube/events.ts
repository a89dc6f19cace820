/** Signatures. @module */
import type { KubeClient } from "./client.ts";
import type { ObjectLike } from "./types.ts";
/** What happened. */
export interface EventInit {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  readonly component: string;
  /** What the component did, in one word; default the reason. */
  readonly action?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}
/** Writes a core v1 Event about an object; never throws, since an event is only a courtesy. */
export declare function recordEvent(
  client: KubeClient,
  about: ObjectLike,
  event: EventInit,
): Promise<void>;
