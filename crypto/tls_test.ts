/**
 * What Deno's TLS really negotiates. `docs/security.md` states it; this pins it, so that a new Deno that changes it
 * is noticed. Servers are asked by `openssl s_client`, clients by reading their first message.
 *
 * @module
 */

import assert from "node:assert/strict";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import * as tls from "node:tls";
import { issue, newCertificateAuthority } from "./pki/mod.ts";

const ca = await newCertificateAuthority({ commonName: "tls-test", days: 1 });
const pair = await issue(ca, {
  commonName: "server",
  ipAddresses: ["127.0.0.1"],
  usages: ["server"],
  days: 1,
});

const SUITES_12 = [
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
];
const REFUSED_12 = [
  "ECDHE-ECDSA-AES256-SHA384",
  "ECDHE-ECDSA-AES128-SHA256",
  "ECDHE-ECDSA-AES128-SHA",
  "ECDHE-ECDSA-AES256-CCM",
  "AES256-GCM-SHA384",
  "DHE-RSA-AES256-GCM-SHA384",
];
const SUITES_13 = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_AES_128_GCM_SHA256",
  "TLS_CHACHA20_POLY1305_SHA256",
];
const GROUPS = ["X25519", "P-256", "P-384"];
const REFUSED_GROUPS = ["P-521", "X448", "ffdhe2048"];

/** LibreSSL, which some systems call openssl, has other options. */
const hasOpenssl = await new Deno.Command("openssl", { args: ["version"], stdout: "piped" })
  .output()
  .then(({ stdout }) => /^OpenSSL 3/.test(new TextDecoder().decode(stdout)), () => false);

