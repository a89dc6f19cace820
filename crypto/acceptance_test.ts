/**
 * TLS with a cell's certificates, as others do it: Go's crypto/tls on both sides, openssl and Deno as clients of a
 * cell, and openssl as a server. Good ones connect; expired ones, the wrong usage, a foreign authority and a revoked epoch are refused.
 *
 * @module
 */

import assert from "node:assert/strict";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { z } from "zod";
import {
  type CertificateAndKey,
  issue,
  issueAgentCertificate,
  issueServerCertificate,
  newCellAuthority,
  newRequest,
  trustBundle,
  verifyAgent,
} from "./pki/mod.ts";

const DAY = 86_400_000;
const NOW = new Date();
const LONG_AGO = new Date(NOW.getTime() - 100 * DAY);
/** The lowest epoch that the cell takes. */
const EPOCH = 3;

const cell = await newCellAuthority(new Date(NOW.getTime() - 200 * DAY));
const foreign = await newCellAuthority(LONG_AGO);
const trust = await trustBundle(cell, NOW);
const server = await issueServerCertificate(cell, ["127.0.0.1"], NOW);

/** An agent of cluster "prod" with its key. */
async function agent(by = cell, epoch = EPOCH, now = NOW): Promise<CertificateAndKey> {
  const { requestPem, keyPem } = await newRequest("agent");
  const order = { cell: "one", cluster: "prod", epoch, now };
  return { certPem: await issueAgentCertificate(by.active, requestPem, order), keyPem };
}

/** Peers that connect, and peers that are refused. */
const good = await agent();
const PEERS: readonly [what: string, peer: CertificateAndKey, reason: RegExp | undefined][] = [
  ["an agent", good, undefined],
  ["an agent of a later epoch", await agent(cell, EPOCH + 1), undefined],
  ["an expired agent", await agent(cell, EPOCH, LONG_AGO), /expired/],
  ["a server as a client", server, /incompatible key usage|purpose/],
  ["an agent of another cell", await agent(foreign), /unknown authority|signature|issuer/],
  ["an agent of a revoked epoch", await agent(cell, EPOCH - 1), /revoked/],
];

/** Whether a program is there. */
async function has(program: string, pattern: RegExp): Promise<boolean> {
  return await new Deno.Command(program, { args: ["version"], stdout: "piped" }).output()
    .then(({ stdout }) => pattern.test(new TextDecoder().decode(stdout)), () => false);
}

const hasGo = await has("go", /^go version go1\./);
const hasOpenssl = await has("openssl", /^OpenSSL 3/);

interface Handshake {
  readonly server: CertificateAndKey & { readonly roots: string };
  readonly client: CertificateAndKey & { readonly roots: string };
  readonly host?: string;
  readonly at?: Date;
}

const outcomes = z.array(z.strictObject({ server: z.string(), client: z.string() }));

