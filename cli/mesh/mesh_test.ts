/**
 * The commands about services, each as a whole command line in this process.
 *
 * @module
 */
import assert from "node:assert/strict";
import { EXIT } from "../exit_codes.ts";
import { lattice, type World } from "../testing/io.ts";
import { BROKEN, EXAMPLES, IN_SHOP, json, SHOP, STOCK } from "../testing/shop.ts";

Deno.test("the examples as a tree", async (t) => {
  const { code, stdout } = await lattice(["graph", "-f", EXAMPLES]);
  assert.equal(code, EXIT.ok);
  await t.assertSnapshot(stdout);
});

const DRAWINGS: readonly [string, RegExp][] = [
  ["mermaid", /^flowchart LR\n/],
  ["svg", /^<svg [\s\S]*<\/svg>\n$/],
  ["tree", /^shop\n/],
];

for (const [format, starts] of DRAWINGS) {
  Deno.test(`lattice graph -o ${format}`, async () => {
    const { code, stdout } = await lattice(["graph", EXAMPLES, "-o", format]);
    assert.equal(code, EXIT.ok);
    assert.match(stdout, starts);
  });
}

Deno.test("lattice get services counts declarations of peers only", async (t) => {
  const { code, stdout } = await lattice(["get", "services", "-f", "-", "-f", EXAMPLES], IN_SHOP);
  assert.equal(code, EXIT.ok);
  await t.assertSnapshot(stdout);
});

Deno.test("lattice get services in every format", async () => {
  const args = ["get", "services", "-f", "-", "-n", "shop", "-o"];
  const run = async (format: string): Promise<string> =>
    (await lattice([...args, format], IN_SHOP)).stdout;
  assert.equal(
    await run("name"),
    ["cart", "stock", "web"].map((name) => `latticeservice.lattice.dev/${name}\n`).join(""),
  );
  const names = (JSON.parse(await run("json")) as { metadata: { name: string } }[])
    .map(({ metadata }) => metadata.name);
  assert.deepEqual(names, ["cart", "stock", "web"]);
  assert.match(await run("yaml"), /^- apiVersion: lattice.dev\/v1alpha1\n/);
});

Deno.test("lattice get services in a namespace without any", async () => {
  const args = ["get", "services", "-f", "-", "-n", "shpo"];
  const { code, stdout, stderr } = await lattice(args, IN_SHOP);
  assert.deepEqual({ code, stdout }, { code: EXIT.ok, stdout: "" });
  assert.match(stderr, /No services in shpo; there are some in: shop/);
  assert.deepEqual(await json(args), []);
});

interface Simulated {
  readonly edges: { gained: unknown[]; lost: unknown[] };
  readonly objects: { created: unknown[]; changed: unknown[]; deleted: unknown[] };
}

