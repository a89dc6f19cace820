/**
 * What a kubeconfig may hold. Unknown fields are kept, since other programs own them.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { parse, YAMLParseError } from "yaml";
import { z } from "zod";

const cluster = z.looseObject({
  server: z.string(),
  "certificate-authority": z.string().optional(),
  "certificate-authority-data": z.string().optional(),
  "insecure-skip-tls-verify": z.boolean().optional(),
  "tls-server-name": z.string().optional(),
  "proxy-url": z.string().optional(),
});

const exec = z.looseObject({
  apiVersion: z.string().optional(),
  command: z.string(),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  provideClusterInfo: z.boolean().optional(),
  installHint: z.string().optional(),
});

const user = z.looseObject({
  "client-certificate": z.string().optional(),
  "client-certificate-data": z.string().optional(),
  "client-key": z.string().optional(),
  "client-key-data": z.string().optional(),
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  as: z.string().optional(),
  "as-groups": z.array(z.string()).nullish(),
  exec: exec.nullish(),
  "auth-provider": z.looseObject({ name: z.string() }).nullish(),
});

const context = z.looseObject({
  cluster: z.string(),
  user: z.string().optional(),
  namespace: z.string().optional(),
});

/** A cluster entry's body. */
export type KubeconfigCluster = z.infer<typeof cluster>;
/** A user entry's body. */
export type KubeconfigUser = z.infer<typeof user>;
/** A context entry's body. */
export type KubeconfigContext = z.infer<typeof context>;

/** A list entry: something with a name. */
export interface Named {
  /** Name, unique in its list. */
  name: string;
}

/** A kubeconfig as a file holds it. */
export interface Kubeconfig {
  /** Clusters. */
  clusters: (Named & { cluster: KubeconfigCluster })[];
  /** Users. */
  users: (Named & { user: KubeconfigUser })[];
  /** Contexts. */
  contexts: (Named & { context: KubeconfigContext })[];
  /** Context that is used when none is asked for. */
  "current-context"?: string | undefined;
  /** Everything else. */
  [field: string]: unknown;
}

const kubeconfig = z.looseObject({
  kind: z.literal("Config").optional(),
  clusters: z.array(z.looseObject({ name: z.string(), cluster })).nullish()
    .transform((list) => list ?? []),
  users: z.array(
    z.looseObject({ name: z.string(), user: user.nullish().transform((u) => u ?? {}) }),
  )
    .nullish().transform((list) => list ?? []),
  contexts: z.array(z.looseObject({ name: z.string(), context })).nullish()
    .transform((list) => list ?? []),
  "current-context": z.string().nullish().transform((name) => name ?? undefined),
});

/**
 * Parses a kubeconfig (YAML 1.1 or JSON).
 *
 * @param text The text; an empty one is an empty kubeconfig, as for kubectl.
 * @param file Name of the file, for errors.
 * @throws {LatticeError} `validation`, with file, field and line where known. Values are never quoted,
 * since they may be secrets.
 */
export function parseKubeconfig(text: string, file: string): Kubeconfig {
  const parsed = kubeconfig.safeParse(readYaml(text, file) ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new LatticeError(
    "validation",
    `Cannot use kubeconfig: ${issue?.message ?? "wrong shape"}`,
    {
      file,
      field: issue?.path.map(String).join(".") || "(root)",
      remedy: "correct the file or choose another one with --kubeconfig",
    },
  );
}

function readYaml(text: string, file: string): unknown {
  try {
    return parse(text, { version: "1.1", prettyErrors: true });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const line = error.linePos?.[0].line;
    throw new LatticeError("validation", `Cannot read kubeconfig as YAML: ${error.code}`, {
      file,
      ...(line === undefined ? {} : { line }),
      remedy: "correct the YAML",
    });
  }
}
