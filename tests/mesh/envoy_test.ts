/**
 * Istio's rules put to a real Envoy: policies become its RBAC filters, services connect with certificates that
 * say who they are, and what gets through is what our model of Istio says.
 *
 * Needs `deno task setup:envoy`. `LATTICE_ENVOY_GRAPHS` sets the number of random meshes.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { LatticeService } from "@lattice/api";
import { compileAll, graphOf, waypointOf } from "@lattice/policy";
import { locateEnvoy } from "../oracle/envoy/fetch.ts";
import { EnvoyMesh } from "../support/envoy.ts";
import type { Listener } from "../support/mesh_envoy.ts";
import { type Identity, isAllowed, IstioModel, type PolicySpec } from "../support/mesh_istio.ts";
import type { Declared } from "../support/mesh_model.ts";
import { meshOf } from "../support/mesh_random.ts";

const GRAPHS = Number(Deno.env.get("LATTICE_ENVOY_GRAPHS") ?? 4);
const CLUSTER = "prod";
const TRUST_DOMAIN = `lattice.${CLUSTER}.local`;
const PROGRAM = await locateEnvoy();
const CONNECTIONS_AT_ONCE = 8;
/** Ports of the meshes, and one that nobody offers, moved to where anybody may listen. */
const PORTS = [53, 80, 443, 8080, 8000, 9090, 5432, 8443, 4711];
const FIRST_PORT = 28_400;
const REQUESTS = ["GET", "POST"].flatMap((method) =>
  ["/", "/v1", "/v1/x"].map((path) => ({ method, path }))
);
const ALICE = { namespace: "a", account: "alice" };
const BOB = { namespace: "b", account: "bob" };
const PEOPLE = [ALICE, BOB, { namespace: "a", account: "bob" }];

/** What is tried at one listener. */
interface Target extends Listener {
  readonly name: string;
  readonly identities: readonly Identity[];
}

const HAND_MADE: readonly { name: string; policies: PolicySpec[] }[] = [
  { name: "no policy", policies: [] },
  { name: "an empty policy", policies: [{}] },
  { name: "a rule for all", policies: [{ action: "ALLOW", rules: [{}] }] },
  { name: "one identity", policies: [allow({ from: [ALICE] })] },
  { name: "one identity on one port", policies: [allow({ from: [ALICE], ports: [80] })] },
  {
    name: "policies add up",
    policies: [{}, allow({ from: [ALICE], ports: [80] }), allow({ from: [BOB], ports: [443] })],
  },
  { name: "anybody on one port", policies: [allow({ ports: [443] })] },
  {
    name: "a denial wins",
    policies: [{ action: "ALLOW", rules: [{}] }, { ...allow({ from: [BOB] }), action: "DENY" }],
  },
  { name: "a denial alone", policies: [{ ...allow({ ports: [80] }), action: "DENY" }] },
  { name: "methods", policies: [allow({ from: [ALICE], methods: ["GET"] })] },
  { name: "paths", policies: [allow({ from: [ALICE, BOB], paths: ["/v1/*", "/"] })] },
  {
    name: "methods and paths and ports",
    policies: [allow({ from: [BOB], methods: ["POST"], paths: ["/v1"], ports: [80] })],
  },
];

Deno.test("Envoy lets through what Istio's rules say, over mutual TLS", {
  ignore: PROGRAM === undefined,
}, async (t) => {
  const targets = [...handMade(), ...randomTargets()];
  await using mesh = await EnvoyMesh.start(PROGRAM ?? "", targets, {
    trustDomain: TRUST_DOMAIN,
    admin: { address: addressOf(0), port: FIRST_PORT + PORTS.length },
  });
  const counts = { listeners: targets.length, bytes: 0, requests: 0, passed: 0, wrong: 0 };
  const tries = targets.flatMap((target) =>
    target.identities.flatMap((identity) => triesOf(mesh, target, identity))
  );
  const wrong: string[] = [];
  await eachOf(tries, async ({ name, layer, expected, run }) => {
    const passed = await run();
    counts[layer]++;
    if (passed) counts.passed++;
    if (passed !== expected) wrong.push(`${name}: Envoy ${passed}, model ${expected}`);
  });
  counts.wrong = wrong.length;
  // deno-lint-ignore no-console -- the counts are part of what is shown.
  console.info(`envoy: ${JSON.stringify(counts)}`);
  assert.deepEqual(wrong, []);
  assert.ok(counts.passed > 20 && counts.passed < (counts.bytes + counts.requests) / 2);
  await t.step("whoever shows no certificate, or one of another mesh, gets nowhere", async () => {
    const open = targets.find(({ policies, layer }) => policies.length === 0 && layer === "bytes");
    assert.ok(open && await mesh.bytesPass(open, ALICE));
    assert.equal(await mesh.bytesPass(open, undefined), false);
    assert.equal(await mesh.bytesPass(open, "stranger"), false);
  });
});

