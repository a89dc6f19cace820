/**
 * The bootstrap cluster of an install in a cloud: a cluster of processes on this machine, or kind.
 *
 * @module
 */

import type { KubeClient } from "@lattice/kube";
import type { Step } from "../output/reporter.ts";

/** Which kind of bootstrap cluster. */
export type BootstrapKind = "kind" | "local";

/** The last error that a manager wrote down. */
export interface Complaint {
  /** Name of the manager. */
  readonly manager: string;
  /** Its words, without the frame of the log. */
  readonly text: string;
}

/** A cluster that lives as long as an install. Every method looks at what exists first. */
export interface BootstrapCluster {
  /** Its name. */
  readonly name: string;
  /** What it is made of. */
  readonly kind: BootstrapKind;
  /** Whether there is one. */
  exists(): Promise<boolean>;
  /** Makes and starts it, and waits until its API server answers. */
  start(step: Step): Promise<void>;
  /** Installs the operator and the managers, and waits for them. */
  installManagement(step: Step): Promise<void>;
  /** Connects as its administrator; `undefined` when there is no such cluster. */
  connect(): Promise<KubeClient | undefined>;
  /** Path of the administrator's kubeconfig; `undefined` when there is no such cluster. */
  kubeconfig(): Promise<string | undefined>;
  /** What its managers complained about last; empty where their logs cannot be read. */
  complaints(): Promise<Complaint[]>;
  /**
   * Removes it.
   *
   * @param options Deadline in milliseconds and interruption.
   * @returns Whether there was one.
   */
  remove(options: { readonly timeoutMs: number; readonly signal?: AbortSignal }): Promise<boolean>;
}
