/**
 * Credentials of a kubeconfig user: client certificates and tokens are read here; exec plugins and
 * auth providers go through client-node, which is loaded only then (it is slow to load).
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import type { ResolvedContext } from "./kubeconfig_load.ts";

/** What a request needs to prove who sends it. Never log it. */
export interface Credential {
  /** Headers, such as `Authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Client certificate chain, PEM. */
  readonly cert?: string | undefined;
  /** Its private key, PEM. */
  readonly key?: string | undefined;
}

/** Gives credentials, fresh ones when the old have run out. */
export interface CredentialSource {
  /** The present credential; cheap when nothing ran out. */
  current(): Promise<Credential>;
  /** Forgets what is cached, since the server refused it (401). False when that cannot help. */
  invalidate(): boolean;
}

/** Milliseconds for which a token file is trusted; kubelets rotate theirs well before it expires. */
const TOKEN_FILE_MS = 60_000;

/**
 * Makes the source of a context's credentials.
 *
 * @param context The context.
 * @throws {LatticeError} `validation` for what cannot work over this transport, `not-found` for a missing file.
 */
export async function credentialsOf(context: ResolvedContext): Promise<CredentialSource> {
  const { user } = context;
  const tls = await clientCertificate(context);
  const headers = impersonation(context);
  if (user.exec || user["auth-provider"]) {
    const { pluginCredentials } = await import("./credential_plugins.ts");
    return pluginCredentials(context, { headers, ...tls });
  }
  if (user.tokenFile) return new TokenFile(user.tokenFile, { headers, ...tls });
  const authorization = user.token
    ? { Authorization: `Bearer ${user.token}` }
    : user.username !== undefined
    ? { Authorization: `Basic ${btoa(`${user.username}:${user.password ?? ""}`)}` }
    : {};
  const credential: Credential = { headers: { ...headers, ...authorization }, ...tls };
  return { current: () => Promise.resolve(credential), invalidate: () => false };
}

/**
 * Reads a value that a kubeconfig holds in base64 or in a file; the data win, as for kubectl.
 *
 * @param data Base64, if given.
 * @param path Absolute path, if given.
 * @param field Name of the field, for errors.
 */
export async function dataOrFile(
  data: string | undefined,
  path: string | undefined,
  field: string,
): Promise<string | undefined> {
  if (data) {
    try {
      return atob(data);
    } catch {
      throw new LatticeError("validation", "Cannot use kubeconfig: value is not base64", {
        field: `${field}-data`,
        remedy: "encode the PEM text in base64",
      });
    }
  }
  return path ? await readSecret(path, field) : undefined;
}

async function clientCertificate(
  context: ResolvedContext,
): Promise<{ cert?: string; key?: string }> {
  const { user } = context;
  const cert = await dataOrFile(
    user["client-certificate-data"],
    user["client-certificate"],
    "client-certificate",
  );
  const key = await dataOrFile(user["client-key-data"], user["client-key"], "client-key");
  if ((cert === undefined) !== (key === undefined)) {
    throw new LatticeError("validation", "Cannot use kubeconfig: certificate and key go together", {
      field: `users.${context.userName}`,
      remedy: "give both client-certificate and client-key, or neither",
    });
  }
  return cert !== undefined && key !== undefined ? { cert, key } : {};
}

function impersonation(context: ResolvedContext): Record<string, string> {
  const groups = context.user["as-groups"] ?? [];
  const [group] = groups;
  if (groups.length > 1) {
    // fetch joins repeated headers with a comma, and the server would see one group of that odd name.
    throw new LatticeError("validation", "Cannot impersonate more than one group", {
      field: `users.${context.userName}.as-groups`,
      remedy: "leave one group",
    });
  }
  return {
    ...(context.user.as ? { "Impersonate-User": context.user.as } : {}),
    ...(group ? { "Impersonate-Group": group } : {}),
  };
}

async function readSecret(path: string, field: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new LatticeError("not-found", `Cannot read '${path}' that the kubeconfig names`, {
      field,
      file: path,
      remedy: "restore the file or correct the path",
      cause: error,
    });
  }
}

/** A bearer token in a file that somebody else rotates. */
class TokenFile implements CredentialSource {
  readonly #path: string;
  readonly #base: Credential;
  #credential: Credential | undefined;
  #readAt = 0;

  constructor(path: string, base: Credential) {
    this.#path = path;
    this.#base = base;
  }

  async current(): Promise<Credential> {
    if (this.#credential && Date.now() - this.#readAt < TOKEN_FILE_MS) return this.#credential;
    const token = (await readSecret(this.#path, "tokenFile")).trim();
    this.#readAt = Date.now();
    const headers = { ...this.#base.headers, Authorization: `Bearer ${token}` };
    this.#credential = { ...this.#base, headers };
    return this.#credential;
  }

  invalidate(): boolean {
    this.#credential = undefined;
    return true;
  }
}
