/**
 * What tests on a real API server share.
 *
 * @module
 */
import { type ApiServer, startApiServer } from "../tests/support/apiserver.ts";
import { sleep } from "./backoff.ts";
import { connect, KubeClient } from "./client.ts";
import { resolveConnection } from "./connection.ts";
import type { WatchTiming } from "./watch.ts";

export { type ApiServer, startApiServer };

/** Kind of a ConfigMap. */
export const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" } as const;

/** A ConfigMap. */
export interface ConfigMap {
  /** Group and version. */
  readonly apiVersion: string;
  /** Kind. */
  readonly kind: string;
  /** Metadata. */
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Record<string, string>;
    readonly finalizers?: string[];
  };
  /** Entries. */
  readonly data?: Record<string, string>;
}

/** Makes a ConfigMap. */
export function configMap(
  namespace: string,
  name: string,
  data: Record<string, string> = {},
): ConfigMap {
  return { ...CONFIG_MAP, metadata: { name, namespace }, data };
}

/** Names a ConfigMap. */
export function refTo(
  namespace: string,
  name: string,
): typeof CONFIG_MAP & { readonly namespace: string; readonly name: string } {
  return { ...CONFIG_MAP, namespace, name };
}

/** A namespace of a test's own. */
export async function newNamespace(client: KubeClient, name: string): Promise<string> {
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  return name;
}

/** A client that reaches the server under another URL, such as a proxy's. */
export async function connectVia(
  server: ApiServer,
  url: string,
  timing?: WatchTiming,
  requestTimeoutMs?: number,
): Promise<KubeClient> {
  const text = server.kubeconfig.replaceAll(server.url, url);
  if (!timing) return await connect({ text, requestTimeoutMs });
  const connection = await resolveConnection({ text });
  return new KubeClient(connection, { watchTiming: timing, requestTimeoutMs });
}

/** Waits until something holds, or fails after 20 s. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!await holds()) {
    if (Date.now() > deadline) throw new Error(`Gave up waiting for ${what}`);
    await sleep(10);
  }
}
