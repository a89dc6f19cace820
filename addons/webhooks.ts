/**
 * Points webhooks at a URL. The manifests of Cluster API name a Service inside the cluster; the
 * manager of a local cluster is a process beside the API server and has an address instead.
 *
 * @module
 */
import type { KubeObject } from "@lattice/kube";

/** Where the CAPI manager answers webhooks. */
export interface WebhookServer {
  /** Base, e.g. `https://127.0.0.1:20006`; the path of each webhook is appended. */
  readonly url: string;
  /** Certificate authority of its serving certificate, PEM. */
  readonly caPem: string;
}

interface ClientConfig {
  readonly service?: { readonly path?: string };
  readonly url?: string;
  readonly caBundle?: string;
}

/**
 * Rewrites a webhook configuration, or the conversion of a CRD, from a Service to a URL.
 *
 * @param object a `MutatingWebhookConfiguration`, `ValidatingWebhookConfiguration` or
 *   `CustomResourceDefinition`; others, and CRDs without conversion, are returned as they are
 * @param server where the webhooks are
 * @returns a changed copy; the argument is not modified
 */
export function pointAt(object: KubeObject, server: WebhookServer): KubeObject {
  if (object.kind === "CustomResourceDefinition") return pointConversionAt(object, server);
  if (!object.kind.endsWith("WebhookConfiguration")) return object;
  const webhooks = object["webhooks"] as readonly { clientConfig: ClientConfig }[];
  return {
    ...object,
    webhooks: webhooks.map((webhook) => ({
      ...webhook,
      clientConfig: clientConfig(webhook.clientConfig, server),
    })),
  };
}

interface Conversion {
  readonly strategy: string;
  readonly webhook?: { readonly clientConfig: ClientConfig };
}

function pointConversionAt(crd: KubeObject, server: WebhookServer): KubeObject {
  const spec = crd["spec"] as { readonly conversion?: Conversion };
  const { conversion } = spec;
  if (conversion?.webhook === undefined) return crd;
  const webhook = {
    ...conversion.webhook,
    clientConfig: clientConfig(conversion.webhook.clientConfig, server),
  };
  return { ...crd, spec: { ...spec, conversion: { ...conversion, webhook } } };
}

function clientConfig(old: ClientConfig, server: WebhookServer): ClientConfig {
  return {
    url: `${server.url.replace(/\/$/, "")}${old.service?.path ?? "/"}`,
    caBundle: btoa(server.caPem),
  };
}
