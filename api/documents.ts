/**
 * Texts with any number of Lattice's objects: what is wrong with one never stops the others.
 *
 * @module
 */
import type { LatticeCluster } from "./cluster_types.ts";
import { CLUSTER_KIND } from "./constants.ts";
import { type Problem, ValidationError } from "./errors.ts";
import { parseCluster } from "./parse.ts";
import type { LocatedProblem } from "./problems.ts";
import {
  isForeign,
  isMapping,
  type NamespacedObject,
  namespaceOf,
  objectKey,
  readObject,
} from "./service_document.ts";
import { parseSource, type SourceDocument } from "./source.ts";

/** Any object of Lattice that people write. */
export type LatticeObject = LatticeCluster | NamespacedObject;

/** One object of a text: whole, or with what is wrong with it. */
export interface ParsedObject {
  /** The object with defaults; absent exactly when there are problems. */
  readonly object?: LatticeObject;
  /** Kind as written; empty when it is not legible. */
  readonly kind: string;
  /** `namespace/name`, or the name of a cluster; empty when it is not legible. */
  readonly key: string;
  /** Line in the text, counted from 1. */
  readonly line: number;
  /** What is wrong; empty when the object is whole. */
  readonly problems: readonly Problem[];
}

/** A stretch of text between document markers. */
interface Chunk {
  text: string;
  /** Lines before it. */
  offset: number;
}

/**
 * Reads all objects of Lattice in a text, in the order of the text.
 *
 * Objects of other groups are left out; a `List`, as `kubectl get -o yaml` prints it, is taken apart. What an
 * API server sets (`status`, `metadata.uid`, …) is dropped. Never throws for what is in the text.
 *
 * @param text YAML 1.1 or JSON, any number of documents
 * @param options name of the file, for messages
 * @returns one entry an object, whole or with its problems; a document that is not YAML is one such entry
 */
export function parseDocuments(text: string, options: { file?: string } = {}): ParsedObject[] {
  const seen = new Set<string>();
  return chunksOf(text).flatMap((chunk) => parseChunk(chunk, options.file)).map((parsed) => {
    const id = `${parsed.kind} ${parsed.key}`;
    if (!parsed.object) return parsed;
    if (!seen.has(id)) {
      seen.add(id);
      return parsed;
    }
    const { object: _object, ...rest } = parsed;
    return {
      ...rest,
      problems: [{
        field: "metadata.name",
        reason: `a second ${id} in the same text`,
        remedy: "keep one of them, or rename it",
        line: parsed.line,
        ...(options.file === undefined ? {} : { file: options.file }),
      }],
    };
  });
}

// Split before parsing: an unclosed quote in one document would swallow the next ones. A marker at the start
// of a line cannot be part of any value.
function chunksOf(text: string): Chunk[] {
  const chunks: { lines: string[]; offset: number }[] = [{ lines: [], offset: 0 }];
  for (const [index, line] of text.split("\n").entries()) {
    if (/^---(\s|$)/.test(line)) chunks.push({ lines: [], offset: index });
    chunks.at(-1)?.lines.push(line);
  }
  return chunks
    .filter(({ lines }) =>
      lines.some((line) => !/^(\uFEFF|\s)*(#.*|%.*|---\s*(#.*)?)?$/.test(line))
    )
    .map(({ lines, offset }) => ({ text: lines.join("\n"), offset }));
}

function parseChunk(chunk: Chunk, file: string | undefined): ParsedObject[] {
  let documents: readonly SourceDocument[];
  try {
    documents = parseSource(chunk.text);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    if (error.problems.every(({ reason }) => reason === "is empty")) return [];
    return [broken(error.problems, chunk.offset, file)];
  }
  return documents.flatMap((document) => parseDocument(document, chunk, file));
}

function parseDocument(
  document: SourceDocument,
  chunk: Chunk,
  file: string | undefined,
): ParsedObject[] {
  let data: unknown;
  try {
    data = document.toData();
  } catch {
    const reason = "has aliases that multiply or lead nowhere";
    return [broken([{ field: "", reason, remedy: "write the values out" }], chunk.offset, file)];
  }
  if (isMapping(data) && data.apiVersion === "v1" && data.kind === "List") {
    if (!Array.isArray(data.items)) return [];
    return data.items.flatMap((item: unknown, index) =>
      parseData(item, ["items", index], document, chunk, file)
    );
  }
  return parseData(data, [], document, chunk, file);
}

function parseData(
  data: unknown,
  at: readonly PropertyKey[],
  document: SourceDocument,
  chunk: Chunk,
  file: string | undefined,
): ParsedObject[] {
  if (isForeign(data)) return [];
  const line = document.lineOf(at) + chunk.offset;
  if (isMapping(data) && data.kind === CLUSTER_KIND) {
    return [parseClusterChunk(data, at.length === 0 ? chunk : undefined, line, file)];
  }
  const { object, problems } = readObject(data);
  const head = { kind: kindOf(data), key: keyOf(data), line };
  if (object) return [{ ...head, object: withoutServerFields(object), problems: [] }];
  return [{
    ...head,
    problems: problems.map((problem) => located(problem, at, document, chunk.offset, file)),
  }];
}

function parseClusterChunk(
  data: Record<string, unknown>,
  chunk: Chunk | undefined,
  line: number,
  file: string | undefined,
): ParsedObject {
  const head = { kind: CLUSTER_KIND, key: nameOf(data), line };
  try {
    // A cluster inside of a list has no text of its own: its lines are lost.
    const object = parseCluster(chunk?.text ?? JSON.stringify(data));
    return { ...head, object, problems: [] };
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    const problems = error.problems.map((problem) => ({
      ...problem,
      line: chunk ? (problem.line ?? 1) + chunk.offset : line,
      ...(file === undefined ? {} : { file }),
    }));
    return { ...head, problems };
  }
}

function located(
  { path, ...problem }: LocatedProblem,
  at: readonly PropertyKey[],
  document: SourceDocument,
  offset: number,
  file: string | undefined,
): Problem {
  return {
    ...problem,
    line: document.lineOf([...at, ...path]) + offset,
    ...(file === undefined ? {} : { file }),
  };
}

function broken(
  problems: readonly Problem[],
  offset: number,
  file: string | undefined,
): ParsedObject {
  const placed = problems.map((problem) => ({
    ...problem,
    line: (problem.line ?? 1) + offset,
    ...(file === undefined ? {} : { file }),
  }));
  return { kind: "", key: "", line: placed[0]?.line ?? offset + 1, problems: placed };
}

function kindOf(data: unknown): string {
  return isMapping(data) && typeof data.kind === "string" ? data.kind : "";
}

function nameOf(data: unknown): string {
  const metadata = isMapping(data) ? data.metadata : undefined;
  return isMapping(metadata) && typeof metadata.name === "string" ? metadata.name : "";
}

function keyOf(data: unknown): string {
  const name = nameOf(data);
  if (name === "" || !isMapping(data) || !isMapping(data.metadata)) return "";
  const { namespace } = data.metadata;
  const own = typeof namespace === "string" ? namespace : namespaceOf(data.kind);
  return objectKey({ metadata: { name, namespace: own } });
}

function withoutServerFields(object: NamespacedObject): NamespacedObject {
  const { name, namespace, labels, annotations } = object.metadata;
  const { status: _status, ...rest } = object;
  return {
    ...rest,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
    },
  } as NamespacedObject;
}
