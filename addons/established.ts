/**
 * Waiting until the API server serves new kinds.
 *
 * @module
 */
import type { KubeClient, KubeObject } from "@lattice/kube";

/** How long to wait. */
export interface EstablishedOptions {
  /** Milliseconds for all of them together. */
  readonly timeoutMs: number;
  /** Ends the wait early. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tells whether a CRD's kind is served.
 *
 * @param crd the definition as the server stores it
 * @returns whether its names were accepted and its handlers installed
 */
export function isEstablished(crd: KubeObject | undefined): boolean {
  const status = crd?.["status"] as
    | { conditions?: readonly { type: string; status: string }[] }
    | undefined;
  const isTrue = (type: string): boolean =>
    status?.conditions?.some((c) => c.type === type && c.status === "True") ?? false;
  return isTrue("Established") && isTrue("NamesAccepted");
}

/**
 * Waits until every CRD is established.
 *
 * @param client the cluster
 * @param crds the definitions as they came back from the apply; those established already cost no call
 * @param options deadline and signal
 * @throws {DeadlineError} when one is not established in time; the error names it
 */
export async function waitEstablished(
  client: KubeClient,
  crds: readonly KubeObject[],
  options: EstablishedOptions,
): Promise<void> {
  const waiting = crds.filter((crd) => !isEstablished(crd));
  await Promise.all(
    waiting.map(({ apiVersion, kind, metadata }) =>
      client.wait<KubeObject>({ apiVersion, kind, name: metadata.name }, isEstablished, {
        timeoutMs: options.timeoutMs,
        signal: options.signal,
        what: `CustomResourceDefinition ${metadata.name} to be established`,
      })
    ),
  );
}
