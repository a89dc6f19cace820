/**
 * YAML text as a document that still knows its lines.
 *
 * @module
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
} from "yaml";
import { withoutEnvironment } from "./environment.ts";
import { type Problem, ValidationError } from "./errors.ts";
import { kubernetesTags } from "./yaml_tags.ts";

/** Longest text that is read: more than an API server takes for one object. */
const MAX_LENGTH = 1_500_000;

/** One YAML document with the lines of its fields. */
export class SourceDocument {
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;

  /**
   * @param document parsed document
   * @param lines counter that the parser fed
   */
  constructor(document: Document.Parsed, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  /**
   * The line of a field, or of its nearest ancestor that is there.
   *
   * @param path keys and indices from the root
   * @returns line, counted from 1
   */
  lineOf(path: readonly PropertyKey[]): number {
    let node: unknown = this.#document.contents;
    let line = this.#lineOfNode(node) ?? 1;
    for (const key of path) {
      const step = this.#step(node, key);
      if (!step) break;
      line = this.#lineOfNode(step.at) ?? line;
      node = step.value;
    }
    return line;
  }

  /**
   * The value as plain data.
   *
   * @returns what JSON could hold, and dates
   * @throws {ReferenceError} when aliases would make it explode
   */
  toData(): unknown {
    return this.#document.toJS({ maxAliasCount: 100 });
  }

  #step(node: unknown, key: PropertyKey): { at: unknown; value: unknown } | undefined {
    const target = isAlias(node) ? node.resolve(this.#document) : node;
    if (isSeq(target)) {
      const value = target.items[Number(key)];
      return value === undefined ? undefined : { at: value, value };
    }
    if (!isMap(target)) return undefined;
    const pair = target.items.find((item) =>
      isScalar(item.key) && String(item.key.value) === String(key)
    );
    return pair && { at: pair.key, value: pair.value };
  }

  #lineOfNode(node: unknown): number | undefined {
    const offset = (node as Node | null)?.range?.[0];
    return offset === undefined ? undefined : this.#lines.linePos(offset).line;
  }
}

/**
 * Parses YAML 1.1 text: `no`, `on` and the like are booleans, as they are for Kubernetes.
 *
 * @param text one or more documents
 * @param file name of the file, for messages
 * @returns documents that are not empty, in order; at least one
 * @throws {ValidationError} when the text is not YAML, is too long or is empty
 */
export function parseSource(text: string, file?: string): [SourceDocument, ...SourceDocument[]] {
  if (text.length > MAX_LENGTH) {
    throw new ValidationError([at({
      field: "",
      reason: `is ${text.length} characters long, more than an API server takes`,
      remedy: `keep it below ${MAX_LENGTH}`,
    }, file)]);
  }
  const lineCounter = new LineCounter();
  const parsed = withoutEnvironment(() =>
    parseAllDocuments(text, {
      version: "1.1",
      customTags: kubernetesTags,
      lineCounter,
      prettyErrors: false,
      // Its warnings go to the terminal; the schema says the same with a line.
      logLevel: "error",
    })
  );
  const all: Document.Parsed[] = "empty" in parsed ? [] : [...parsed];
  const broken = all.flatMap((document) => document.errors)[0];
  if (broken) {
    throw new ValidationError([at({
      field: "",
      reason: `is not YAML: ${broken.message.split("\n")[0]}`,
      remedy: "correct the line, or the one before it",
      line: lineCounter.linePos(broken.pos[0]).line,
    }, file)], broken);
  }
  const [first, ...rest] = all.filter((document) => !isBlank(document))
    .map((document) => new SourceDocument(document, lineCounter));
  if (!first) {
    throw new ValidationError([at({
      field: "",
      reason: "is empty",
      remedy: "write a LatticeCluster; examples/local.yaml is one",
      line: 1,
    }, file)]);
  }
  return [first, ...rest];
}

function isBlank(document: Document.Parsed): boolean {
  const contents: unknown = document.contents;
  return contents === null || (isScalar(contents) && contents.value === null);
}

function at(problem: Problem, file: string | undefined): Problem {
  return file === undefined ? problem : { ...problem, file };
}
