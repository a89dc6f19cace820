import assert from "node:assert/strict";
import { EXIT } from "../exit_codes.ts";
import { lattice } from "../testing/io.ts";
import { EXAMPLES, json, SHOP } from "../testing/shop.ts";

interface Report {
  readonly verdict: string;
  readonly caller: string;
  readonly callee: string;
  readonly port: number | string | null;
  readonly layer: string;
  readonly missing: readonly { side: string; resource: string; add: string }[];
  readonly objects: readonly Record<string, unknown>[];
  readonly reason: string;
}

interface ExplainCase {
  readonly args: readonly [string, string];
  readonly expected: Partial<Report>;
  /** Sides that miss something. */
  readonly missing?: readonly string[];
}

const EXPLAIN: readonly ExplainCase[] = [
  {
    args: ["web", "cart"],
    expected: { verdict: "allowed", caller: "shop/web", callee: "shop/cart", port: null },
  },
  { args: ["shop/web", "cart:80"], expected: { verdict: "allowed", port: 80 } },
  { args: ["web", "shop/cart:http"], expected: { verdict: "allowed", port: "http" } },
  { args: ["web", "cart:8000"], expected: { verdict: "denied", layer: "port", port: 8000 } },
  {
    args: ["web", "stock"],
    expected: { verdict: "denied", layer: "agreement" },
    missing: ["callee"],
  },
  {
    args: ["stock", "cart"],
    expected: { verdict: "denied", layer: "agreement" },
    missing: ["caller", "callee"],
  },
  {
    args: ["web", "ghost"],
    expected: { verdict: "denied", layer: "target", callee: "shop/ghost" },
  },
  { args: ["web", "stripe"], expected: { verdict: "allowed", callee: "pay/stripe" } },
  { args: ["web", "pay/stripe:443"], expected: { verdict: "allowed", port: 443 } },
  { args: ["cart", "pay/stripe"], expected: { verdict: "denied", layer: "agreement" } },
];

for (const { args, expected, missing } of EXPLAIN) {
  Deno.test(`lattice explain ${args.join(" ")} is ${expected.verdict}`, async () => {
    const report = await json(["explain", ...args, "-f", "-"]) as Report;
    assert.deepEqual(Object.keys(report), [
      "verdict",
      "caller",
      "callee",
      "port",
      "layer",
      "missing",
      "objects",
      "reason",
    ]);
    for (const [key, value] of Object.entries(expected)) {
      assert.deepEqual(report[key as keyof Report], value, key);
    }
    if (missing) {
      assert.deepEqual(report.missing.map(({ side }) => side).sort(), [...missing].sort());
    }
    for (const { apiVersion, kind, name } of report.objects) assert.ok(apiVersion && kind && name);
    assert.notEqual(report.reason, "");
  });
}

Deno.test("adding the lines that explain names makes the call allowed", async () => {
  const { missing } = await json(["explain", "web", "stock", "-f", "-"]) as Report;
  const [{ add = "", resource } = {}] = missing;
  assert.equal(resource, "LatticeService shop/stock");
  const lines = add.replace(/^spec:\n/, "");
  const completed = SHOP.replace("grpc: {port: 9000}}}\n", (line) => `${line}${lines}\n`);
  const after = await json(["explain", "web", "stock", "-f", "-"], { stdin: completed }) as Report;
  assert.equal(after.verdict, "allowed");
});

Deno.test("the examples hold one half-agreed edge, and explain tells how to complete it", async (t) => {
  const args = ["explain", "web-frontend", "auth-service", "-f", EXAMPLES];
  const { code, stdout, stderr } = await lattice(args);
  assert.deepEqual({ code, stderr }, { code: EXIT.ok, stderr: "" });
  await t.assertSnapshot(stdout);
});
