import assert from "node:assert/strict";
import { exitCode, type LatticeError } from "@lattice/api/errors";
import { keyOf, nearestKey, needKnown, parseCallee } from "./names.ts";

const KNOWN = new Set(["shop/web", "shop/cart", "pay/cart", "default/api"]);

const CALLEES: readonly [string, ReturnType<typeof parseCallee>][] = [
  ["cart", { name: "cart" }],
  ["shop/cart", { name: "shop/cart" }],
  ["cart:80", { name: "cart", port: 80 }],
  ["shop/cart:65535", { name: "shop/cart", port: 65535 }],
  ["cart:http", { name: "cart", port: "http" }],
];

for (const [text, expected] of CALLEES) {
  Deno.test(`callee ${text}`, () => assert.deepEqual(parseCallee(text), expected));
}

for (const text of ["cart:", "cart:0", "cart:65536", "cart:-1", "cart:80:81", "cart:HTTP"]) {
  Deno.test(`callee ${text} is refused`, () => {
    assert.throws(() => parseCallee(text), { code: "usage" });
  });
}

const KEYS: readonly [string, string | undefined, string][] = [
  ["shop/web", undefined, "shop/web"],
  ["shop/nobody", undefined, "shop/nobody"],
  ["web", undefined, "shop/web"],
  ["api", undefined, "default/api"],
  ["web", "pay", "pay/web"],
  ["nobody", undefined, "default/nobody"],
];

for (const [name, namespace, expected] of KEYS) {
  Deno.test(`${name} in ${namespace ?? "any namespace"} is ${expected}`, () => {
    assert.equal(keyOf(name, namespace, KNOWN), expected);
  });
}

for (const name of ["", "/", "a/", "/a", "a/b/c", "A", "a b", "-a", "../a"]) {
  Deno.test(`${JSON.stringify(name)} is no name`, () => {
    assert.throws(() => keyOf(name, undefined, KNOWN), { code: "usage" });
  });
}

Deno.test("a name in two namespaces has to be told apart", () => {
  assert.throws(() => keyOf("cart", undefined, KNOWN), {
    code: "usage",
    remedy: "write one of: pay/cart, shop/cart",
  });
});

const SUGGESTIONS: readonly [string, string | undefined][] = [
  ["shop/wbe", "shop/web"],
  ["shop/api", "default/api"],
  ["shpo/web", "shop/web"],
  ["shop/database", undefined],
];

for (const [key, meant] of SUGGESTIONS) {
  Deno.test(`instead of ${key}: ${meant ?? "a list"}`, () => {
    assert.equal(nearestKey(key, [...KNOWN].sort()), meant);
    assert.throws(() => needKnown(key, KNOWN), (error: LatticeError) => {
      assert.equal(exitCode(error), 4);
      assert.match(
        error.remedy ?? "",
        meant ? new RegExp(`did you mean ${meant}\\?`) : /choose one of: default\/api, pay\/cart/,
      );
      return true;
    });
  });
}

Deno.test("without any service nothing is suggested", () => {
  assert.throws(() => needKnown("a/b", new Set()), { remedy: /no services at all/ });
});