/** What Go says of handshakes; empty texts for a side that is content. */
async function askGo(handshakes: readonly Handshake[]): Promise<z.infer<typeof outcomes>> {
  const side = ({ certPem, keyPem, roots }: Handshake["server"]) => {
    return { cert: certPem, key: keyPem, roots };
  };
  const cases = handshakes.map(({ server, client, host = "localhost", at = NOW }) => ({
    server: side(server),
    client: side(client),
    host,
    at: Math.floor(at.getTime() / 1000),
    epoch: EPOCH,
  }));
  const child = new Deno.Command("go", {
    args: ["run", `${import.meta.dirname}/testdata/gotls/main.go`],
    env: { GOTOOLCHAIN: "local", GOFLAGS: "" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(cases)));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return outcomes.parse(JSON.parse(new TextDecoder().decode(stdout)));
}

Deno.test({
  name: "Go's TLS takes a cell's certificates on both sides and refuses the others",
  ignore: !hasGo,
  fn: async () => {
    const cellSide = { ...server, roots: trust };
    const agentSide = { ...good, roots: trust };
    const fromForeign = await issueServerCertificate(foreign, ["127.0.0.1"], NOW);
    const expired = await issue(cell.active, {
      commonName: "Lattice Server",
      dnsNames: ["localhost"],
      usages: ["server"],
      days: 10,
      now: LONG_AGO,
    });
    const onlyClient = await issue(cell.active, {
      commonName: "localhost",
      dnsNames: ["localhost"],
      usages: ["client"],
      days: 10,
    });
    const servers: readonly [what: string, handshake: Handshake, reason: RegExp | undefined][] = [
      ["by address", { server: cellSide, client: agentSide, host: "127.0.0.1" }, undefined],
      ["another host", { server: cellSide, client: agentSide, host: "example.org" }, /not example/],
      ["expired", { server: { ...expired, roots: trust }, client: agentSide }, /expired/],
      [
        "a client as a server",
        { server: { ...onlyClient, roots: trust }, client: agentSide },
        /usage/,
      ],
      [
        "a server of another cell",
        { server: { ...fromForeign, roots: trust }, client: agentSide },
        /unknown authority|verification error/,
      ],
    ];
    const clients = PEERS.map(([, peer]) => ({
      server: cellSide,
      client: { ...peer, roots: trust },
    }));
    const results = await askGo([...clients, ...servers.map(([, handshake]) => handshake)]);
    const expected = [
      ...PEERS.map(([what, , reason]) => ({ what, reason, side: "server" as const })),
      ...servers.map(([what, , reason]) => ({ what, reason, side: "client" as const })),
    ];
    assert.equal(results.length, expected.length);
    for (const [i, { what, reason, side }] of expected.entries()) {
      const result = results[i]!;
      if (reason === undefined) assert.deepEqual(result, { server: "", client: "" }, what);
      else assert.match(result[side], reason, what);
    }
  },
});

/** A cell's server: TLS checks the chain, `verifyAgent` the identity and its epoch. */
async function withCell(work: (port: number) => Promise<void>): Promise<void> {
  const options = { key: server.keyPem, cert: server.certPem, ca: trust, requestCert: true };
  const listener = https.createServer(options, (request, response) => {
    const { raw } = (request.socket as TLSSocket).getPeerCertificate();
    const pem = `-----BEGIN CERTIFICATE-----\n${
      new Uint8Array(raw).toBase64()
    }\n-----END CERTIFICATE-----\n`;
    response.setHeader("connection", "close");
    verifyAgent(pem, { cell: "one", trustPem: trust, epochOf: () => EPOCH }).then((verdict) => {
      if (!verdict.ok) response.statusCode = 403;
      response.end(verdict.ok ? `welcome ${verdict.cluster}` : verdict.reason);
    });
  });
  listener.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", () => resolve()));
  try {
    await work((listener.address() as AddressInfo).port);
  } finally {
    await new Promise<void>((resolve) => {
      listener.close(() => resolve());
      listener.closeAllConnections();
    });
  }
}

/** What openssl hears from a cell; empty when the connection was refused. */
async function askByOpenssl(port: number, peer: CertificateAndKey): Promise<string> {
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${cwd}/peer.pem`, peer.certPem + peer.keyPem);
    await Deno.writeTextFile(`${cwd}/ca.pem`, trust);
    const files = ["-CAfile", "ca.pem", "-cert", "peer.pem", "-key", "peer.pem"];
    const child = new Deno.Command("openssl", {
      args: [
        "s_client",
        "-quiet",
        "-verify_return_error",
        "-connect",
        `127.0.0.1:${port}`,
        ...files,
      ],
      cwd,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
      .catch(() => undefined);
    const { stdout } = await child.output();
    await writer.close().catch(() => undefined);
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

/** What Deno's client hears from a cell; empty when the connection was refused. */
async function askByDeno(port: number, { certPem, keyPem }: CertificateAndKey): Promise<string> {
  using client = Deno.createHttpClient({
    caCerts: [trust],
    cert: certPem,
    key: keyPem,
    poolMaxIdlePerHost: 0,
  });
  return await fetch(`https://127.0.0.1:${port}/`, { client })
    .then((response) => response.text(), () => "");
}

Deno.test("a cell takes its agents from Deno's TLS and refuses the others", async () => {
  await withCell(async (port) => {
    for (const [what, peer, reason] of PEERS) {
      const heard = await askByDeno(port, peer);
      assert.equal(heard.includes("welcome prod"), reason === undefined, `${what}: ${heard}`);
      if (reason !== undefined && heard !== "") assert.match(heard, reason, what);
    }
  });
});

Deno.test({
  name: "a cell takes its agents from openssl and refuses the others",
  ignore: !hasOpenssl,
  fn: async () => {
    await withCell(async (port) => {
      for (const [what, peer, reason] of PEERS) {
        const heard = await askByOpenssl(port, peer);
        assert.equal(heard.includes("welcome prod"), reason === undefined, `${what}: ${heard}`);
        if (reason !== undefined && heard !== "") assert.match(heard, reason, what);
      }
    });
  },
});

/** Runs `work` with the port of `openssl s_server`, which demands certificates of the cell. */
async function withOpensslServer(work: (port: number) => Promise<void>): Promise<void> {
  const cwd = await Deno.makeTempDir();
  await Deno.writeTextFile(`${cwd}/server.pem`, server.certPem + server.keyPem);
  await Deno.writeTextFile(`${cwd}/ca.pem`, trust);
  const demand = ["-Verify", "1", "-verify_return_error", "-CAfile", "ca.pem"];
  const child = new Deno.Command("openssl", {
    args: ["s_server", "-accept", "127.0.0.1:0", "-www", "-cert", "server.pem", ...demand],
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let text = "";
    while (!/ACCEPT \S+:\d+/.test(text)) {
      const { value, done } = await lines.read();
      assert.ok(!done, text);
      text += value;
    }
    await work(Number(/ACCEPT \S+:(\d+)/.exec(text)?.[1]));
  } finally {
    child.kill();
    await lines.cancel();
    await child.status;
    await Deno.remove(cwd, { recursive: true });
  }
}

Deno.test({
  name: "openssl as a server takes agents and refuses the others; their epoch it cannot know",
  ignore: !hasOpenssl,
  fn: async () => {
    await withOpensslServer(async (port) => {
      for (const [what, peer, reason] of PEERS) {
        const welcome = (await askByDeno(port, peer)).includes("s_server");
        assert.equal(welcome, reason === undefined || reason.test("revoked"), what);
      }
    });
  },
});
