import assert from "node:assert/strict";
import fc from "fast-check";
import {
  blockOf,
  formatAddress,
  overlaps,
  parseAddress,
  parseCidr,
  parseRange,
} from "./address.ts";

const address = fc.nat(0xffffffff);

Deno.test("formatAddress() and parseAddress() undo each other", () => {
  fc.assert(fc.property(address, (value) => {
    assert.equal(parseAddress(formatAddress(value)), value);
  }));
});

Deno.test("blockOf() holds the address, starts at a multiple of its size, and has 2^(32-prefix) addresses", () => {
  fc.assert(fc.property(address, fc.nat(32), (value, prefix) => {
    const { first, last } = blockOf(value, prefix);
    const size = 2 ** (32 - prefix);
    assert.ok(first <= value && value <= last);
    assert.equal(last - first + 1, size);
    assert.equal(first % size, 0);
  }));
});

Deno.test("overlaps() is symmetric, and two networks overlap only when one holds the other", () => {
  const network = fc.tuple(address, fc.nat(32));
  fc.assert(fc.property(network, network, ([a, p], [b, q]) => {
    const one = blockOf(a, p);
    const other = blockOf(b, q);
    const nested = (one.first >= other.first && one.last <= other.last) ||
      (other.first >= one.first && other.last <= one.last);
    assert.equal(overlaps(one, other), nested);
    assert.equal(overlaps(other, one), overlaps(one, other));
  }));
});

Deno.test("parseAddress() and parseCidr() refuse what is none", () => {
  for (const text of ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "a.b.c.d", "1.2.3.4/8"]) {
    assert.equal(parseAddress(text), undefined, text);
  }
  for (const text of ["", "1.2.3.4", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/a"]) {
    assert.equal(parseCidr(text), undefined, text);
  }
});

Deno.test("parseRange() takes a short and a full end", () => {
  const short = parseRange("10.0.0.101-110/24");
  assert.deepEqual(parseRange("10.0.0.101-10.0.0.110/24"), short);
  assert.ok(typeof short !== "string");
  assert.deepEqual([short.text, short.prefix], ["10.0.0.101-10.0.0.110", 24]);
});

const BAD_RANGES: Record<string, string> = {
  "10.0.0.101": "is not a range of addresses",
  "10.0.0.101-110": "is not a range of addresses",
  "10.0.0.101/24": "is not a range of addresses",
  "10.0.0-110/24": "is not a range of addresses",
  "10.0.0.1-256/24": "is not a range of addresses",
  "10.0.0.1-2-3/24": "is not a range of addresses",
  "10.0.0.1-2/33": "has a prefix length above 32",
  "10.0.0.1-2/x": "has a prefix length above 32",
  "10.0.0.9-2/24": "ends before it starts",
  "10.0.0.9-10.0.1.2/24": "leaves its network",
};
for (const [range, reason] of Object.entries(BAD_RANGES)) {
  Deno.test(`parseRange() refuses ${range}`, () => assert.equal(parseRange(range), reason));
}
