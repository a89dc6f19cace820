/**
 * Wires the operator together.
 *
 * @module
 */

/** What an operator needs to know. */
export interface OperatorOptions {
  /** Name of the cluster that the operator runs in. */
  readonly clusterName: string;
  /** Path of the kubeconfig with the operator's own identity. */
  readonly kubeconfig: string;
  /** State directory, `$LATTICE_HOME`. */
  readonly home: string;
  /** Directory of the built components and their manifests. */
  readonly toolsDir: string;
  /** Loopback port of `/healthz`, `/readyz` and `/metrics`. */
  readonly healthPort: number;
  /** Ends the operator cleanly. */
  readonly signal: AbortSignal;
}

/**
 * Runs the operator until the signal.
 *
 * @param options What it works with.
 */
export function runOperator(options: OperatorOptions): Promise<void> {
  return Promise.reject(new Error(`Not wired yet for cluster '${options.clusterName}'`));
}
