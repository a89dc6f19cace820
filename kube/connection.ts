/**
 * From options to everything that a transport needs to reach one API server.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { credentialsOf, type CredentialSource, dataOrFile } from "./credentials.ts";
import { loadKubeconfig, resolveContext, type ResolvedContext } from "./kubeconfig_load.ts";
import { parseKubeconfig } from "./kubeconfig_schema.ts";
import type { ConnectOptions } from "./types.ts";

/** How to reach an API server. */
export interface Connection {
  /** URL without a slash at the end. */
  readonly server: string;
  /** Name of the context. */
  readonly contextName: string;
  /** Default namespace of the context. */
  readonly namespace: string | undefined;
  /** Certificate authority of the server, PEM. */
  readonly caPem: string | undefined;
  /** Proxy to go through. */
  readonly proxyUrl: string | undefined;
  /** Who we are. */
  readonly credentials: CredentialSource;
}

/** Where a pod finds its service account. */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * Finds the connection that the options mean.
 *
 * @param options See {@linkcode ConnectOptions}.
 * @throws {LatticeError} `not-found`, `validation` or `forbidden` for a kubeconfig that cannot be used.
 */
export async function resolveConnection(options: ConnectOptions): Promise<Connection> {
  const config = options.text === undefined
    ? await loadKubeconfig(options.kubeconfig)
    : parseKubeconfig(options.text, "(kubeconfig text)");
  if (config) return await connectionOf(resolveContext(config, options.context));
  const pod = podContext();
  if (pod) return await connectionOf(pod);
  throw new LatticeError("not-found", "Cannot find a kubeconfig", {
    remedy: "set KUBECONFIG or give --kubeconfig",
  });
}

async function connectionOf(context: ResolvedContext): Promise<Connection> {
  const { cluster } = context;
  const server = serverUrl(cluster.server, context.clusterName);
  refuseUnverified(context, new URL(server));
  return {
    server,
    contextName: context.name,
    namespace: context.namespace,
    caPem: await dataOrFile(
      cluster["certificate-authority-data"],
      cluster["certificate-authority"],
      "certificate-authority",
    ),
    proxyUrl: cluster["proxy-url"] || undefined,
    credentials: await credentialsOf(context),
  };
}

function serverUrl(server: string, clusterName: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url && (url.protocol === "https:" || url.protocol === "http:")) {
    return server.replace(/\/+$/, "");
  }
  throw new LatticeError("validation", `Cannot use kubeconfig: '${server}' is not an HTTP URL`, {
    field: `clusters.${clusterName}.server`,
    remedy: "write https://HOST:PORT",
  });
}

/** Refuses what would weaken the check of the server's certificate, or what this transport cannot do. */
function refuseUnverified(context: ResolvedContext, url: URL): void {
  const field = `clusters.${context.clusterName}`;
  if (context.cluster["insecure-skip-tls-verify"] && url.protocol === "https:") {
    throw new LatticeError(
      "validation",
      "Cannot connect without checking the server's certificate",
      {
        field: `${field}.insecure-skip-tls-verify`,
        remedy: "remove it and set certificate-authority-data",
      },
    );
  }
  const name = context.cluster["tls-server-name"];
  if (name && name !== url.hostname) {
    throw new LatticeError("validation", "Cannot check the certificate against another host name", {
      field: `${field}.tls-server-name`,
      remedy: `use the host name '${name}' in server`,
    });
  }
}

function podContext(): ResolvedContext | undefined {
  const host = Deno.env.get("KUBERNETES_SERVICE_HOST");
  const port = Deno.env.get("KUBERNETES_SERVICE_PORT");
  if (!host || !port) return undefined;
  const address = host.includes(":") ? `[${host}]` : host;
  return {
    name: "in-cluster",
    clusterName: "in-cluster",
    cluster: {
      server: `https://${address}:${port}`,
      "certificate-authority": `${SERVICE_ACCOUNT}/ca.crt`,
    },
    userName: "in-cluster",
    user: { tokenFile: `${SERVICE_ACCOUNT}/token` },
    namespace: undefined,
  };
}
