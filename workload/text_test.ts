import assert from "node:assert/strict";
import fc from "fast-check";
import { derivedName, fingerprint, MAX_NAME, sortedEntries } from "./text.ts";

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const label = fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/);

Deno.test("a fingerprint is FNV-1a of 64 bits", () => {
  assert.equal(fingerprint(""), "cbf29ce484222325");
  assert.equal(fingerprint("a"), "af63dc4c8601ec8c");
  assert.equal(fingerprint("foobar"), "85944171f73967e8");
});

Deno.test("a derived name is readable where nobody else can have it", () => {
  assert.equal(derivedName("notes", "data", "resource"), "notes-data");
  assert.match(derivedName("notes", "tls", "resource"), /^notes-tls-[0-9a-f]{8}$/);
  assert.match(derivedName("a-b", "c", "resource"), /^a-b-c-[0-9a-f]{8}$/);
  assert.match(derivedName("notes", "main", "env"), /^notes-main-env-[0-9a-f]{8}$/);
});

Deno.test("derived names are labels, and different for different owners", () => {
  const owner = fc.tuple(label, label, fc.constantFrom("resource", "env", "files"));
  fc.assert(
    fc.property(owner, owner, (a, b) => {
      const [left, right] = [derivedName(...a), derivedName(...b)];
      assert.ok(LABEL.test(left) && left.length <= MAX_NAME, left);
      assert.equal(left === right, JSON.stringify(a) === JSON.stringify(b));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("names that read alike differ", () => {
  assert.notEqual(derivedName("a-b", "c", "resource"), derivedName("a", "b-c", "resource"));
  assert.notEqual(derivedName("a", "main-files", "resource"), derivedName("a", "main", "files"));
  const long = "a".repeat(45);
  assert.notEqual(
    derivedName(long, "b".repeat(40), "resource"),
    derivedName(long, `${"b".repeat(39)}c`, "resource"),
  );
});

Deno.test("entries are sorted by code unit, whatever the locale", () => {
  assert.deepEqual(sortedEntries({ b: 1, a: 2, Z: 3, "ä": 4 }).map(([key]) => key), [
    "Z",
    "a",
    "b",
    "ä",
  ]);
  assert.deepEqual(sortedEntries(undefined), []);
});
