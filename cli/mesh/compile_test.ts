import assert from "node:assert/strict";
import { EXIT } from "../exit_codes.ts";
import { lattice } from "../testing/io.ts";
import { BROKEN, EXAMPLES, IN_SHOP, SHOP } from "../testing/shop.ts";

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

Deno.test("two services that own one volume are told apart", async () => {
  const volume = "resources: {media: {type: volume, id: media, params: {size: 1Gi}}}";
  const text = ["a", "b"].map((name) =>
    `apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: ${name}, namespace: shop}
spec: {containers: {main: {image: "a:1"}}, ${volume}}
`
  ).join("---\n");
  const args = ["compile", "-f", "-", "--workloads", "--cluster", "a", "-o", "name"];
  const { code, stdout, stderr } = await lattice(args, { stdin: text });
  assert.equal(code, EXIT.validation);
  assert.match(
    stderr,
    /^<stdin>:6: .* PersistentVolumeClaim shop\/vol-media is also made by shop\/a/,
  );
  assert.equal(stdout.split("persistentvolumeclaim/vol-media\n").length, 2);
});
