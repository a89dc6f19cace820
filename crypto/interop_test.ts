/**
 * Others accept our certificates, and refuse them when they should: openssl, Deno's TLS and Node's TLS.
 *
 * @module
 */

import assert from "node:assert/strict";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { issue, issueFromRequest, newCertificateAuthority, newRequest } from "./pki/mod.ts";

const ca = await newCertificateAuthority({ commonName: "test-ca", days: 30, curve: "P-384" });
const foreign = await newCertificateAuthority({ commonName: "test-ca", days: 30 });
const server = await issue(ca, {
  commonName: "server",
  dnsNames: ["localhost"],
  ipAddresses: ["127.0.0.1"],
  usages: ["server"],
  days: 7,
});
const client = await issue(ca, { commonName: "client", usages: ["client"], days: 7 });
const stranger = await issue(foreign, { commonName: "client", usages: ["client"], days: 7 });

/** LibreSSL, which some systems call openssl, has other options. */
const hasOpenssl = await new Deno.Command("openssl", { args: ["version"], stdout: "piped" })
  .output()
  .then(({ stdout }) => /^OpenSSL 3/.test(new TextDecoder().decode(stdout)), () => false);

/** Runs openssl over files in a folder of their own. */
async function openssl(
  files: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ ok: boolean; text: string }> {
  const cwd = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${cwd}/${name}`, text);
    }
    const { success, stdout, stderr } = await new Deno.Command("openssl", {
      args: [...args],
      cwd,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const text = new TextDecoder();
    return { ok: success, text: text.decode(stdout) + text.decode(stderr) };
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

Deno.test({
  name: "openssl verify accepts what holds and refuses what does not",
  ignore: !hasOpenssl,
  fn: async () => {
    const later = `${Math.floor(Date.now() / 1000) + 8 * 86_400}`;
    const earlier = `${Math.floor(Date.now() / 1000) - 3600}`;
    const cases: readonly [what: string, root: string, args: string[], reason?: RegExp][] = [
      ["a server", ca.certPem, ["-purpose", "sslserver", "-verify_hostname", "localhost"]],
      ["a server by address", ca.certPem, ["-verify_ip", "127.0.0.1"]],
      ["the wrong usage", ca.certPem, ["-purpose", "sslclient"], /purpose/],
      ["another host", ca.certPem, ["-verify_hostname", "example.org"], /[Hh]ostname mismatch/],
      ["a later time", ca.certPem, ["-attime", later], /expired/],
      ["an earlier time", ca.certPem, ["-attime", earlier], /not yet valid/],
      ["another CA of the same name", foreign.certPem, [], /unable to get|signature failure/],
    ];
    for (const [what, root, args, reason] of cases) {
      const files = { "ca.pem": root, "cert.pem": server.certPem };
      const verify = ["verify", "-x509_strict", "-CAfile", "ca.pem", ...args, "cert.pem"];
      const { ok, text } = await openssl(files, ...verify);
      assert.equal(ok, reason === undefined, `${what}: ${text}`);
      if (reason !== undefined) assert.match(text, reason, what);
    }
  },
});

Deno.test({
  name: "openssl reads our requests and we issue for requests of openssl",
  ignore: !hasOpenssl,
  fn: async () => {
    const ours = await newRequest("agent");
    const read = await openssl({ "r.pem": ours.requestPem }, "req", "-verify", "-in", "r.pem");
    assert.ok(read.ok, read.text);
    for (const algorithm of ["ec -pkeyopt ec_paramgen_curve:P-384", "rsa:2048"]) {
      const args = `req -newkey ${algorithm} -nodes -keyout /dev/null -subj /CN=evil`.split(" ");
      const { ok, text } = await openssl({}, ...args, "-addext", "subjectAltName=DNS:evil");
      assert.ok(ok, text);
      const certPem = await issueFromRequest(ca, text, {
        commonName: "agent",
        usages: ["client"],
        days: 1,
      });
      const verify = ["verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "ca.pem"];
      const files = { "ca.pem": ca.certPem, "cert.pem": certPem };
      const verified = await openssl(files, ...verify, "cert.pem");
      assert.ok(verified.ok, verified.text);
      const shown = await openssl(files, "x509", "-in", "cert.pem", "-noout", "-text");
      assert.ok(!shown.text.includes("evil"), "names of a request must be ignored");
    }
  },
});

/** A Node server that demands client certificates of `ca`. */
function startServer(): Promise<{ port: number; close(): Promise<void> }> {
  const options = {
    key: server.keyPem,
    cert: server.certPem,
    ca: ca.certPem,
    requestCert: true,
    rejectUnauthorized: true,
  };
  const listener = https.createServer(options, (_request, response) => {
    response.setHeader("connection", "close");
    response.end("welcome");
  });
  return new Promise((resolve) => {
    listener.listen(0, "127.0.0.1", () =>
      resolve({
        port: (listener.address() as AddressInfo).port,
        close: () => new Promise((done) => listener.close(() => done())),
      }));
  });
}

/** Asks the server, as a client with `cert` and `key` that trusts `root`; gives the answer or "refused". */
async function ask(
  port: number,
  root: string,
  pair?: { certPem: string; keyPem: string },
): Promise<string> {
  using http = Deno.createHttpClient({
    caCerts: [root],
    ...(pair === undefined ? {} : { cert: pair.certPem, key: pair.keyPem }),
    poolMaxIdlePerHost: 0,
  });
  try {
    const response = await fetch(`https://127.0.0.1:${port}/`, { client: http });
    return await response.text();
  } catch {
    return "refused";
  }
}

Deno.test("mutual TLS between Deno's client and Node's server takes our certificates only", async () => {
  const { port, close } = await startServer();
  try {
    assert.equal(await ask(port, ca.certPem, client), "welcome");
    assert.equal(await ask(port, ca.certPem), "refused", "no client certificate");
    assert.equal(await ask(port, ca.certPem, stranger), "refused", "a foreign client");
    assert.equal(await ask(port, ca.certPem, server), "refused", "a server's certificate");
    assert.equal(await ask(port, foreign.certPem, client), "refused", "a server of another CA");
  } finally {
    await close();
  }
});
