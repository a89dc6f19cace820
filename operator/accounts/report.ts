/**
 * What the controllers of accounts and of sources of secrets work with, and how they report.
 *
 * @module
 */
import type { CloudProviderStatus } from "@lattice/api";
import { isApiError, type KubeClient, type KubeObject, recordEvent } from "@lattice/kube";
import type { Observer } from "../cluster/controller.ts";
import { type Assessment, nextStatus } from "./assess.ts";

/** What the controllers work with. */
export interface AccountsContext {
  /** Client of the cluster that the operator runs in. */
  readonly client: KubeClient;
  /** The present time. */
  readonly now: () => Date;
  /** Wraps every reconcile, for metrics. */
  readonly observe: Observer;
  /** Ends the controller. */
  readonly signal: AbortSignal;
}

/**
 * Writes a status, if it says anything new, and an event when the phase is another one.
 *
 * @param context What the controller works with; `manager` is its name.
 * @param raw The object as it was read. When somebody changed it since, the write is refused and comes again.
 * @param assessment What is reported.
 * @param counts Numbers beside it.
 * @throws {ApiError} `conflict`, or what else the server says.
 */
export async function report(
  context: Pick<AccountsContext, "client" | "now" | "signal"> & { readonly manager: string },
  raw: KubeObject,
  assessment: Assessment,
  counts: Pick<CloudProviderStatus, "clusterCount"> = {},
): Promise<void> {
  const { client, manager, signal } = context;
  const status = nextStatus(raw, assessment, counts, context.now());
  if (status === undefined) return;
  const { apiVersion, kind, metadata: { name, namespace, resourceVersion } } = raw;
  const metadata = { name, namespace, resourceVersion };
  const options = { manager, force: true, subresource: "status", signal };
  try {
    await client.apply({ apiVersion, kind, metadata, status }, options);
  } catch (error) {
    if (isApiError(error, 404)) return;
    throw error;
  }
  const { phase, message, conditions: [summary] } = assessment;
  if ((raw["status"] as CloudProviderStatus | undefined)?.phase === phase) return;
  await recordEvent(client, raw, {
    type: phase === "Failed" ? "Warning" : "Normal",
    reason: summary?.reason ?? phase,
    message,
    component: manager,
    signal,
  });
}