async function withFile<T>(text: string, work: (path: string) => Promise<T>): Promise<T> {
  const path = await Deno.makeTempFile({ prefix: "lattice-mesh-", suffix: ".yaml" });
  try {
    await Deno.writeTextFile(path, text);
    return await work(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("lattice simulate tells what a change opens", async () => {
  await withFile(STOCK, async (path) => {
    const { edges, objects } = await json(["simulate", "--base", "-", "-f", path]) as Simulated;
    assert.deepEqual(edges, {
      gained: [{ caller: "shop/web", callee: "shop/stock", calleeKind: "service" }],
      lost: [],
    });
    assert.ok(objects.created.length + objects.changed.length > 0);
    assert.deepEqual(objects.deleted, []);
  });
});

Deno.test("lattice simulate tells what a deletion closes", async (t) => {
  const args = ["simulate", "--base", "-", "--delete", "cart"];
  const { code, stdout } = await lattice(args, IN_SHOP);
  assert.equal(code, EXIT.ok);
  assert.match(stdout, /- shop\/web -> shop\/cart/);
  await t.assertSnapshot(stdout);
});

Deno.test("lattice simulate of what is there already changes nothing", async () => {
  await withFile(SHOP, async (path) => {
    const { stdout } = await lattice(["simulate", "--base", path, "-f", "-"], IN_SHOP);
    assert.equal(stdout, "Nothing changes.\n");
  });
});

Deno.test("lattice simulate without anything before says so", async () => {
  const { code, stdout, stderr } = await lattice(["simulate", "-f", "-"], IN_SHOP);
  assert.equal(code, EXIT.ok);
  assert.match(stdout, /\+ shop\/web -> shop\/cart/);
  assert.match(stderr, /neither --base nor a cluster/);
});

interface Refusal {
  readonly args: readonly string[];
  readonly code: number;
  readonly says: RegExp;
  readonly world?: World;
}

const REFUSED: readonly Refusal[] = [
  { args: ["explain", "web"], code: EXIT.usage, says: /missing required argument/ },
  { args: ["explain", "web", "cart:0"], code: EXIT.usage, says: /'0' is not a port/ },
  { args: ["explain", "web", "Cart"], code: EXIT.usage, says: /not the name of a service/ },
  {
    args: ["explain", "web", "crat"],
    code: EXIT.notFound,
    says: /There is no service 'shop\/crat'; did you mean shop\/cart\?/,
  },
  {
    args: ["explain", "wbe", "cart"],
    code: EXIT.notFound,
    says: /There is no service 'default\/wbe'; did you mean shop\/web\?/,
  },
  { args: ["explain", "web", "cart", "-o", "table"], code: EXIT.usage, says: /text, json, yaml/ },
  { args: ["graph", "-o", "png"], code: EXIT.usage, says: /tree, mermaid, svg/ },
  { args: ["compile", "-f", "/nowhere"], code: EXIT.validation, says: /\/nowhere/ },
  { args: ["simulate"], code: EXIT.usage, says: /required option '-f, --file <PATH>'/ },
  {
    args: ["simulate", "--base", "-", "--delete", "crat"],
    code: EXIT.notFound,
    says: /did you mean shop\/cart\?/,
  },
  {
    args: ["simulate", "--base", EXAMPLES],
    code: EXIT.validation,
    says: /spec\.colour/,
    world: { stdin: BROKEN },
  },
  {
    args: ["explain", "shop/bad", "shop/cart"],
    code: EXIT.validation,
    says: /spec\.colour: unknown field/,
    world: { stdin: BROKEN },
  },
  { args: ["get", "servces"], code: EXIT.usage, says: /Did you mean services\?/ },
  { args: ["explan", "a", "b"], code: EXIT.usage, says: /Did you mean explain\?/ },
];

for (const { args, code, says, world = IN_SHOP } of REFUSED) {
  const reads = args[0] === "explain" || (args[0] === "simulate" && args.includes(EXAMPLES));
  const line = reads ? [...args, "-f", "-"] : args;
  Deno.test(`lattice ${args.join(" ")}: exit ${code}`, async () => {
    const outcome = await lattice(line, world);
    assert.equal(outcome.code, code, outcome.stderr);
    assert.equal(outcome.stdout, "");
    assert.match(outcome.stderr, says);
  });
}

for (const args of [["get", "services"], ["graph"], ["compile"], ["explain", "a", "b"]]) {
  Deno.test(`lattice ${args.join(" ")} with neither files nor a cluster says what to do`, async () => {
    const { code, stdout, stderr } = await lattice(args);
    assert.deepEqual({ code, stdout }, { code: EXIT.failure, stdout: "" });
    assert.match(stderr, /name files with -f, or a cluster with --kubeconfig/);
  });
}

for (const args of [["get", "services"], ["explain"], ["simulate"], ["graph"], ["compile"]]) {
  Deno.test(`lattice ${args.join(" ")} --help`, async (t) => {
    const { code, stdout } = await lattice([...args, "--help"]);
    assert.equal(code, EXIT.ok);
    await t.assertSnapshot(stdout);
  });
}
