/**
 * The authority of clusters and cells, and agents' certificates, under a clock that the tests hold.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type CryptoError, loadCrypto } from "../mod.ts";
import {
  type AgentCheck,
  type CellAuthority,
  completeRotation,
  fromAgentSecret,
  fromSecret,
  identityUri,
  issue,
  issueAgentCertificate,
  issueFromRequest,
  type IssueOptions,
  issueServerCertificate,
  newCellAuthority,
  newCertificateAuthority,
  newKeyPair,
  newRequest,
  parseCertificate,
  prepareRotation,
  renewAt,
  rotationDue,
  toAgentSecret,
  toSecret,
  trustBundle,
  verifyAgent,
} from "./mod.ts";

const crypto = await loadCrypto();
const DAY = 86_400_000;
const NOW = new Date("2026-11-23T12:00:00Z");
const days = (n: number) => new Date(NOW.getTime() + n * DAY);
const hasCode = (code: string, field?: string) => (error: CryptoError) =>
  error.code === code && (field === undefined || error.field === field);

const ca = await newCertificateAuthority({ commonName: "ca", days: 100, now: NOW });
const basic: IssueOptions = { commonName: "a", usages: ["client"], days: 10, now: NOW };

Deno.test("certificates begin five minutes early and end on time", async () => {
  const { notBefore, notAfter } = await parseCertificate((await issue(ca, basic)).certPem);
  assert.equal(NOW.getTime() - notBefore.getTime(), 5 * 60_000);
  assert.equal(notAfter.getTime() - NOW.getTime(), 10 * DAY);
});

Deno.test("no certificate outlives its authority", async () => {
  const { certPem } = await issue(ca, { ...basic, days: 1000 });
  assert.equal((await parseCertificate(certPem)).notAfter.getTime(), days(100).getTime());
  await assert.rejects(issue(ca, { ...basic, now: days(100) }), hasCode("validation", "ca"));
});

Deno.test("issue() refuses orders that make no sense and says why", async () => {
  const cases: readonly [field: string, change: Partial<IssueOptions>][] = [
    ["usages", { usages: [] }],
    ["dnsNames", { usages: ["server"] }],
    ["days", { days: 0 }],
    ["days", { days: -1 }],
    ["days", { days: NaN }],
    ["days", { days: 36_501 }],
    ["commonName", { commonName: "" }],
    ["pem", { key: "nothing" }],
  ];
  for (const [field, change] of cases) {
    await assert.rejects(issue(ca, { ...basic, ...change }), hasCode("validation", field), field);
  }
  const swapped = { certPem: ca.certPem, keyPem: (await newKeyPair()).privatePem };
  await assert.rejects(issue(swapped, basic), hasCode("validation"));
});

Deno.test("issue() certifies a key that is given", async () => {
  const { privatePem } = await newKeyPair();
  const { certPem, keyPem } = await issue(ca, { ...basic, key: privatePem });
  assert.equal(keyPem, privatePem);
  using certified = crypto.certificateKey(certPem);
  assert.ok(
    certified.verify(new Uint8Array(1), crypto.importKey(privatePem).sign(new Uint8Array(1))),
  );
});

Deno.test("newKeyPair() gives two halves of one key", async () => {
  const { privatePem, publicPem } = await newKeyPair();
  using key = crypto.importKey(privatePem);
  using publicKey = crypto.importPublicKey(publicPem);
  assert.ok(publicKey.verify(new Uint8Array(5), key.sign(new Uint8Array(5))));
});

Deno.test("a request gives its key and nothing else", async () => {
  using key = crypto.generateKey("P-256");
  const request = crypto.createRequest(key, {
    subject: { commonName: "root", organizations: ["system:masters"] },
    dnsNames: ["kubernetes"],
  });
  const certificate = await parseCertificate(await issueFromRequest(ca, request, basic));
  assert.equal(certificate.subject.text, "CN=a");
  assert.deepEqual(certificate.dnsNames, []);
});

Deno.test("a cell's server certificate is valid under every default name and the given ones", async () => {
  const cell = await newCellAuthority(NOW);
  const { certPem } = await issueServerCertificate(cell, ["203.0.113.7", "lb.example"], NOW);
  const check = { certificatePem: certPem, rootsPem: cell.active.certPem, at: NOW };
  const hosts = ["localhost", "172.17.0.1", "lattice-cell.lattice-system.svc", "lb.example"];
  for (const host of [...hosts, "203.0.113.7"]) {
    assert.deepEqual(crypto.verifyChain({ ...check, usage: "server", host }), { ok: true }, host);
  }
  assert.equal(crypto.verifyChain({ ...check, usage: "client" }).ok, false);
});

/** Everything that decides about agents of cell "one". */
function check(trustPem: string, change: Partial<AgentCheck> = {}): AgentCheck {
  return { cell: "one", trustPem, epochOf: () => 3, now: NOW, ...change };
}

