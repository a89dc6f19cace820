/**
 * Objects for the tests of services, and how a malformed one is put to the parser.
 *
 * @module
 */
import assert from "node:assert/strict";
import { stringify } from "yaml";
import { type ParsedObject, parseDocuments } from "./documents.ts";

/** Any object, as it is taken apart and changed. */
export type Tree = { [key: string]: Tree };

/** One malformed object. */
export interface Bad {
  name: string;
  /** `metadata.name=…`, or a path and what is put there. */
  path: string;
  value: unknown;
  /** Path of the problem; default: `path`. */
  field?: string;
  /** Part of the reason or remedy. */
  says: string;
}

/** A test that an object with one change is refused, and where and how that is said. */
export function refuses(
  what: string,
  make: () => Tree,
  { name, path, value, field = path, says }: Bad,
): void {
  Deno.test(`refused ${what}: ${name}`, () => {
    const object = make();
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    const parent = keys.reduce((node, key) => node[key] ??= {}, object);
    if (value === undefined) delete parent[last];
    else parent[last] = value as Tree;
    const [parsed] = parseDocuments(stringify(object), { file: "x.yaml" });
    assert.equal(parsed?.object, undefined);
    const problem = parsed?.problems.find((each) => each.field === field);
    assert.ok(problem, `${field}: ${JSON.stringify(parsed?.problems)}`);
    assert.ok(
      `${problem.reason}; ${problem.remedy}`.includes(says),
      `${problem.reason}; ${problem.remedy}`,
    );
    assert.ok(problem.remedy, "a remedy");
    assert.ok(problem.line, "a line");
  });
}

/** A service that is valid. */
export function aService(): Tree {
  return {
    apiVersion: "lattice.dev/v1alpha1",
    kind: "LatticeService",
    metadata: { name: "web", namespace: "shop" },
    spec: {
      containers: { main: { image: "nginx:1.29" } },
      service: { ports: { http: { port: 8080 } } },
      resources: { peer: { type: "service" } },
    },
  } as unknown as Tree;
}

/** An external service that is valid. */
export function anExternal(): Tree {
  return {
    apiVersion: "lattice.dev/v1alpha1",
    kind: "LatticeExternalService",
    metadata: { name: "stripe", namespace: "shop" },
    spec: {
      endpoints: { api: "https://api.stripe.com:443" },
      allowed_requesters: ["web", "shop/cart"],
    },
  } as unknown as Tree;
}

/** The object of an entry that has no problems. */
export function whole(parsed: ParsedObject | undefined): NonNullable<ParsedObject["object"]> {
  assert.deepEqual(parsed?.problems, []);
  assert.ok(parsed?.object);
  return parsed.object;
}
