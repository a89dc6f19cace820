import assert from "node:assert/strict";
import { blameFor, hasTraces, type Obstacle, obstacleIn } from "./diagnosis.ts";
import { managerFlags, managersOf } from "./managers.ts";

/** What managers were seen to say, and what is in the way. */
const MESSAGES: readonly (readonly [string, Obstacle | undefined])[] = [
  ["dial tcp 127.0.0.1:1: connect: connection refused", "unreachable"],
  ["Cannot connect to the Docker daemon at unix:///var/run/docker.sock", "unreachable"],
  ["lookup keystone.example.com: no such host", "unreachable"],
  ["net/http: TLS handshake timeout", "unreachable"],
  ["x509: certificate signed by unknown authority", "unreachable"],
  ["api error InvalidClientTokenId: The security token is invalid", "refused"],
  ["not authorized to access endpoint", "refused"],
  ["Expected HTTP response code [200] but got 401 instead: Authentication failed", "refused"],
  ["api error VcpuLimitExceeded: more vCPU than the current limit", undefined],
  ["waiting for the control plane to be initialized", undefined],
  ["context deadline exceeded", undefined],
];

for (const [message, obstacle] of MESSAGES) {
  Deno.test(`${obstacle ?? "nothing"} is in the way: ${message}`, () => {
    assert.equal(obstacleIn(message), obstacle);
  });
}

Deno.test("every obstacle has a field and a remedy at every provider", () => {
  for (const type of ["aws", "docker", "openstack", "proxmox"] as const) {
    for (const obstacle of ["unreachable", "refused"] as const) {
      const { field, remedy } = blameFor(type, obstacle);
      assert.ok(field && remedy);
    }
  }
});

Deno.test("only what a provider made itself is a trace", () => {
  const object = (fields: Record<string, unknown>) => ({
    apiVersion: "v1",
    kind: "X",
    metadata: { name: "x" },
    ...fields,
  });
  const own = object({ spec: { network: { vpc: { id: "vpc-1" } } } });
  assert.equal(hasTraces("aws", own, own), false);
  assert.equal(hasTraces("aws", own, object({})), true);
  assert.equal(hasTraces("aws", object({ status: { networkStatus: { a: {} } } }), own), false);
  assert.equal(hasTraces("openstack", object({ status: { network: { id: "n" } } }), own), true);
  assert.equal(hasTraces("proxmox", object({ status: { ready: true } }), own), false);
});

Deno.test("a bootstrap cluster has room for the managers of every provider", () => {
  for (const type of ["aws", "docker", "openstack", "proxmox"] as const) {
    for (const bootstrap of ["kubeadm", "rke2"] as const) {
      const managers = managersOf(type, bootstrap);
      assert.ok(managers.length >= 3 && managers.length <= 4, `${type} ${bootstrap}`);
      assert.equal(new Set(managers.map(({ name }) => name)).size, managers.length);
      for (const manager of managers) {
        const flags = managerFlags(manager, {
          kubeconfig: "/k",
          webhookCertDir: "/c",
          webhookPort: 1,
          healthAddress: "127.0.0.1:2",
        });
        assert.deepEqual(flags.filter((flag) => /=0$|:2$/.test(flag)).length, 2);
      }
    }
  }
});
