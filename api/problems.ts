/**
 * What zod complains about, in words for people: field, reason, remedy.
 *
 * @module
 */
import type { z } from "zod";
import type { Problem } from "./errors.ts";
import type { SchemaNode } from "./openapi.ts";
import { nearestName } from "./suggest.ts";

/** A problem and the path that leads to it, for finding its line. */
export interface LocatedProblem extends Problem {
  /** Keys and indices from the root of the document. */
  path: readonly PropertyKey[];
}

type Issue = z.core.$ZodIssue;

/**
 * Turns zod's issues into problems.
 *
 * @param issues issues of a parse with `reportInput: true`
 * @param schema structural schema of what was parsed, for the names that are legal
 * @returns problems in the order of the issues
 */
export function problemsOf(issues: readonly Issue[], schema: SchemaNode): LocatedProblem[] {
  const unknown = issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => unknownField(issue.path, key, schema))
      : []
  );
  // A misspelt field is one mistake, not a missing field and an unknown one.
  const misspelt = new Set(unknown.map((problem) => problem.meant));
  const other = issues.filter((issue) =>
    issue.code !== "unrecognized_keys" &&
    !(isMissing(issue) && misspelt.has(fieldPath(issue.path)))
  );
  return [
    ...other.map((issue) => ({
      path: issue.path,
      field: fieldPath(issue.path),
      ...reasonOf(issue),
    })),
    ...unknown.map(({ meant: _meant, ...problem }) => problem),
  ];
}

function isMissing(issue: Issue): boolean {
  return issue.input === undefined &&
    (issue.code === "invalid_type" || issue.code === "invalid_value");
}

/**
 * Writes a path with dots, and indices in brackets.
 *
 * @param path keys and indices
 * @returns e.g. `spec.nodes.workerPools.general.taints[0].effect`
 */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (sum, key) =>
      typeof key === "number"
        ? `${sum}[${key}]`
        : sum === ""
        ? String(key)
        : `${sum}.${String(key)}`,
    "",
  );
}

function unknownField(
  parent: readonly PropertyKey[],
  key: string,
  schema: SchemaNode,
): LocatedProblem & { meant: string | undefined } {
  const path = [...parent, key];
  const legal = Object.keys(schemaAt(schema, parent)?.properties ?? {});
  const meant = nearestName(key, legal);
  const remedy = meant ? `did you mean ${meant}?` : elsewhere(schema, parent, key) ??
    (legal.length === 0
      ? "leave it out: nothing can be set here"
      : `legal here: ${legal.join(", ")}`);
  return {
    path,
    field: fieldPath(path),
    reason: "unknown field",
    remedy,
    meant: meant && fieldPath([...parent, meant]),
  };
}

// A field of another provider is put under the wrong one more often than it is misspelt.
function elsewhere(
  schema: SchemaNode,
  parent: readonly PropertyKey[],
  key: string,
): string | undefined {
  const siblings = schemaAt(schema, parent.slice(0, -1))?.properties ?? {};
  for (const [name, sibling] of Object.entries(siblings)) {
    if (sibling.properties && key in sibling.properties) {
      return `it belongs to ${fieldPath([...parent.slice(0, -1), name])}`;
    }
  }
  return undefined;
}

function schemaAt(schema: SchemaNode, path: readonly PropertyKey[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = schema;
  for (const key of path) {
    const values: SchemaNode | boolean | undefined = node?.additionalProperties;
    node = node?.items ?? node?.properties?.[String(key)] ??
      (typeof values === "object" ? values : undefined);
  }
  return node;
}

function reasonOf(issue: Issue): { reason: string; remedy?: string } {
  switch (issue.code) {
    case "invalid_type":
      return wrongType(issue.expected, issue.input, String(issue.path.at(-1) ?? ""));
    case "invalid_value":
      return wrongValue(issue.values.map(String), issue.input);
    case "too_small":
      return outOfBounds(
        issue.origin,
        "at least",
        Number(issue.minimum),
        issue.input,
        issue.message,
      );
    case "too_big":
      return outOfBounds(
        issue.origin,
        "at most",
        Number(issue.maximum),
        issue.input,
        issue.message,
      );
    case "invalid_key":
      return spoken(issue.issues[0]?.message ?? issue.message, issue.input);
    default:
      return spoken(issue.message, issue.input);
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: "a mapping",
  record: "a mapping",
  array: "a list",
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

function wrongType(
  expected: string,
  input: unknown,
  key: string,
): { reason: string; remedy: string } {
  const type = TYPE_NAMES[expected] ?? expected;
  const sample = expected === "object" || expected === "record" ? `${key}: {}` : `${key}: …`;
  if (input === undefined) return { reason: "is missing", remedy: `write ${key} as ${type}` };
  if (input === null) return { reason: "is empty", remedy: `write ${sample} (${type})` };
  const reason = `must be ${type}, not ${quote(input)}`;
  if (expected === "string" && typeof input !== "object") {
    return { reason, remedy: `put it in quotes: ${key}: "${String(input)}"` };
  }
  return { reason, remedy: `write ${type}` };
}

function wrongValue(values: string[], input: unknown): { reason: string; remedy: string } {
  const reason = input === undefined ? "is missing" : `${quote(input)} is not a legal value`;
  const meant = values.length > 1 ? nearestName(String(input), values) : undefined;
  return {
    reason,
    remedy: meant ? `did you mean ${meant}?` : `write ${values.join(" or ")}`,
  };
}

function outOfBounds(
  origin: string,
  relation: "at least" | "at most",
  limit: number,
  input: unknown,
  message: string,
): { reason: string; remedy?: string } {
  if (message.includes("; ")) return spoken(message, undefined);
  const amount = origin === "string"
    ? `${limit} characters long`
    : origin === "array"
    ? `${limit} elements long`
    : String(limit);
  const seen = origin === "number" || origin === "int" ? `, not ${quote(input)}` : "";
  return { reason: `must be ${relation} ${amount}${seen}`, remedy: `make it ${relation} ${limit}` };
}

// Messages in the schemas read "reason; remedy".
function spoken(message: string, input: unknown): { reason: string; remedy?: string } {
  const [reason = message, ...remedy] = message.split("; ");
  const subject = input === undefined ? "" : `${quote(input)} `;
  return {
    reason: `${subject}${reason}`,
    ...(remedy.length > 0 ? { remedy: remedy.join("; ") } : {}),
  };
}

function quote(input: unknown): string {
  if (Array.isArray(input)) return "a list";
  if (input instanceof Date) return "a date";
  if (typeof input === "object" && input !== null) return "a mapping";
  if (typeof input !== "string") return String(input);
  return JSON.stringify(input.length > 60 ? `${input.slice(0, 57)}…` : input);
}
