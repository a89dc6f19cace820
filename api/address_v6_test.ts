import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAddressV6, parseRangeV6, sameNetwork } from "./address_v6.ts";

const ADDRESSES: readonly [string, bigint | undefined][] = [
  ["::", 0n],
  ["::1", 1n],
  ["1::", 1n << 112n],
  ["fd00::1:2", (0xfd00n << 112n) + 0x10002n],
  ["1:2:3:4:5:6:7:8", 0x00010002000300040005000600070008n],
  ["1:2:3:4:5:6:7::", 0x00010002000300040005000600070000n],
  ["::ffff:10.0.0.1", 0xffff0a000001n],
  ["1:2:3:4:5:6:7", undefined],
  ["1:2:3:4:5:6:7:8:9", undefined],
  ["1:2:3:4::5:6:7:8", undefined],
  ["1::2::3", undefined],
  ["12345::", undefined],
  ["fd00::g", undefined],
  ["10.0.0.1", undefined],
  [":", undefined],
  ["", undefined],
];

for (const [text, value] of ADDRESSES) {
  Deno.test(`parseAddressV6() reads ${JSON.stringify(text)} as ${value}`, () => {
    assert.equal(parseAddressV6(text), value);
  });
}

Deno.test("parseAddressV6() reads eight groups as 128 bits, and every way to shorten zeros alike", () => {
  const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
  fc.assert(fc.property(groups, fc.nat(7), (values, from) => {
    const zeroed = values.map((value, index) => (index >= from ? 0 : value));
    const hex = (list: number[]) => list.map((value) => value.toString(16)).join(":");
    const long = parseAddressV6(hex(zeroed));
    assert.equal(long, BigInt(`0x${zeroed.map((v) => v.toString(16).padStart(4, "0")).join("")}`));
    assert.equal(parseAddressV6(`${hex(zeroed.slice(0, from))}::`), long);
  }));
});

const RANGES: readonly [string, string | number][] = [
  ["fd00::10-fd00::20/64", 64],
  ["fd00::10-fd00::10/128", 128],
  ["fd00::20-fd00::10/64", "ends before it starts"],
  ["fd00::10-fd01::10/64", "leaves its network"],
  ["fd00::10-fd00::20/129", "has a prefix length above 128"],
  ["fd00::10-fd00::20", "is not a range of IPv6 addresses"],
  ["fd00::10/64", "is not a range of IPv6 addresses"],
  ["10.0.0.1-10.0.0.2/24", "is not a range of IPv6 addresses"],
];

for (const [text, expected] of RANGES) {
  Deno.test(`parseRangeV6() of ${text}: ${expected}`, () => {
    const range = parseRangeV6(text);
    assert.equal(typeof range === "string" ? range : range.prefix, expected);
  });
}

Deno.test("sameNetwork() compares as many bits as the prefix has", () => {
  assert.ok(sameNetwork(1n, 2n, 64));
  assert.ok(!sameNetwork(1n, 2n, 128));
  assert.ok(sameNetwork(0n, 1n << 127n, 0));
});
