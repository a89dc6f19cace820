/**
 * Reconciles CloudProviders: looks at their credentials, counts the clusters that refer to them, and reports. It writes
 * nothing but their status.
 *
 * @module
 */
import {
  API_VERSION,
  CLOUD_PROVIDER_KIND,
  type CloudProvider,
  CLUSTER_KIND,
  SYSTEM_NAMESPACE,
} from "@lattice/api";
import {
  type KubeObject,
  type ReconcileContext,
  type Request,
  type Result,
  runController,
  type Store,
  type WatchSpec,
} from "@lattice/kube";
import { z } from "zod";
import { assessCloud } from "./cloud_decide.ts";
import { accountKeys, followCredentials } from "./credentials.ts";
import { declared } from "./declared.ts";
import { type AccountsContext, report } from "./report.ts";

/** Name of the controller, and field manager of what it writes. */
export const CLOUD_MANAGER = "lattice-cloud-provider";

const PROVIDER = { apiVersion: API_VERSION, kind: CLOUD_PROVIDER_KIND } as const;
/** Clusters; each means the account that it names. They are followed once there is an account. */
const CLUSTERS: WatchSpec = {
  apiVersion: API_VERSION,
  kind: CLUSTER_KIND,
  map: (object) => accountOf(object).map((name) => ({ name, namespace: SYSTEM_NAMESPACE })),
};
const cluster = z.object({ spec: z.object({ providerRef: z.string().min(1) }) });

/**
 * Runs the controller until its signal.
 *
 * @param context What it works with.
 */
export function runCloudProviders(context: AccountsContext): Promise<void> {
  const { client, observe, signal } = context;
  return runController({
    name: CLOUD_MANAGER,
    client,
    for: PROVIDER,
    signal,
    reconcile: (request, run) =>
      observe(CLOUD_MANAGER, () => reconcile({ ...context, signal: run.signal }, request, run)),
  });
}

async function reconcile(
  context: AccountsContext,
  { name, namespace }: Request,
  run: Pick<ReconcileContext, "cache" | "follow">,
): Promise<Result | void> {
  const raw = run.cache.get<KubeObject>(PROVIDER, name, namespace);
  if (raw === undefined) return;
  const provider = declared<CloudProvider>(raw);
  const isHere = namespace === SYSTEM_NAMESPACE;
  const { type, credentialsSecretRef: ref } = provider.object?.spec ?? {};
  const credentials = type && ref && isHere
    ? await followCredentials(run, PROVIDER, ref, accountKeys(type))
    : undefined;
  const clusters = isHere ? await run.follow(CLUSTERS) : undefined;
  // A copy that was cut short by the end of the controller is no reason to write anything.
  context.signal.throwIfAborted();
  const assessment = assessCloud({ provider, credentials });
  const clusterCount = clusters ? countOf(clusters, name) : 0;
  await report({ ...context, manager: CLOUD_MANAGER }, raw, assessment, { clusterCount });
  return { requeueAfterMs: assessment.requeueAfterMs };
}

function accountOf(object: KubeObject): string[] {
  return [cluster.safeParse(object).data?.spec.providerRef ?? []].flat();
}

function countOf(clusters: Store, account: string): number {
  return clusters.list().filter((one) => accountOf(one).includes(account)).length;
}