/** Whether a handshake with exactly these client options succeeds. */
async function agrees(port: number, ...options: readonly string[]): Promise<boolean> {
  const { stdout } = await new Deno.Command("openssl", {
    args: ["s_client", "-connect", `127.0.0.1:${port}`, ...options],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).output();
  const suite = /Cipher is (\S+)/.exec(new TextDecoder().decode(stdout))?.[1];
  return suite !== undefined && suite !== "(NONE)";
}

/** Which of `names` the server takes. */
async function taken(
  port: number,
  names: readonly string[],
  options: (name: string) => readonly string[],
): Promise<string[]> {
  const results = await Promise.all(names.map((name) => agrees(port, ...options(name))));
  return names.filter((_, i) => results[i]);
}

const tls12 = (suite: string) => ["-tls1_2", "-cipher", `${suite}:@SECLEVEL=0`];
const tls13 = (suite: string) => ["-tls1_3", "-ciphersuites", suite];
const group = (name: string) => ["-tls1_3", "-groups", name];

/** Everything that a server takes, out of everything that is asked for. */
async function profile(port: number): Promise<Record<string, string[]>> {
  return {
    versions: await taken(port, ["tls1", "tls1_1", "tls1_2", "tls1_3"], (v) => [
      `-${v}`,
      "-cipher",
      "ALL:@SECLEVEL=0",
    ]),
    suites12: await taken(port, [...SUITES_12, ...REFUSED_12], tls12),
    suites13: await taken(port, [...SUITES_13, "TLS_AES_128_CCM_SHA256"], tls13),
    groups: await taken(port, [...GROUPS, ...REFUSED_GROUPS], group),
  };
}

const DEFAULT_PROFILE = {
  versions: ["tls1_2", "tls1_3"],
  suites12: SUITES_12,
  suites13: SUITES_13,
  groups: GROUPS,
};

/** Runs `work` with a Node-style server. */
async function withNodeServer(
  options: https.ServerOptions,
  work: (port: number) => Promise<void>,
): Promise<void> {
  const server = https.createServer(
    { cert: pair.certPem, key: pair.keyPem, ...options },
    (_request, response) => response.end(),
  );
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  try {
    await work((server.address() as AddressInfo).port);
  } finally {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}

Deno.test({
  name: "Deno.serve negotiates TLS 1.2 and 1.3 with AEAD suites and three groups",
  ignore: !hasOpenssl,
  fn: async () => {
    const options = { cert: pair.certPem, key: pair.keyPem, port: 0, onListen: () => undefined };
    await using server = Deno.serve({ ...options, hostname: "127.0.0.1" }, () => new Response());
    assert.deepEqual(await profile(server.addr.port), DEFAULT_PROFILE);
  },
});

Deno.test({
  name: "node:https negotiates the same, can be held to one version, and ignores suites and curves",
  ignore: !hasOpenssl,
  fn: async () => {
    const cases: readonly [https.ServerOptions, Record<string, string[]>][] = [
      [{}, DEFAULT_PROFILE],
      [{ minVersion: "TLSv1.3" }, { ...DEFAULT_PROFILE, versions: ["tls1_3"], suites12: [] }],
      [{ maxVersion: "TLSv1.2" }, {
        ...DEFAULT_PROFILE,
        versions: ["tls1_2"],
        suites13: [],
        groups: [],
      }],
      [{ ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384" }, DEFAULT_PROFILE],
      [{ ecdhCurve: "P-384" }, DEFAULT_PROFILE],
    ];
    for (const [options, expected] of cases) {
      await withNodeServer(options, async (port) => {
        assert.deepEqual(await profile(port), expected, JSON.stringify(options));
      });
    }
  },
});

/** What a ClientHello offers, as hexadecimal code points. */
interface Offer {
  readonly suites: string[];
  readonly groups: string[];
  readonly versions: string[];
}

/** Pairs of bytes as hexadecimal numbers. */
function codePoints(data: Uint8Array): string[] {
  return Array.from({ length: data.length >> 1 }, (_, i) => data.slice(2 * i, 2 * i + 2).toHex());
}

/** Reads the offer out of the first record of a connection. */
function readClientHello(record: Uint8Array): Offer {
  const view = new DataView(record.buffer, record.byteOffset);
  // Record header 5, handshake header 4, version 2, random 32, then three fields with a length each.
  let at = 43;
  at += 1 + view.getUint8(at);
  const suites = codePoints(record.slice(at + 2, at + 2 + view.getUint16(at)));
  at += 2 + view.getUint16(at);
  at += 1 + view.getUint8(at);
  const end = at + 2 + view.getUint16(at);
  const extensions = new Map<number, Uint8Array>();
  for (at += 2; at < end; at += 4 + view.getUint16(at + 2)) {
    extensions.set(view.getUint16(at), record.slice(at + 4, at + 4 + view.getUint16(at + 2)));
  }
  return {
    suites,
    groups: codePoints(extensions.get(10)?.slice(2) ?? new Uint8Array()),
    versions: codePoints(extensions.get(43)?.slice(1) ?? new Uint8Array()),
  };
}

/** The offer of a client that is pointed at a port. */
async function offerOf(connect: (port: number) => Promise<unknown>): Promise<Offer> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const attempt = connect(listener.addr.port).catch(() => undefined);
  const connection = await listener.accept();
  const buffer = new Uint8Array(16_384);
  let length = 0;
  while (length < 5 || length < 5 + ((buffer[3]! << 8) | buffer[4]!)) {
    length += await connection.read(buffer.subarray(length)) ?? buffer.length;
  }
  connection.close();
  await attempt;
  return readClientHello(buffer.subarray(0, length));
}

/** AES-GCM and ChaCha20 suites with ECDHE; 00ff is the renegotiation signal. */
const ALLOWED_SUITES = new Set(
  "1301 1302 1303 c02b c02c c02f c030 cca8 cca9 00ff".split(" "),
);

Deno.test("fetch and node:tls offer TLS 1.2 and 1.3 with AEAD suites only", async () => {
  const clients: readonly ((port: number) => Promise<unknown>)[] = [
    (port) => fetch(`https://127.0.0.1:${port}/`),
    (port) =>
      new Promise((resolve) => {
        const socket = tls.connect({ host: "127.0.0.1", port, servername: "localhost" });
        socket.on("error", () => socket.destroy());
        socket.on("close", resolve);
      }),
  ];
  for (const client of clients) {
    const offer = await offerOf(client);
    assert.deepEqual(offer.versions.toSorted(), ["0303", "0304"]);
    assert.deepEqual(offer.suites.filter((suite) => !ALLOWED_SUITES.has(suite)), []);
    assert.ok(offer.suites.includes("1302") && offer.suites.includes("c02c"));
    assert.ok(offer.groups.includes("0017") && offer.groups.includes("0018"), `${offer.groups}`);
  }
});