/** An agent's certificate. */
async function agent(cell: CellAuthority, epoch = 3, now = NOW): Promise<string> {
  const { requestPem } = await newRequest("ignored");
  const order = { cell: "one", cluster: "prod", epoch, now };
  return await issueAgentCertificate(cell.active, requestPem, order);
}

Deno.test("verifyAgent() accepts the agent and names every reason to refuse it", async () => {
  const cell = await newCellAuthority(NOW);
  const other = await newCellAuthority(NOW);
  const trust = await trustBundle(cell, NOW);
  const certPem = await agent(cell);
  const verdict = await verifyAgent(certPem, check(trust));
  assert.ok(verdict.ok && verdict.cluster === "prod");
  assert.equal(verdict.expires.getTime(), days(90).getTime());

  const server = await issueServerCertificate(cell, [], NOW);
  const plain = await issue(cell.active, { ...basic, usages: ["client"] });
  const cases: readonly [reason: RegExp, certPem: string, change: Partial<AgentCheck>][] = [
    [/expired/, certPem, { now: days(91) }],
    [/not yet valid/, certPem, { now: days(-1) }],
    [/revoked/, certPem, { epochOf: () => 4 }],
    [/not known/, certPem, { epochOf: () => undefined }],
    [/for cell "one"/, certPem, { cell: "two" }],
    [/signature|issuer/, certPem, { trustPem: await trustBundle(other, NOW) }],
    [/purpose/, server.certPem, {}],
    [/names no agent/, plain.certPem, {}],
  ];
  for (const [reason, pem, change] of cases) {
    const refused = await verifyAgent(pem, check(trust, change));
    assert.match(refused.ok ? "accepted" : refused.reason, reason);
  }
});

Deno.test("an agent's certificate is due after two thirds of its life", async () => {
  const certificate = await parseCertificate(await agent(await newCellAuthority(NOW)));
  const due = renewAt(certificate).getTime();
  assert.ok(Math.abs(due - days(60).getTime()) < 10 * 60_000);
});

Deno.test("identities that are no DNS labels are refused", () => {
  for (const cluster of ["", "A", "a/b", "a.b", "-a", "a".repeat(64), "a b", "../x"]) {
    assert.throws(() => identityUri({ cell: "one", cluster }), hasCode("validation", "cluster"));
  }
  assert.equal(identityUri({ cell: "one", cluster: "a" }), "spiffe://lattice/one/cluster/a");
});

Deno.test("the longest cluster name gets a certificate", async () => {
  const cell = await newCellAuthority(NOW);
  const { requestPem } = await newRequest("x");
  const cluster = "a".repeat(63);
  const order = { cell: "one", cluster, epoch: 3, now: NOW };
  const certPem = await issueAgentCertificate(cell.active, requestPem, order);
  const verdict = await verifyAgent(certPem, check(cell.active.certPem));
  assert.ok(verdict.ok && verdict.cluster === cluster);
});

