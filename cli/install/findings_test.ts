import assert from "node:assert/strict";
import { parseCluster } from "@lattice/api";
import { type CloudName, cloudYaml } from "../testing/clouds.ts";
import { findingsIn, infrastructureOf } from "./findings.ts";
import { withServer } from "./target.ts";

interface Seen {
  type: string;
  status: string;
  severity?: string;
  message?: string;
}

/** Name, status of the object, and what is found in it. */
const STATUSES: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  ["nothing yet", {}, []],
  ["true conditions", conditions({ type: "Ready", status: "True", message: "fine" }), []],
  ["no message", conditions({ type: "Ready", status: "False" }), []],
  [
    "a summary repeats its part",
    conditions(
      { type: "Ready", status: "False", message: "* LoadBalancerAvailable: no Docker" },
      { type: "LoadBalancerAvailable", status: "False", message: "no Docker" },
    ),
    ["LoadBalancerAvailable: no Docker"],
  ],
  [
    "the older contract's severity",
    conditions(
      { type: "A", status: "False", severity: "Info", message: "being made" },
      { type: "B", status: "False", severity: "Error", message: "no quota" },
    ),
    ["B: no quota"],
  ],
  [
    "waiting is no complaint",
    conditions({ type: "A", status: "False", message: "Waiting for infrastructure" }),
    [],
  ],
  [
    "a terminal failure",
    { failureReason: "InvalidConfiguration", failureMessage: "bad subnet" },
    ["InvalidConfiguration: bad subnet"],
  ],
  [
    "lines become one",
    conditions({ type: "A", status: "False", message: "first\n  second" }),
    ["A: first second"],
  ],
  ["a status of another shape", { conditions: "none" }, []],
];

function conditions(...seen: Seen[]): Record<string, unknown> {
  return { conditions: seen };
}

for (const [name, status, messages] of STATUSES) {
  Deno.test(`findingsIn(): ${name}`, () => {
    const metadata = { name: "c1" };
    const found = findingsIn({ apiVersion: "x/v1", kind: "DockerCluster", metadata, status });
    assert.deepEqual(found.map(({ message }) => message), messages);
    assert.ok(found.every(({ source }) => source === "DockerCluster c1"));
  });
}

Deno.test("infrastructureOf() finds the object in which each provider writes what it made", () => {
  const kinds = (["aws", "docker", "openstack", "proxmox"] as CloudName[]).map((cloud) =>
    infrastructureOf(parseCluster(cloudYaml(cloud))).kind
  );
  assert.deepEqual(kinds, ["AWSCluster", "DockerCluster", "OpenStackCluster", "ProxmoxCluster"]);
});

Deno.test("withServer() changes the server of every cluster and nothing else", () => {
  const config = {
    apiVersion: "v1",
    clusters: ["a", "b"].map((name) => ({ name, cluster: { server: "https://x", ca: "y" } })),
    users: [{ name: "u", user: { token: "t" } }],
  };
  const changed = JSON.parse(withServer(JSON.stringify(config), "https://127.0.0.1:1"));
  assert.deepEqual(changed.clusters[1], {
    name: "b",
    cluster: { server: "https://127.0.0.1:1", ca: "y" },
  });
  assert.deepEqual({ ...changed, clusters: config.clusters }, config);
  assert.throws(() => withServer("clusters: []", "https://x"));
});
