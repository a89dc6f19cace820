import assert from "node:assert/strict";
import fc from "fast-check";
import { columns, table } from "./table.ts";

Deno.test("table() pads to the widest cell, two spaces apart, and leaves no trailing spaces", () => {
  const text = table(["NAME", "PHASE", "AGE"], [["mgmt", "Ready", "45d"], ["a", "Pending", "-"]]);
  assert.equal(
    text,
    "NAME  PHASE    AGE\n" +
      "mgmt  Ready    45d\n" +
      "a     Pending  -\n",
  );
});

Deno.test("columns() counts wide characters as two columns", () => {
  assert.deepEqual(columns([["名前", "x"], ["abcd", "y"]]), ["名前  x", "abcd  y"]);
});

Deno.test("columns() starts every column at one place in all rows", () => {
  const word = fc.stringMatching(/^[a-z]{1,8}$/);
  fc.assert(fc.property(fc.array(fc.tuple(word, word, word), { minLength: 1 }), (rows) => {
    const lines = columns(rows);
    const widest = Math.max(...rows.map(([first]) => first.length));
    rows.forEach(([first, second], index) => {
      assert.equal(lines[index]?.slice(0, first.length), first);
      assert.equal(lines[index]?.slice(widest + 2, widest + 2 + second.length), second);
    });
  }));
});
