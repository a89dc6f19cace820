/**
 * Credentials of exec plugins and auth providers, by means of client-node. Import this module lazily.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { KubeConfig } from "@kubernetes/client-node";
import type { Credential, CredentialSource } from "./credentials.ts";
import type { ResolvedContext } from "./kubeconfig_load.ts";

/** Milliseconds for which an answer is used without asking client-node, which looks at the expiry of its own copy. */
const ANSWER_MS = 10_000;
/** Exec API version of plugins that name none. */
const DEFAULT_EXEC_VERSION = "client.authentication.k8s.io/v1";

/**
 * Makes the source for a user with an exec plugin or an auth provider.
 *
 * @param context The context.
 * @param base What the credential has besides: impersonation, a client certificate.
 */
export function pluginCredentials(context: ResolvedContext, base: Credential): CredentialSource {
  let config: KubeConfig | undefined;
  let answer: { readonly at: number; readonly credential: Promise<Credential> } | undefined;
  const forget = () => {
    // client-node keeps what a plugin answered in the KubeConfig: a new one asks again.
    config = undefined;
    answer = undefined;
  };
  return {
    current: () => {
      if (answer && performance.now() - answer.at < ANSWER_MS) return answer.credential;
      config ??= load(context);
      // Calls at the same time share one run of the plugin.
      const credential = ask(config, context, base);
      answer = { at: performance.now(), credential };
      credential.catch(forget);
      return credential;
    },
    invalidate: () => {
      forget();
      return true;
    },
  };
}

function load(context: ResolvedContext): KubeConfig {
  const text = JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "cluster", cluster: context.cluster }],
    users: [{ name: context.userName, user: withExecInfo(context) }],
    contexts: [{ name: "context", context: { cluster: "cluster", user: context.userName } }],
    "current-context": "context",
  });
  const config = new KubeConfig();
  config.loadFromString(text);
  return config;
}

/** Tells the plugin which answer is expected, which client-node leaves out. */
function withExecInfo(context: ResolvedContext): unknown {
  const { exec } = context.user;
  if (!exec) return context.user;
  const { cluster } = context;
  const info = {
    apiVersion: exec.apiVersion ?? DEFAULT_EXEC_VERSION,
    kind: "ExecCredential",
    spec: {
      interactive: false,
      ...(exec.provideClusterInfo
        ? {
          cluster: {
            server: cluster.server,
            "certificate-authority-data": cluster["certificate-authority-data"],
          },
        }
        : {}),
    },
  };
  const env = [
    ...(exec.env ?? []),
    { name: "KUBERNETES_EXEC_INFO", value: JSON.stringify(info) },
  ];
  return { ...context.user, exec: { ...exec, env } };
}

async function ask(
  config: KubeConfig,
  context: ResolvedContext,
  base: Credential,
): Promise<Credential> {
  const options: Parameters<KubeConfig["applyToHTTPSOptions"]>[0] = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    const command = context.user.exec?.command ?? "the auth provider";
    throw new LatticeError("forbidden", `Cannot get credentials from '${command}'`, {
      field: `users.${context.userName}`,
      remedy: context.user.exec?.installHint ?? "run the command by hand to see what it lacks",
      cause: error,
    });
  }
  const authorization = headerOf(options.headers, "Authorization");
  return {
    headers: {
      ...base.headers,
      ...(authorization === undefined ? {} : { Authorization: authorization }),
    },
    cert: pem(options.cert) ?? base.cert,
    key: pem(options.key) ?? base.key,
  };
}

function headerOf(headers: unknown, name: string): string | undefined {
  if (typeof headers !== "object" || headers === null) return undefined;
  const value: unknown = Reflect.get(headers, name);
  return typeof value === "string" ? value : undefined;
}

function pem(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : undefined;
}
