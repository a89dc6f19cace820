/**
 * Hexadecimal and base64, with and without the built-in functions.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { fromBase64, toHex } from "./text.ts";

Deno.test("toHex() and fromBase64() agree with the built-in functions, and do without them", () => {
  const builtIn = Uint8Array.fromBase64;
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    assert.equal(toHex(bytes), bytes.toHex());
    const text = bytes.toBase64();
    assert.deepEqual(fromBase64(text), Uint8Array.from(bytes));
    Reflect.deleteProperty(Uint8Array, "fromBase64");
    try {
      assert.deepEqual(fromBase64(text), Uint8Array.from(bytes));
    } finally {
      Object.defineProperty(Uint8Array, "fromBase64", {
        value: builtIn,
        configurable: true,
        writable: true,
      });
    }
  }));
});
