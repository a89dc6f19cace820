/**
 * Clients of workload clusters, made from their kubeconfig Secrets and kept while the Secret stays the same.
 *
 * @module
 */
import { connect, type KubeClient } from "@lattice/kube";
import { kubeconfigSecret, SECRET } from "./names.ts";
import { secretView, view } from "./views.ts";

interface Entry {
  readonly kubeconfig: string;
  readonly client: KubeClient;
}

/** Owns the clients that it hands out: callers must not dispose them. */
export class WorkloadClients implements Disposable {
  readonly #client: KubeClient;
  readonly #entries = new Map<string, Entry>();

  /**
   * @param client Client of the cluster that holds the Secrets.
   */
  constructor(client: KubeClient) {
    this.#client = client;
  }

  /**
   * The client of a workload cluster.
   *
   * @param namespace Namespace of its Secret.
   * @param cluster Name of the cluster.
   * @param signal Ends the read early.
   * @returns Undefined while there is no Secret, or none with a kubeconfig.
   */
  async get(
    namespace: string,
    cluster: string,
    signal: AbortSignal,
  ): Promise<KubeClient | undefined> {
    const key = `${namespace}/${cluster}`;
    const name = kubeconfigSecret(cluster);
    const raw = await this.#client.find({ ...SECRET, namespace, name }, { signal });
    const kubeconfig = raw === undefined ? undefined : view(secretView, raw).data["value"];
    const known = this.#entries.get(key);
    if (known && known.kubeconfig === kubeconfig) return known.client;
    this.forget(namespace, cluster);
    if (kubeconfig === undefined) return undefined;
    const client = await connect({ text: decode(kubeconfig), userAgent: "lattice-local" });
    // Two workers may have come here at once: the first entry stays, the second client goes.
    const other = this.#entries.get(key);
    if (other) {
      client[Symbol.dispose]();
      return other.client;
    }
    this.#entries.set(key, { kubeconfig, client });
    return client;
  }

  /**
   * Closes the client of a cluster that is going away.
   *
   * @param namespace Namespace of its Secret.
   * @param cluster Name of the cluster.
   */
  forget(namespace: string, cluster: string): void {
    const key = `${namespace}/${cluster}`;
    this.#entries.get(key)?.client[Symbol.dispose]();
    this.#entries.delete(key);
  }

  /** Closes every client. */
  [Symbol.dispose](): void {
    for (const { client } of this.#entries.values()) client[Symbol.dispose]();
    this.#entries.clear();
  }
}

function decode(base64: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(base64));
}
