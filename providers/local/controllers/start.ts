/**
 * Starts the controllers of the local provider.
 *
 * @module
 */
import type { KubeClient } from "@lattice/kube";

/** What the controllers of the local provider need. */
export interface LocalControllersOptions {
  /** Client of the cluster whose CAPI objects are reconciled: the operator's own. */
  readonly client: KubeClient;
  /** State directory, `$LATTICE_HOME`. */
  readonly home: string;
  /** Name of the cluster that the operator runs in. */
  readonly clusterName: string;
  /** Directory of the built components and their manifests. */
  readonly toolsDir: string;
  /** Ends all controllers. */
  readonly signal: AbortSignal;
  /** Whether another cluster owns the objects of this namespace now (see `@lattice/pivot`). */
  isFenced(namespace: string): Promise<boolean>;
}

/**
 * Runs the controllers of LocalCluster, LocalControlPlane and LocalMachine until the signal.
 *
 * @param options What they work with.
 */
export function startLocalControllers(options: LocalControllersOptions): Promise<void> {
  return Promise.reject(new Error(`Not wired yet for cluster '${options.clusterName}'`));
}
