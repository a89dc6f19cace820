/**
 * Installs the kinds and webhooks that make a cluster able to manage clusters.
 *
 * @module
 */
import type { KubeClient, KubeObject } from "@lattice/kube";
import { applyAll } from "./apply.ts";
import { latticeKinds } from "./bundle/lattice_crds.ts";
import { waitEstablished } from "./established.ts";
import { pointAt, type WebhookServer } from "./webhooks.ts";

export type { WebhookServer } from "./webhooks.ts";

/** Where the manifests of Cluster API come from; what `locateTools()` returns is one. */
export interface ManifestSource {
  /** Objects of a manifest file. */
  objects(name: "capi-crds.yaml" | "capi-webhooks.yaml"): Promise<KubeObject[]>;
}

/** How to install. */
export interface ManagementOptions {
  /** Manifests of the pinned Cluster API. */
  readonly tools: ManifestSource;
  /**
   * CRDs of infrastructure providers that Lattice itself brings: `localCrds()` of
   * `@lattice/providers`. Handed in, since packages must not depend on each other in a circle.
   */
  readonly providerCrds: readonly KubeObject[];
  /** Where its manager will answer conversion, defaulting and validation. */
  readonly webhook: WebhookServer;
  /** Longest wait for the kinds to be served, in milliseconds. Default 60,000. */
  readonly timeoutMs?: number;
  /** Ends it early. */
  readonly signal?: AbortSignal;
}

const DEFAULT_TIMEOUT_MS = 60_000;
/** With it `clusterctl` takes a kind into account when it discovers what to move. */
const CLUSTERCTL_LABEL = "clusterctl.cluster.x-k8s.io";

/**
 * Applies the CRDs of Lattice, of the local provider and of Cluster API, and Cluster API's webhook
 * configurations, and waits until every kind is served. Idempotent.
 *
 * The webhooks keep their failure policy (`Fail`): until the CAPI manager is up, writes of its kinds
 * are refused by the API server. Start the manager afterwards, and write CAPI objects after that.
 *
 * @param client a client with the operator's rights
 * @param options manifests and webhook address
 * @throws {ApiError} when the server refuses an object
 * @throws {DeadlineError} when a kind is not served in time
 */
export async function installManagement(
  client: KubeClient,
  options: ManagementOptions,
): Promise<void> {
  const { tools, providerCrds, webhook, signal } = options;
  const [capiCrds, webhooks] = await Promise.all([
    tools.objects("capi-crds.yaml"),
    tools.objects("capi-webhooks.yaml"),
  ]);
  const crds = [
    ...latticeKinds(),
    ...providerCrds.map((crd) => withLabel(crd, CLUSTERCTL_LABEL)),
    ...capiCrds.map((crd) => pointAt(crd, webhook)),
  ];
  const [applied] = await Promise.all([
    applyAll(client, crds, { signal }),
    applyAll(client, webhooks.map((object) => pointAt(object, webhook)), { signal }),
  ]);
  await waitEstablished(client, applied, {
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    signal,
  });
}

function withLabel(object: KubeObject, label: string): KubeObject {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [label]: "" } } };
}
