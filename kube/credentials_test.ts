import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { issue, newCertificateAuthority } from "@lattice/crypto/pki";
import { connect } from "./client.ts";
import { credentialsOf } from "./credentials.ts";
import { buildKubeconfig } from "./kubeconfig_file.ts";
import type { ResolvedContext } from "./kubeconfig_load.ts";
import type { KubeconfigUser } from "./kubeconfig_schema.ts";
import { startApiServer } from "./live_test_support.ts";
import { inTempDir } from "./temp_dir_test_support.ts";

function contextOf(user: KubeconfigUser): ResolvedContext {
  return {
    name: "x",
    clusterName: "c",
    cluster: { server: "https://127.0.0.1:1", "certificate-authority-data": btoa("CA") },
    userName: "u",
    user,
    namespace: undefined,
  };
}

const simple: readonly [string, KubeconfigUser, Record<string, unknown>][] = [
  ["a token", { token: "t" }, { headers: { Authorization: "Bearer t" } }],
  ["a name and a password", { username: "a", password: "b" }, {
    headers: { Authorization: "Basic YTpi" },
  }],
  ["a certificate", { "client-certificate-data": "Yw==", "client-key-data": "aw==" }, {
    headers: {},
    cert: "c",
    key: "k",
  }],
  ["impersonation", { token: "t", as: "x", "as-groups": ["g"] }, {
    headers: { "Impersonate-User": "x", "Impersonate-Group": "g", Authorization: "Bearer t" },
  }],
  ["nothing", {}, { headers: {} }],
];
for (const [what, user, expected] of simple) {
  Deno.test(`credentialsOf reads ${what}`, async () => {
    const source = await credentialsOf(contextOf(user));
    deepEqual(await source.current(), expected);
    equal(source.invalidate(), false);
  });
}

Deno.test("credentialsOf reads a token file again when its token is refused", async () => {
  await inTempDir(async (dir) => {
    const tokenFile = join(dir, "token");
    await Deno.writeTextFile(tokenFile, "one\n");
    const source = await credentialsOf(contextOf({ tokenFile }));
    equal((await source.current()).headers["Authorization"], "Bearer one");
    await Deno.writeTextFile(tokenFile, "two\n");
    equal((await source.current()).headers["Authorization"], "Bearer one");
    equal(source.invalidate(), true);
    equal((await source.current()).headers["Authorization"], "Bearer two");
    await Deno.remove(tokenFile);
    source.invalidate();
    await rejects(source.current(), { code: "not-found", file: tokenFile });
  });
});

Deno.test("credentialsOf asks an exec plugin, tells it what it expects, and asks again when refused", async () => {
  await inTempDir(async (dir) => {
    const command = join(dir, "plugin");
    await Deno.writeTextFile(
      command,
      '#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" >"$1/info"\necho x >>"$1/calls"\n' +
        `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",` +
        `"status":{"token":"t'$(wc -l <"$1/calls")'"}}'\n`,
    );
    await Deno.chmod(command, 0o755);
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command,
      args: [dir],
      provideClusterInfo: true,
    };
    const source = await credentialsOf(contextOf({ exec }));
    const token = async () =>
      (await source.current()).headers["Authorization"]?.replaceAll(" ", "");
    deepEqual([await token(), await token()], ["Bearert1", "Bearert1"]);
    equal(source.invalidate(), true);
    equal(await token(), "Bearert2");
    const info = JSON.parse(await Deno.readTextFile(join(dir, "info")));
    deepEqual([info.apiVersion, info.kind, info.spec.interactive, info.spec.cluster.server], [
      "client.authentication.k8s.io/v1",
      "ExecCredential",
      false,
      "https://127.0.0.1:1",
    ]);
  });
});

Deno.test("credentialsOf passes a plugin's install hint on when the plugin is missing", async () => {
  const exec = { command: "/nowhere/plugin", installHint: "install the plugin" };
  const source = await credentialsOf(contextOf({ exec }));
  await rejects(source.current(), { code: "forbidden", remedy: "install the plugin" });
});

Deno.test("connect proves who it is by a client certificate to a real API server", async () => {
  await inTempDir(async (dir) => {
    const ca = await newCertificateAuthority({ commonName: "test-ca", days: 1 });
    const leaf = await issue(ca, {
      commonName: "somebody",
      organizations: ["system:masters"],
      usages: ["client"],
      days: 1,
    });
    const caFile = join(dir, "ca.crt");
    await Deno.writeTextFile(caFile, ca.certPem);
    await using server = await startApiServer({ apiServerArgs: [`--client-ca-file=${caFile}`] });
    const { url, caPem } = server;
    const text = buildKubeconfig({
      name: "c",
      server: url,
      caPem,
      certPem: leaf.certPem,
      keyPem: leaf.keyPem,
    });
    using client = await connect({ text });
    const review = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "SelfSubjectReview",
      metadata: {},
    };
    const { status } = await client.create<{ status: { userInfo: Record<string, unknown> } }>(
      review,
    );
    equal(status.userInfo["username"], "somebody");
    const stream = await client.raw("/api/v1/namespaces?watch=true&timeoutSeconds=1", {
      stream: true,
    });
    equal(stream.status, 200);
    await stream.body?.cancel();
  });
});

Deno.test("The room loads without any permission, so client-node is not loaded with it", async () => {
  const path = new URL("./mod.ts", import.meta.url);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--cached-only", "--no-check", path.href],
    stdout: "null",
    stderr: "piped",
  }).output();
  equal(success, true, new TextDecoder().decode(stderr));
});
