import assert from "node:assert/strict";
import { CHARTS } from "./chart_recipe.ts";
import { locateSet } from "./locate.ts";

/** Values that make a chart render its CRDs, too. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  "cert-manager": ["--set", "crds.enabled=true"],
  "external-secrets": ["--set", "installCRDs=true"],
};

for (const { file: name } of CHARTS.files.filter(({ make }) => make === "chart")) {
  Deno.test(`helm renders chart "${name}" of set charts`, async () => {
    const [charts, helm] = [await locateSet("charts"), await locateSet("helm")];
    const folder = await Deno.makeTempDir({ prefix: "lattice-helm-" });
    try {
      const args = ["template", "release", charts.file(name), ...VALUES[name] ?? []];
      const output = await new Deno.Command(helm.bin("helm"), {
        args,
        // Helm writes its caches below the home folder.
        env: { HOME: folder },
        stdin: "null",
        signal: AbortSignal.timeout(120_000),
      }).output();
      const decoder = new TextDecoder();
      assert.ok(output.success, decoder.decode(output.stderr));
      const kinds: readonly string[] = decoder.decode(output.stdout).match(/^kind: \S+/gm) ?? [];
      assert.ok(kinds.length > 0, "nothing rendered");
      if (VALUES[name]) assert.ok(kinds.includes("kind: CustomResourceDefinition"));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