interface Try {
  readonly name: string;
  readonly layer: "bytes" | "requests";
  readonly expected: boolean;
  run(): Promise<boolean>;
}

function triesOf(mesh: EnvoyMesh, target: Target, identity: Identity): Try[] {
  const { layer, policies, port } = target;
  const name = `${target.name} port ${port}, ${identity.namespace}/${identity.account}`;
  if (layer === "bytes") {
    const expected = isAllowed(policies, { identity, port }, TRUST_DOMAIN);
    return [{ name, layer, expected, run: () => mesh.bytesPass(target, identity) }];
  }
  return REQUESTS.map((http) => ({
    name: `${name}, ${http.method} ${http.path}`,
    layer,
    expected: isAllowed(policies, { identity, port, http }, TRUST_DOMAIN),
    run: () => mesh.requestPasses(target, identity, http),
  }));
}

function handMade(): Target[] {
  return HAND_MADE.flatMap(({ name, policies }, index) =>
    (["bytes", "requests"] as const).flatMap((layer, at) =>
      [80, 443].map((port) => ({
        name: `${name} (${layer})`,
        address: addressOf(1 + index * 2 + at),
        port: moved(port),
        layer,
        policies: policies.map(movedPolicy),
        identities: PEOPLE,
      }))
    )
  );
}

function randomTargets(): Target[] {
  const targets: Target[] = [];
  for (let seed = 0; seed < GRAPHS; seed++) {
    const mesh = meshOf(seed);
    const model = new IstioModel(compileAll(graphOf(mesh), { cluster: CLUSTER }), CLUSTER);
    for (const callee of mesh) {
      for (const each of targetsOf(model, mesh, callee)) {
        const address = addressOf(1_000 + targets.length);
        targets.push({ ...each, name: `seed ${seed}: ${each.name}`, address });
      }
    }
  }
  return targets;
}

function targetsOf(
  model: IstioModel,
  mesh: readonly Declared[],
  callee: Declared,
): Omit<Target, "address">[] {
  const { name, namespace = "" } = callee.metadata;
  const callers = mesh.filter((each): each is LatticeService => each.kind === "LatticeService");
  const identities = [
    ...callers.map(({ metadata }) => ({
      namespace: metadata.namespace ?? "",
      account: metadata.name,
    })),
    { namespace, account: "default" },
    { namespace, account: `${name}-waypoint` },
  ];
  if (callee.kind === "LatticeExternalService") return [];
  const ports = Object.values(callee.spec.service?.ports ?? {})
    .filter(({ protocol }) => protocol === "TCP");
  const at = (layer: Listener["layer"], numbers: readonly number[], policies: PolicySpec[]) =>
    [...new Set(numbers)].map((port) => ({
      name: `${namespace}/${name} (${layer})`,
      port: moved(port),
      layer,
      policies: policies.map(movedPolicy),
      identities,
    }));
  const workload = { namespace, account: name, labels: { "lattice.dev/service": name } };
  const pods = at(
    "bytes",
    [...ports.map(({ port, targetPort = port }) => targetPort), 4711],
    model.policiesOf(workload),
  );
  const waypoint = waypointOf(callee);
  if (waypoint === undefined) return pods;
  const policies = model.waypointPolicies(`${namespace}/${waypoint}`, { kind: "Service", name });
  return [...pods, ...at("requests", ports.map(({ port }) => port), policies)];
}

function allow(
  { from, ports, ...limits }: {
    from?: readonly Identity[];
    ports?: readonly number[];
    methods?: string[];
    paths?: string[];
  },
): PolicySpec {
  const principals = from?.map(({ namespace, account }) =>
    `${TRUST_DOMAIN}/ns/${namespace}/sa/${account}`
  );
  const operation = { ...limits, ...(ports ? { ports: ports.map(String) } : {}) };
  return {
    action: "ALLOW",
    rules: [{
      ...(principals ? { from: [{ source: { principals } }] } : {}),
      to: [{ operation }],
    }],
  };
}

function movedPolicy(policy: PolicySpec): PolicySpec {
  const text = JSON.stringify(
    policy,
    (key, value) =>
      key === "ports" ? (value as string[]).map((port) => String(moved(Number(port)))) : value,
  );
  return JSON.parse(text) as PolicySpec;
}

function moved(port: number): number {
  const index = PORTS.indexOf(port);
  assert.ok(index >= 0, `port ${port} has no place`);
  return FIRST_PORT + index;
}

// A network of its own for each run: two at once do not meet.
const RUN = Deno.pid % 120;

function addressOf(index: number): string {
  const [high, low] = [Math.floor(index / 254), index % 254];
  return `127.${64 + RUN % 64}.${(RUN >> 6) * 100 + high}.${1 + low}`;
}

async function eachOf<T>(values: readonly T[], work: (value: T) => Promise<void>): Promise<void> {
  const queue = [...values];
  const worker = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) await work(next);
  };
  await Promise.all(Array.from({ length: CONNECTIONS_AT_ONCE }, worker));
}