Deno.test("a rotation never leaves an agent or a cell untrusted", async () => {
  const before = await newCellAuthority(NOW);
  const old = await agent(before);
  const prepared = await prepareRotation(before, NOW);
  assert.equal(prepared, await prepareRotation(prepared, NOW), "preparing twice is one rotation");
  const bundle = await trustBundle(prepared, NOW);
  const during = await agent(prepared);
  const after = await completeRotation(prepared, NOW);
  const fresh = await agent(after);
  for (const trustPem of [bundle, await trustBundle(after, NOW)]) {
    for (const certPem of [old, during, fresh]) {
      assert.ok((await verifyAgent(certPem, check(trustPem))).ok);
    }
  }
  await assert.rejects(completeRotation(after, NOW), hasCode("usage"));
  const onlyNew = await verifyAgent(old, check(after.active.certPem));
  assert.equal(onlyNew.ok, false);
});

Deno.test("a root is due after four fifths of its life, and leaves the bundle when it expires", async () => {
  const cell = await newCellAuthority(NOW);
  assert.equal(await rotationDue(cell, days(2900)), false);
  assert.equal(await rotationDue(cell, days(2921)), true);
  const rotated = await completeRotation(await prepareRotation(cell, days(2921)), days(2921));
  const count = async (at: Date) => (await trustBundle(rotated, at)).split("BEGIN").length - 1;
  assert.equal(await count(days(3000)), 2);
  assert.equal(await count(days(3651)), 1);
});

Deno.test("a cell's authority survives its Secret at every stage, without repetitions", async () => {
  const first = await newCellAuthority(NOW);
  const prepared = await prepareRotation(first, NOW);
  const rotated = await completeRotation(prepared, NOW);
  for (const cell of [first, prepared, rotated]) {
    assert.deepEqual(await fromSecret(toSecret(cell), NOW), cell);
  }
  const { active, retired } = rotated;
  const doubled = {
    ...toSecret(rotated),
    "ca-trust.crt": active.certPem + retired[0] + retired[0],
  };
  assert.deepEqual(await fromSecret(doubled, NOW), rotated);
});

Deno.test("the Secret's bundle has every trusted root, active first", async () => {
  const prepared = await prepareRotation(await newCellAuthority(NOW), NOW);
  const rotated = await completeRotation(prepared, NOW);
  for (const cell of [prepared, rotated]) {
    assert.equal(toSecret(cell)["ca-trust.crt"], await trustBundle(cell, NOW));
  }
});

Deno.test("an agent's credentials survive their Secret; mixed-up ones are refused", async () => {
  const cell = await newCellAuthority(NOW);
  const { requestPem, keyPem } = await newRequest("agent");
  const order = { cell: "one", cluster: "prod", epoch: 3, now: NOW };
  const certPem = await issueAgentCertificate(cell.active, requestPem, order);
  const credentials = { certPem, keyPem, trustPem: await trustBundle(cell, NOW) };
  const secret = toAgentSecret(credentials);
  assert.deepEqual(Object.keys(secret).sort(), ["ca.crt", "tls.crt", "tls.key"]);
  assert.deepEqual(await fromAgentSecret(secret), credentials);
  const { "ca.crt": _trust, ...withoutTrust } = secret;
  const { "tls.key": _key, ...withoutKey } = secret;
  const otherKey = { ...secret, "tls.key": (await newKeyPair()).privatePem };
  const cases: readonly [field: string, data: Record<string, string>][] = [
    ["ca.crt", withoutTrust],
    ["tls.key", withoutKey],
    ["tls.key", otherKey],
  ];
  for (const [field, data] of cases) {
    await assert.rejects(fromAgentSecret(data), hasCode("validation", field));
  }
});

Deno.test("a Secret that is incomplete or mixed up is refused", async () => {
  const cell = await newCellAuthority(NOW);
  const secret = toSecret(cell);
  const other = toSecret(await newCellAuthority(NOW));
  const { "ca.key": _key, ...withoutKey } = secret;
  const cases: readonly [field: string, data: Record<string, string>][] = [
    ["ca.key", withoutKey],
    ["ca.crt", {}],
    ["ca.key", { ...secret, "ca.key": other["ca.key"]! }],
    ["pem", { ...secret, "ca.crt": "nothing" }],
  ];
  for (const [field, data] of cases) {
    await assert.rejects(fromSecret(data, NOW), hasCode("validation", field));
  }
});
