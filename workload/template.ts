/**
 * Templates: text with `${…}` in it, as the variables, files and volumes of a service have it.
 *
 * `${resources.db.user}` stands for a value. `| filter` and `| filter("argument")` change it: `default`, `required`,
 * `upper`, `lower`, `base64_encode`, `base64_decode`. `$${` is a literal `${`; a lone `$` is itself. The values of
 * secrets never become text: what is rendered keeps references to them.
 *
 * @module
 */

/** A reference to one key of a secret. */
export interface SecretRef {
  /** Key of the resource in the service. */
  readonly resource: string;
  /** Key inside the secret. */
  readonly key: string;
}

/** A piece of a rendered template: text, or a secret's value that stays outside of the text. */
export type Part = string | SecretRef;

/** What an expression stands for; undefined: nothing. */
export type Lookup = (path: readonly string[]) => Part | undefined;

/** What became of a template. */
export interface Rendered {
  /** Text and references in order; neighbouring text is one part; empty text gives no part. */
  readonly parts: readonly Part[];
  /** What could not be rendered, each with a remedy. */
  readonly problems: readonly TemplateProblem[];
}

/** One expression that could not be rendered. */
export interface TemplateProblem {
  /** What is wrong. */
  readonly reason: string;
  /** What to write instead. */
  readonly remedy: string;
}

/** How a template is read. */
export type TemplateMode = "expand" | "verbatim" | "reverse";

interface Filter {
  readonly name: string;
  readonly argument: string | undefined;
}

interface Expression {
  readonly path: readonly string[];
  readonly filters: readonly Filter[];
}

const FILTERS: Readonly<Record<string, (text: string) => string | undefined>> = {
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  base64_encode: (text) => new TextEncoder().encode(text).toBase64(),
  base64_decode: decode,
};
const LITERAL_REMEDY = "write $${ where a literal ${ is meant";

/**
 * Renders a template.
 *
 * @param template the text
 * @param lookup finds the value of a path
 * @param mode `expand` (default); `verbatim`: nothing is an expression; `reverse`: `${…}` is literal, `$${…}` expands
 * @returns parts and problems; with problems the parts are of no use
 */
export function renderTemplate(
  template: string,
  lookup: Lookup,
  mode: TemplateMode = "expand",
): Rendered {
  if (mode === "verbatim") return { parts: template === "" ? [] : [template], problems: [] };
  const parts: Part[] = [];
  const problems: TemplateProblem[] = [];
  let position = 0;
  for (let at = template.indexOf("${"); at >= 0; at = template.indexOf("${", position)) {
    const escaped = at > position && template[at - 1] === "$";
    const isExpression = escaped === (mode === "reverse");
    append(parts, template.slice(position, escaped ? at - 1 : at));
    if (!isExpression) {
      append(parts, "${");
      position = at + 2;
      continue;
    }
    const end = endOf(template, at + 2);
    if (end < 0) {
      problems.push({ reason: "has a ${ without its }", remedy: LITERAL_REMEDY });
      return { parts, problems };
    }
    const value = evaluate(template.slice(at + 2, end), lookup);
    if (isProblem(value)) problems.push(value);
    else append(parts, value);
    position = end + 1;
  }
  append(parts, template.slice(position));
  return { parts, problems };
}

/**
 * The one path that a template consists of.
 *
 * @param template the text
 * @returns the path when the template is exactly `${path}` without filters, otherwise undefined
 */
export function solePath(template: string): readonly string[] | undefined {
  const text = template.trim();
  if (!text.startsWith("${") || endOf(text, 2) !== text.length - 1) return undefined;
  const expression = parseExpression(text.slice(2, -1));
  return expression?.filters.length === 0 ? expression.path : undefined;
}

/**
 * The paths that a template mentions.
 *
 * @param template the text
 * @param mode how it is read
 * @returns paths in order, each as often as it is there
 */
export function pathsOf(template: string, mode: TemplateMode = "expand"): (readonly string[])[] {
  const found: (readonly string[])[] = [];
  renderTemplate(template, (path) => {
    found.push(path);
    return "";
  }, mode);
  return found;
}

// A } inside a quoted argument does not end the expression.
function endOf(text: string, start: number): number {
  let quote: string | undefined;
  for (let index = start; index < text.length; index++) {
    const character = text[index];
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
    } else if (character === '"' || character === "'") quote = character;
    else if (character === "}") return index;
  }
  return -1;
}

const SEGMENT = /^\s*(?:([A-Za-z0-9_-]+)|\[\s*(?:"([^"]*)"|'([^']*)')\s*\])/;
const FILTER = /^\s*\|\s*([a-z0-9_]+)\s*(?:\(\s*(?:"([^"]*)"|'([^']*)'|(-?[0-9.]+))?\s*\))?/;

function parseExpression(text: string): Expression | undefined {
  const path: string[] = [];
  let rest = text;
  for (let match = SEGMENT.exec(rest); match; match = SEGMENT.exec(rest)) {
    path.push(match[1] ?? match[2] ?? match[3] ?? "");
    rest = rest.slice(match[0].length);
    if (rest.startsWith(".")) rest = rest.slice(1);
    else if (!rest.startsWith("[")) break;
  }
  const filters: Filter[] = [];
  for (let match = FILTER.exec(rest); match; match = FILTER.exec(rest)) {
    filters.push({ name: match[1] ?? "", argument: match[2] ?? match[3] ?? match[4] });
    rest = rest.slice(match[0].length);
  }
  return path.length === 0 || rest.trim() !== "" ? undefined : { path, filters };
}

function evaluate(text: string, lookup: Lookup): Part | TemplateProblem {
  const expression = parseExpression(text);
  if (expression === undefined) {
    return { reason: `cannot read the expression \${${text}}`, remedy: LITERAL_REMEDY };
  }
  let value = lookup(expression.path);
  for (const { name, argument } of expression.filters) {
    if (name === "default") value ??= argument ?? "";
    else if (name !== "required") {
      const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
      if (filter === undefined) return unknownFilter(name);
      if (typeof value === "object") return secretFilter(name, text);
      if (value === undefined) continue;
      const changed: string | undefined = filter(value);
      if (changed === undefined) {
        return { reason: `\${${text}} is not base64`, remedy: "leave base64_decode out" };
      }
      value = changed;
    }
  }
  return value ?? {
    reason: `\${${text.trim()}} stands for nothing`,
    remedy: `declare ${expression.path.slice(0, 2).join(".")}, or add | default("…")`,
  };
}

function unknownFilter(name: string): TemplateProblem {
  return {
    reason: `there is no filter ${name}`,
    remedy: `use one of: default, required, ${Object.keys(FILTERS).join(", ")}`,
  };
}

function secretFilter(name: string, text: string): TemplateProblem {
  return {
    reason: `${name} cannot be applied to the secret value \${${text.trim()}}`,
    remedy: "leave the filter out: the value never leaves its Secret",
  };
}

function isProblem(value: Part | TemplateProblem): value is TemplateProblem {
  return typeof value === "object" && "reason" in value;
}

function decode(text: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.fromBase64(text));
  } catch {
    // Neither base64 nor UTF-8: the caller says so.
    return undefined;
  }
}

function append(parts: Part[], part: Part): void {
  const last = parts.at(-1);
  if (part === "") return;
  if (typeof part === "string" && typeof last === "string") parts[parts.length - 1] = last + part;
  else parts.push(part);
}
