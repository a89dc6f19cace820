import assert from "node:assert/strict";
import fc from "fast-check";
import { parse, parseAllDocuments } from "yaml";
import { toYaml, toYamlDocuments } from "./yaml.ts";

Deno.test("toYaml() quotes what a YAML 1.1 parser would take for a boolean, a number or a date", () => {
  for (const text of ["no", "on", "yes", "y", "1e3", "0777", "2026-11-23", "1:30", "null", "~"]) {
    assert.deepEqual(parse(toYaml({ text }), { version: "1.1" }), { text });
  }
});

Deno.test("toYaml() keeps every string a string", () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.string()), (value) => {
    const read: unknown = parse(toYaml(value), { version: "1.1" });
    assert.deepEqual({ ...read as object }, { ...value });
  }));
});

Deno.test("toYamlDocuments() separates documents", () => {
  const documents = parseAllDocuments(toYamlDocuments([{ a: 1 }, { b: 2 }]));
  assert.deepEqual(documents.map((each) => each.toJS() as unknown), [{ a: 1 }, { b: 2 }]);
});
