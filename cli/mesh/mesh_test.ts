/**
 * The commands about services, each as a whole command line in this process.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { EXIT } from "../exit_codes.ts";
import { lattice, type World } from "../testing/io.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples/mesh", import.meta.url));

/** web and cart agree, stock does not know web, ghost does not exist; stripe is outside. */
const SHOP = `
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: web, namespace: shop}
spec:
  containers: {main: {image: "registry.local/web:5"}}
  resources:
    cart: {type: service}
    stock: {type: service}
    ghost: {type: service}
    stripe: {type: external-service, namespace: pay}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: cart, namespace: shop}
spec:
  containers: {main: {image: "registry.local/cart:2"}}
  service: {ports: {http: {port: 80, targetPort: 8000}, metrics: {port: 9090}}}
  resources:
    web: {type: service, direction: inbound}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: stock, namespace: shop}
spec:
  containers: {main: {image: "registry.local/stock:1"}}
  service: {ports: {grpc: {port: 9000}}}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeExternalService
metadata: {name: stripe, namespace: pay}
spec:
  endpoints: {api: "https://api.stripe.example:443"}
  allowed_requesters: [shop/web]
`;

/** stock after it agreed. */
const STOCK = `
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: stock, namespace: shop}
spec:
  containers: {main: {image: "registry.local/stock:1"}}
  service: {ports: {grpc: {port: 9000}}}
  resources:
    web: {type: service, direction: inbound}
`;

const BROKEN = `${SHOP}---
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: bad, namespace: shop}
spec:
  containers: {main: {image: "a:1"}}
  colour: red
`;

const IN_SHOP: World = { stdin: SHOP };

async function json(args: readonly string[], world: World = IN_SHOP): Promise<unknown> {
  const { code, stdout, stderr } = await lattice([...args, "-o", "json"], world);
  assert.equal(code, EXIT.ok, stderr);
  return JSON.parse(stdout);
}

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

Deno.test("lattice compile prints policies, and workloads when asked", async (t) => {
  const args = ["compile", EXAMPLES, "--cluster", "prod", "-o", "name"];
  const policies = await lattice(args);
  assert.deepEqual({ code: policies.code, stderr: policies.stderr }, { code: EXIT.ok, stderr: "" });
  assert.match(policies.stdout, /ciliumnetworkpolicy\.cilium\.io\/policy-api-gateway\n/);
  assert.doesNotMatch(policies.stdout, /deployment/);
  const all = await lattice([...args, "--workloads"]);
  assert.equal(all.code, EXIT.ok);
  assert.ok(policies.stdout.split("\n").every((line) => all.stdout.includes(line)));
  await t.assertSnapshot(all.stdout);
});

Deno.test("lattice compile renders the addresses of peers", async () => {
  const { stdout } = await lattice(["compile", "--workloads", EXAMPLES, "--cluster", "prod"]);
  assert.match(stdout, /API_URL: http:\/\/api-gateway\.shop\.svc\.cluster\.local:8080\n/);
  assert.match(stdout, /lattice\.prod\.local\/ns\/shop\/sa\/web-frontend/);
});

Deno.test("lattice compile says whose identities it writes", async () => {
  const unnamed = await lattice(["compile", "-f", EXAMPLES]);
  assert.match(unnamed.stderr, /identities are those of a cluster named 'default'/);
  const named = await lattice(["compile", "-f", EXAMPLES], {
    env: { LATTICE_CLUSTER_NAME: "edge" },
  });
  assert.equal(named.stderr, "");
  assert.match(named.stdout, /lattice\.edge\.local/);
});

Deno.test("compiling twice gives the same bytes", async () => {
  const run = (): Promise<{ stdout: string }> =>
    lattice(["compile", "--workloads", "--cluster", "a", "-f", EXAMPLES]);
  assert.equal((await run()).stdout, (await run()).stdout);
});

Deno.test("an object that is not valid is an error, and the others are compiled", async () => {
  const args = ["compile", "-f", "-", "-o", "name", "--cluster", "a"];
  const { code, stdout, stderr } = await lattice(args, { stdin: BROKEN });
  assert.equal(code, EXIT.validation);
  assert.match(stderr, /^<stdin>:[0-9]+: spec\.colour: unknown field/);
  const good = await lattice(args, IN_SHOP);
  assert.equal(stdout, good.stdout);
});

Deno.test("a workload that cannot be rendered is an error with its place", async () => {
  const text = SHOP.replace(
    '"registry.local/cart:2"',
    '"a:1", variables: {A: "${resources.x.url}"}',
  );
  const args = ["compile", "-f", "-", "--workloads", "--cluster", "a", "-o", "name"];
  const { code, stdout, stderr } = await lattice(args, { stdin: text });
  assert.equal(code, EXIT.validation);
  assert.match(
    stderr,
    /^<stdin>:[0-9]+: spec\.containers\.main\.variables\.A: .* stands for nothing/m,
  );
  assert.match(stdout, /deployment\.apps\/web\n/);
  assert.doesNotMatch(stdout, /deployment\.apps\/cart\n/);
  assert.match(stdout, /ciliumnetworkpolicy\.cilium\.io\/policy-cart\n/);
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

Deno.test("what is accepted, but has no effect, is a warning with its place", async () => {
  const limited = SHOP.replace(
    "web: {type: service, direction: inbound}",
    "web: {type: service, direction: inbound, inbound: {rateLimit: {requestsPerInterval: 5}}}",
  );
  const args = ["compile", "-f", "-", "--cluster", "a", "-o", "name"];
  const { code, stderr } = await lattice(args, { stdin: limited });
  assert.equal(code, EXIT.ok);
  assert.match(
    stderr,
    /^warning: <stdin>:[0-9]+: spec\.resources\.web\.inbound\.rateLimit: is not enforced/,
  );
});
