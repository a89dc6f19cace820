/**
 * What may stand beside a LatticeCluster in its file: the CloudProvider that it names and the Secrets
 * with credentials.
 *
 * @module
 */

import { type CloudProvider, parseDocuments, type Problem, SYSTEM_NAMESPACE } from "@lattice/api";
import { ValidationError } from "@lattice/api/errors";
import { parse } from "yaml";
import { z } from "zod";

/** A Secret of a file. */
export interface FileSecret {
  /** Namespace; `lattice-system` where none is written. */
  readonly namespace: string;
  /** Name. */
  readonly name: string;
  /** Decoded data. */
  readonly data: Readonly<Record<string, string>>;
  /** Line in the file, from 1. */
  readonly line: number;
}

/** A file, taken apart. */
export interface InstallDocuments {
  /** The text with everything but the cluster blanked: its lines keep their numbers. */
  readonly cluster: string;
  /** CloudProviders. */
  readonly accounts: readonly CloudProvider[];
  /** Secrets. */
  readonly secrets: readonly FileSecret[];
}

const secretSchema = z.object({
  apiVersion: z.literal("v1"),
  kind: z.literal("Secret"),
  metadata: z.object({ name: z.string().min(1), namespace: z.string().default(SYSTEM_NAMESPACE) }),
  data: z.record(z.string(), z.base64()).default({}),
  stringData: z.record(z.string(), z.string()).default({}),
});

/** Kinds that are taken out of the text; everything else is the cluster's parser's business. */
const BESIDE = /^kind:\s*["']?(CloudProvider|Secret)["']?\s*(#.*)?$/m;

/**
 * Takes the text of `lattice install -f` apart.
 *
 * @param text YAML, one or more documents.
 * @param file Name of the file, for messages.
 * @throws {ValidationError} When a CloudProvider or a Secret in it is malformed; no message quotes a Secret.
 */
export function readDocuments(text: string, file: string): InstallDocuments {
  const chunks = chunksOf(text);
  const beside = chunks.map((chunk) => BESIDE.exec(chunk.join("\n"))?.[1]);
  const only = (wanted: (kind: string | undefined) => boolean): string =>
    chunks.flatMap((chunk, i) => wanted(beside[i]) ? chunk : chunk.map(() => "")).join("\n");
  const parsed = parseDocuments(only((kind) => kind === "CloudProvider"), { file });
  fail(parsed.flatMap(({ problems }) => problems));
  let line = 1;
  const secrets: FileSecret[] = [];
  for (const [index, chunk] of chunks.entries()) {
    if (beside[index] === "Secret") secrets.push(readSecret(chunk, line, file));
    line += chunk.length;
  }
  return {
    cluster: beside.every((kind) => kind === undefined) ? text : only((kind) => kind === undefined),
    accounts: parsed.flatMap(({ object }) => object?.kind === "CloudProvider" ? [object] : []),
    secrets,
  };
}

/** Lines of each document; a marker begins a new one and belongs to it. */
function chunksOf(text: string): string[][] {
  const chunks: string[][] = [[]];
  for (const line of text.split("\n")) {
    if (/^---(\s|$)/.test(line)) chunks.push([]);
    chunks.at(-1)?.push(line);
  }
  return chunks;
}

function readSecret(chunk: readonly string[], line: number, file: string): FileSecret {
  const first = line + Math.max(0, chunk.findIndex((each) => /^[a-z]/i.test(each)));
  const { data, error } = secretSchema.safeParse(parseYaml(chunk.join("\n")));
  if (data === undefined) {
    const path = error.issues[0]?.path.join(".") ?? "";
    throw new ValidationError([{
      file,
      line: first,
      field: `Secret${path === "" ? "" : `.${path}`}`,
      reason: "is not a Secret",
      remedy: "write metadata.name, and values as texts below stringData or in base64 below data",
    }]);
  }
  const decoded = Object.entries(data.data).map(([key, value]) => [key, fromBase64(value)]);
  return {
    ...data.metadata,
    data: { ...Object.fromEntries(decoded), ...data.stringData },
    line: first,
  };
}

function fromBase64(value: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(value));
}

/** The parser's own words would quote the text, which is secret. */
function parseYaml(text: string): unknown {
  try {
    return parse(text, { version: "1.1", logLevel: "silent" });
  } catch {
    return undefined;
  }
}

function fail([first, ...rest]: readonly Problem[]): void {
  if (first !== undefined) throw new ValidationError([first, ...rest]);
}
