/** Signatures. @module */
import type { KubeClient } from "./client.ts";
/** Options. */
export interface LeaseOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly retryMs: number;
  readonly signal: AbortSignal;
}
/** Waits for the lease, runs, and rejects when it was lost. */
export declare function runWithLease(
  options: LeaseOptions,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void>;
