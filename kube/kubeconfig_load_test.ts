import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { delimiter, join } from "node:path";
import { loadKubeconfig, mergeKubeconfigs, resolveContext } from "./kubeconfig_load.ts";
import { parseKubeconfig } from "./kubeconfig_schema.ts";
import { resolveConnection } from "./connection.ts";

/** A kubeconfig with one context, all of whose entries bear one name. */
function text(name: string, server: string, current = name): string {
  return JSON.stringify({
    clusters: [{ name, cluster: { server } }],
    users: [{ name, user: { token: `token-of-${server}` } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": current,
  });
}

async function withFiles(
  files: Record<string, string>,
  run: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeTextFile(join(dir, name), content);
    }
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("loadKubeconfig merges a list as kubectl does: the first of a name wins, gaps are skipped", async () => {
  const files = {
    first: text("a", "https://one", ""),
    second: text("a", "https://two"),
    third: text("b", "https://three"),
  };
  await withFiles(files, async (dir) => {
    const list = ["first", "missing", "second", "third", "first"].map((name) => join(dir, name));
    const config = await loadKubeconfig(list.join(delimiter));
    deepEqual(config?.clusters.map(({ name, cluster }) => [name, cluster.server]), [
      ["a", "https://one"],
      ["b", "https://three"],
    ]);
    equal(config?.["current-context"], "a");
  });
});

Deno.test("loadKubeconfig resolves relative paths against the file that holds them", async () => {
  const config = {
    clusters: [{ name: "c", cluster: { server: "https://x", "certificate-authority": "ca.crt" } }],
    users: [
      {
        name: "files",
        user: { "client-certificate": "pki/u.crt", "client-key": "/abs/u.key", tokenFile: "t" },
      },
      { name: "path", user: { exec: { command: "./plugin" } } },
      { name: "name", user: { exec: { command: "plugin" } } },
    ],
  };
  await withFiles({ config: JSON.stringify(config) }, async (dir) => {
    const loaded = await loadKubeconfig(join(dir, "config"));
    equal(loaded?.clusters[0]?.cluster["certificate-authority"], join(dir, "ca.crt"));
    const [files, path, name] = loaded?.users.map(({ user }) => user) ?? [];
    equal(files?.["client-certificate"], join(dir, "pki/u.crt"));
    equal(files?.["client-key"], "/abs/u.key");
    equal(files?.tokenFile, join(dir, "t"));
    equal(path?.exec?.command, join(dir, "plugin"));
    equal(name?.exec?.command, "plugin");
  });
});

Deno.test("loadKubeconfig names a file that was asked for and is not there", async () => {
  await rejects(loadKubeconfig("/nowhere/config"), { code: "not-found", file: "/nowhere/config" });
});

const malformed: readonly [string, string, Record<string, unknown>][] = [
  ["no YAML", "clusters: [", { code: "validation", file: "f", line: 1 }],
  ["a list", "[]", { field: "(root)" }],
  ["a cluster without a server", "clusters: [{name: a, cluster: {}}]", {
    field: "clusters.0.cluster.server",
  }],
  ["a token that is no string", "users: [{name: a, user: {token: 5}}]", {
    field: "users.0.user.token",
  }],
];
for (const [what, content, expected] of malformed) {
  Deno.test(`parseKubeconfig refuses ${what}`, () => {
    throws(() => parseKubeconfig(content, "f"), expected);
  });
}

Deno.test("parseKubeconfig reads YAML 1.1 and an empty file", () => {
  equal(
    parseKubeconfig(
      "clusters: [{name: a, cluster: {server: s, insecure-skip-tls-verify: yes}}]",
      "f",
    )
      .clusters[0]?.cluster["insecure-skip-tls-verify"],
    true,
  );
  deepEqual(parseKubeconfig("", "f").contexts, []);
});

Deno.test("resolveContext lists the contexts when the wanted one is missing", () => {
  const config = mergeKubeconfigs([parseKubeconfig(text("a", "https://one"), "f")]);
  throws(() => resolveContext(config, "b"), {
    code: "not-found",
    remedy: /choose one of the contexts: a/,
  });
  equal(resolveContext(config).cluster.server, "https://one");
});

const refused: readonly [string, Record<string, unknown>, Record<string, unknown>, string][] = [
  [
    "an unverified server",
    { "insecure-skip-tls-verify": true },
    {},
    "clusters.c.insecure-skip-tls-verify",
  ],
  ["another server name", { "tls-server-name": "other" }, {}, "clusters.c.tls-server-name"],
  ["no URL", { server: "nonsense" }, {}, "clusters.c.server"],
  [
    "a certificate that is not base64",
    { "certificate-authority-data": "%" },
    {},
    "certificate-authority-data",
  ],
  ["a certificate without a key", {}, { "client-certificate-data": "YQ==" }, "users.u"],
  ["two impersonated groups", {}, { as: "x", "as-groups": ["a", "b"] }, "users.u.as-groups"],
];
for (const [what, cluster, user, field] of refused) {
  Deno.test(`resolveConnection refuses ${what}`, async () => {
    const config = {
      clusters: [{ name: "c", cluster: { server: "https://x", ...cluster } }],
      users: [{ name: "u", user }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    };
    await rejects(resolveConnection({ text: JSON.stringify(config) }), {
      code: "validation",
      field,
    });
  });
}
