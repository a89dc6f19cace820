/**
 * `deno task build:npm DIR`: `@lattice/crypto` as an npm package for Node 20 and newer, one file
 * an entry point and nothing beside it. Newer syntax (`using`) is lowered by esbuild.
 *
 * @module
 */
import { join } from "node:path";
import { build, stop } from "esbuild";

const ROOM = join(import.meta.dirname ?? ".", "../../crypto");

/**
 * Writes the package.
 *
 * @param dir its folder; made when it is not there
 */
export async function buildNpm(dir: string): Promise<void> {
  const { version, license } = JSON.parse(await Deno.readTextFile(join(ROOM, "deno.json")));
  await Deno.mkdir(dir, { recursive: true });
  try {
    await build({
      entryPoints: { mod: join(ROOM, "mod.ts"), pki: join(ROOM, "pki/mod.ts") },
      outdir: dir,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      // Both entry points share the module, and with it the keys inside.
      splitting: true,
      format: "esm",
      target: "node20",
      logLevel: "error",
    });
  } finally {
    await stop();
  }
  const manifest = {
    name: "@lattice/crypto",
    version,
    license,
    type: "module",
    exports: { ".": "./mod.mjs", "./pki": "./pki.mjs" },
    engines: { node: ">=20" },
  };
  await Deno.writeTextFile(join(dir, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await Deno.copyFile(join(ROOM, "README.md"), join(dir, "README.md"));
}

if (import.meta.main) {
  const [dir] = Deno.args;
  if (dir === undefined) throw new Error("Name the folder of the package: deno task build:npm DIR");
  await buildNpm(dir);
}
