// The real kubectl says how a list of kubeconfigs merges, and can use what we write.
import { deepEqual, equal } from "node:assert/strict";
import { delimiter, join } from "node:path";
import fc from "fast-check";
import { locateTools } from "../tools/locate.ts";
import { buildKubeconfig, mergeKubeconfigFile } from "./kubeconfig_file.ts";
import { loadKubeconfig, withAbsolutePaths } from "./kubeconfig_load.ts";
import type { Kubeconfig } from "./kubeconfig_schema.ts";
import { inTempDir } from "./temp_dir_test_support.ts";

async function kubectl(args: string[], kubeconfig: string): Promise<string> {
  const own = Deno.env.get("LATTICE_TEST_BIN");
  const path = own ? join(own, "kubectl") : (await locateTools()).bin("kubectl");
  const { success, stdout, stderr } = await new Deno.Command(path, {
    args,
    env: { KUBECONFIG: kubeconfig },
  }).output();
  equal(success, true, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** What two merges must agree on. */
function essence(config: Kubeconfig): Record<string, unknown> {
  return {
    clusters: Object.fromEntries(config.clusters.map(({ name, cluster }) => [
      name,
      [cluster.server, cluster["certificate-authority"]],
    ])),
    users: Object.fromEntries(
      config.users.map(({ name, user }) => [name, [user.token, user.tokenFile]]),
    ),
    contexts: Object.fromEntries(config.contexts.map(({ name, context }) => [
      name,
      [context.cluster, context.user, context.namespace],
    ])),
    current: config["current-context"] ?? "",
  };
}

const name = fc.constantFrom("a", "b", "no", "1e3");
const file = fc.record({
  clusters: fc.uniqueArray(
    fc.record({
      name,
      cluster: fc.record({
        server: fc.constantFrom("https://x", "https://y"),
        "certificate-authority": fc.constantFrom("ca.crt", "deep/ca.crt", "/abs/ca.crt"),
      }),
    }),
    { selector: (entry) => entry.name },
  ),
  users: fc.uniqueArray(
    fc.record({ name, user: fc.record({ token: fc.constantFrom("s", "t") }) }),
    {
      selector: (entry) => entry.name,
    },
  ),
  contexts: fc.uniqueArray(
    fc.record({ name, context: fc.record({ cluster: name, user: name, namespace: name }) }),
    { selector: (entry) => entry.name },
  ),
  "current-context": fc.constantFrom("", "a", "b"),
});

Deno.test("loadKubeconfig merges like kubectl", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.option(file), { minLength: 1, maxLength: 3 }).filter((files) =>
        files.some(Boolean)
      ),
      async (files) => {
        await inTempDir(async (dir) => {
          const paths = files.map((_, index) => join(dir, `f${index}`));
          for (const [index, content] of files.entries()) {
            if (content) await Deno.writeTextFile(paths[index] ?? "", JSON.stringify(content));
          }
          const list = paths.join(delimiter);
          const theirs = JSON.parse(
            await kubectl(["config", "view", "--raw", "--output=json"], list),
          );
          // kubectl prints relative paths as they stand; here all files are in one folder.
          const wanted = withAbsolutePaths({
            ...theirs,
            clusters: theirs.clusters ?? [],
            users: theirs.users ?? [],
            contexts: theirs.contexts ?? [],
          }, dir);
          const ours = await loadKubeconfig(list);
          deepEqual(ours && essence(ours), essence(wanted));
        });
      },
    ),
    { numRuns: 15 },
  );
});

Deno.test("kubectl reads and changes what mergeKubeconfigFile wrote", async () => {
  await inTempDir(async (dir) => {
    const path = join(dir, "config");
    for (const name of ["no", "b"]) {
      const text = buildKubeconfig({
        name,
        server: `https://${name}`,
        caPem: "CA",
        certPem: "CERT",
        keyPem: "KEY",
        namespace: "on",
      });
      await mergeKubeconfigFile(path, text);
    }
    equal(await kubectl(["config", "current-context"], path), "no\n");
    await Promise.all([
      kubectl(["config", "use-context", "b"], path),
      mergeKubeconfigFile(
        path,
        buildKubeconfig({
          name: "c",
          server: "https://c",
          caPem: "CA",
          certPem: "CERT",
          keyPem: "KEY",
        }),
      ),
    ]);
    const config = await loadKubeconfig(path);
    deepEqual(config?.contexts.map((entry) => entry.name).toSorted(), ["b", "c", "no"]);
    equal(config?.["current-context"], "b");
    equal(config?.contexts.find((entry) => entry.name === "no")?.context.namespace, "on");
  });
});
