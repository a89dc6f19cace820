/**
 * Waiting until the API server serves new kinds.
 *
 * @module
 */
import { DeadlineError, LatticeError } from "@lattice/api/errors";
import { type Kind, type KubeClient, type KubeObject, sleep } from "@lattice/kube";
import { z } from "zod";

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
 * Waits until every CRD is established and every version that it serves is found by discovery, which follows a moment
 * later.
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
  const deadline = performance.now() + options.timeoutMs;
  const waiting = crds.filter((crd) => !isEstablished(crd));
  await Promise.all(waiting.map(async ({ apiVersion, kind, metadata }) => {
    const crd = await client.wait<KubeObject>(
      { apiVersion, kind, name: metadata.name },
      isEstablished,
      {
        timeoutMs: options.timeoutMs,
        signal: options.signal,
        what: `CustomResourceDefinition ${metadata.name} to be established`,
      },
    );
    for (const served of servedKinds(crd)) {
      await waitServed(client, served, deadline, options.signal);
    }
  }));
}

const POLL_MS = 50;

const definition = z.object({
  spec: z.object({
    group: z.string(),
    names: z.object({ kind: z.string() }),
    versions: z.array(z.object({ name: z.string(), served: z.boolean() })),
  }),
});

function servedKinds(crd: KubeObject | undefined): Kind[] {
  const { group, names, versions } = definition.parse(crd).spec;
  return versions.filter(({ served }) => served)
    .map(({ name }) => ({ apiVersion: `${group}/${name}`, kind: names.kind }));
}

async function waitServed(
  client: KubeClient,
  kind: Kind,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  while (!await isServed(client, kind)) {
    if (performance.now() >= deadline) {
      throw new DeadlineError(`Waited for the API server to serve ${kind.kind} ${kind.apiVersion}`);
    }
    await sleep(POLL_MS, signal);
  }
}

async function isServed(client: KubeClient, kind: Kind): Promise<boolean> {
  try {
    await client.resourceFor(kind);
    return true;
  } catch (error) {
    if (error instanceof LatticeError && error.code === "not-found") return false;
    throw error;
  }
}
