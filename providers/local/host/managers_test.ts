/**
 * Managers beside the core one: their ports, identities and command lines, on paper.
 * @module
 */

import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { parseCertificate } from "@lattice/crypto/pki";
import { type ManagerCommand, managerEndpoint } from "./managers.ts";
import { planCluster, type PlanOptions } from "./plan.ts";
import { readDesired } from "./records.ts";
import { temporaryHome } from "./testing.ts";

const OPERATOR = { argv: ["/deno", "run", "main.ts"], env: {} };

function manager(name: string): ManagerCommand {
  return {
    name: `manager-${name}`,
    program: `/tools/${name}`,
    args: ({ kubeconfig, webhookPort, healthAddress }) => [
      `--kubeconfig=${kubeconfig}`,
      `--webhook-port=${webhookPort}`,
      `--health-addr=${healthAddress}`,
    ],
    env: { GREETING: name },
    startsWith: `${name}s.example.com`,
  };
}

function options(home: string, more: Partial<PlanOptions> = {}): PlanOptions {
  return {
    home,
    name: "b",
    role: "bootstrap",
    version: "1.35.4",
    flavour: "kubeadm",
    certSANs: [],
    runId: "run",
    tools: { dir: "/tools", bin: (name) => `/tools/${name}`, manifest: (name) => `/tools/${name}` },
    operator: OPERATOR,
    managers: ["a", "b", "c", "d"].map(manager),
    ...more,
  };
}

Deno.test("every manager has two ports that nobody else has, and an identity of its own", async () => {
  await using home = await temporaryHome();
  const record = await planCluster(options(home.path));
  const { components } = (await readDesired(home.path, "b"))!;
  const managers = components.filter(({ name }) => name.startsWith("manager-"));
  equal(managers.length, 4);
  const ports = components.flatMap(({ argv, readiness }) =>
    [...argv, readiness.url].flatMap((text) =>
      [...text.matchAll(/[:=](\d{5})\b/g)].map((m) => m[1])
    )
  );
  for (const [index, { name, argv, env, startWhen, readiness }] of managers.entries()) {
    const webhook = managerEndpoint(record, index).webhook.url.split(":").at(-1);
    ok(argv.includes(`--webhook-port=${webhook}`));
    equal(ports.filter((port) => port === webhook).length, 1);
    const health = new URL(readiness.url).port;
    ok(argv.includes(`--health-addr=127.0.0.1:${health}`));
    ok(Number(health) >= record.portBase && Number(health) < record.portBase + 16);
    deepEqual(env, { GREETING: name.slice(-1) });
    match(startWhen?.url ?? "", new RegExp(`/customresourcedefinitions/${name.slice(-1)}s\\.ex`));
    const certificate = await parseCertificate(await Deno.readTextFile(startWhen!.certFile!));
    equal(certificate.subject.commonName, name);
  }
});

Deno.test("a later plan that names no managers keeps them, one that names fewer drops the rest", async () => {
  await using home = await temporaryHome();
  await planCluster(options(home.path));
  const before = await readDesired(home.path, "b");
  const { managers: _, ...silent } = options(home.path);
  await planCluster(silent);
  deepEqual(await readDesired(home.path, "b"), before);
  await planCluster(options(home.path, { managers: [manager("a")] }));
  const { components } = (await readDesired(home.path, "b"))!;
  deepEqual(components.map(({ name }) => name).slice(-2), ["capi-manager", "manager-a"]);
});

Deno.test("more managers than ports, and any in a workload cluster, are refused", async () => {
  await using home = await temporaryHome();
  const five = ["a", "b", "c", "d", "e"].map(manager);
  await rejects(planCluster(options(home.path, { managers: five })), /room for 4 managers/);
  await rejects(planCluster(options(home.path, { role: "workload" })), /room for 0 managers/);
});
