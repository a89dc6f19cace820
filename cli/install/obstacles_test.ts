import assert from "node:assert/strict";
import { parseCluster } from "@lattice/api";
import { DeadlineError, LatticeError } from "@lattice/api/errors";
import { connect, type KubeClient } from "@lattice/kube";
import type { BootstrapCluster } from "../run/bootstrap.ts";
import { cloudYaml, ENVIRONMENTS, SECRETS } from "../testing/clouds.ts";
import { testIo } from "../testing/io.ts";
import { readAccount } from "../credentials/read.ts";
import { redactor } from "../credentials/objects.ts";
import { startApiServer } from "../../tests/support/apiserver.ts";
import { watchful, type WatchfulSession } from "./obstacles.ts";

/** A session whose only source of findings is one line in a manager's log. */
async function session(text: string | undefined): Promise<WatchfulSession> {
  const wanted = parseCluster(cloudYaml("proxmox"));
  const io = testIo({ env: ENVIRONMENTS.proxmox });
  const account = await readAccount(wanted, { accounts: [], secrets: [] }, io, "c.yaml");
  assert.ok(account);
  const complaints = () => Promise.resolve(text === undefined ? [] : [{ manager: "capmox", text }]);
  return {
    account,
    wanted,
    bootstrap: { complaints } as unknown as BootstrapCluster,
    hide: redactor(account.secrets),
    signal: new AbortController().signal,
    runId: "r1",
    obstacleMs: 100,
    lookMs: 20,
  };
}

/** A wait that ends with its signal only. */
function endless(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

async function caught(client: KubeClient, text: string | undefined, wait = endless) {
  return await watchful(await session(text), client, wait).then(
    () => assert.fail("it returned"),
    (error: unknown) => {
      assert.ok(error instanceof LatticeError, String(error));
      return error;
    },
  );
}

Deno.test("waiting for a cloud with open eyes", async (t) => {
  await using server = await startApiServer();
  using client = await connect({ kubeconfig: server.kubeconfigPath });

  await t.step("an obstacle ends the wait with whom to blame, and hides secrets", async () => {
    const error = await caught(client, `dial tcp: connection refused (${SECRETS.proxmox})`);
    assert.equal(error.code, "unavailable");
    assert.equal(error.field, "PROXMOX_URL");
    assert.match(
      error.message,
      /^provider proxmox cannot be reached; the log of capmox says: dial/,
    );
    assert.match(error.remedy ?? "", /check the URL .*--run-id r1 resumes/);
    assert.ok(!error.message.includes(SECRETS.proxmox));
  });

  await t.step("a refusal is told from silence", async () => {
    const error = await caught(client, "not authorized to access endpoint");
    assert.equal(error.code, "forbidden");
    assert.equal(error.field, "PROXMOX_TOKEN, PROXMOX_SECRET");
  });

  await t.step("what may pass does not end the wait, but is told at its deadline", async () => {
    const late = () => Promise.reject(new DeadlineError("LatticeCluster 'c1' is not ready"));
    const error = await caught(client, "no node with enough memory", late);
    assert.equal(error.code, "timeout");
    assert.match(error.message, /^LatticeCluster .*; the log of capmox says: no node with enough/);
  });

  await t.step("a deadline without a finding stays as it is", async () => {
    const late = () => Promise.reject(new DeadlineError("late"));
    assert.equal((await caught(client, undefined, late)).message, "late");
  });

  await t.step("a wait that succeeds returns its value", async () => {
    const value = await watchful(await session(undefined), client, () => Promise.resolve(7));
    assert.equal(value, 7);
  });
});
