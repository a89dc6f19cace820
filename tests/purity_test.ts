/**
 * The pure rooms stay pure: they load and work with no permission, and import nothing that could do I/O.
 *
 * @module
 */
import assert from "node:assert/strict";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

/** What a pure room may import beside itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  api: ["zod", "yaml"],
  providers: ["zod", "@lattice/api"],
  policy: ["@lattice/api"],
  workload: ["zod", "@lattice/api"],
};
/** The impure corner of the providers. */
const IMPURE = ["providers/local/host", "providers/local/controllers"];
const IMPORT =
  /^\s*(?:(?:import|export)\s[^"'`;]*?\sfrom\s*|import\s*)["']([^"']+)["']|import\(\s*["']([^"']+)["']/gm;
/** Hides the environment from the YAML parser, and names it to do so. */
const SHIELD = "api/environment.ts";
/** What is not published and runs in tests only. */
const TEST_ONLY = /_test\.ts$|\/testing\.ts$/;
/** Globals that reach out of the process, and clocks. */
const FORBIDDEN =
  /\b(Deno\.|fetch\(|new WebSocket|Date\.now|new Date\(\)|performance\.|Math\.random|crypto\.|setTimeout|setInterval|process\.)/;

const PROGRAM = `
  import { latticeClusterCrd, localCrds, parseCluster, renderCluster } from "./mod.ts";
  import text from "./examples/local.yaml" with { type: "text" };
  const objects = renderCluster(parseCluster(text));
  console.log(JSON.stringify([objects.length, localCrds().length, latticeClusterCrd().kind]));
`;

const MESH_PROGRAM = `
  import { parseDocuments } from "@lattice/api";
  import { compileAll, graphOf } from "@lattice/policy";
  import { renderWorkload } from "@lattice/workload";
  import text from "./examples/mesh/auth-service.yaml" with { type: "text" };
  const [{ object }] = parseDocuments(text);
  const { objects } = renderWorkload(object, { resolve: () => undefined });
  const policies = compileAll(graphOf([object]), { cluster: "demo" });
  console.log(JSON.stringify([objects.length, policies.length > 0]));
`;

Deno.test("mod.ts parses and renders with no permission at all", async () => {
  const { code, stdout, stderr } = await runBare(PROGRAM);
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), [6, 4, "CustomResourceDefinition"]);
});

Deno.test("a mesh is compiled with no permission at all", async () => {
  const { code, stdout, stderr } = await runBare(MESH_PROGRAM);
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), [4, true]);
});

/** Runs a program of this repository without any permission. */
async function runBare(program: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--ext=ts", "-"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

for (const [room, allowed] of Object.entries(ALLOWED)) {
  Deno.test(`${room}/ imports only itself, ${allowed.join(", ")}`, async () => {
    for await (const { path, text } of sources(room)) {
      for (const specifier of importsOf(text)) {
        const inside = specifier.startsWith(".") &&
          isWithin(room, join(dirname(path), specifier));
        assert.ok(inside || allowed.includes(specifier), `${path} imports ${specifier}`);
      }
    }
  });

  Deno.test(`${room}/ names no clock, no randomness and no I/O`, async () => {
    for await (const { path, text } of sources(room)) {
      if (path === SHIELD) continue;
      const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
      assert.equal(FORBIDDEN.exec(code)?.[0], undefined, path);
    }
  });
}

async function* sources(room: string): AsyncGenerator<{ path: string; text: string }> {
  const pending = [room];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for await (const entry of Deno.readDir(join(ROOT, folder))) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory && !IMPURE.includes(path)) pending.push(path);
      if (!entry.isFile || !path.endsWith(".ts") || TEST_ONLY.test(path)) continue;
      yield { path, text: await Deno.readTextFile(join(ROOT, path)) };
    }
  }
}

function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? "");
}

function isWithin(room: string, path: string): boolean {
  const from = relative(room, normalize(path));
  return !from.startsWith("..") &&
    !IMPURE.some((impure) => normalize(path).startsWith(`${impure}/`));
}
