/** Signatures. @module */
/** What a kubeconfig with one cluster, user and context holds. */
export interface KubeconfigInit {
  readonly name: string;
  readonly server: string;
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
  readonly namespace?: string | undefined;
}
/** Text (YAML) of a kubeconfig whose cluster, user and context carry `name`, its current context. */
export declare function buildKubeconfig(init: KubeconfigInit): string;
/** Merges a kubeconfig into a file (made if absent, 0600, atomic, locked); entries of the same name are replaced, `current-context` stays unless unset. */
export declare function mergeKubeconfigFile(path: string, text: string): Promise<void>;
/** Removes cluster, user and context `name`; false if there were none. */
export declare function removeFromKubeconfigFile(path: string, name: string): Promise<boolean>;
