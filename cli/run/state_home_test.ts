import assert from "node:assert/strict";
import { join } from "node:path";
import { ValidationError } from "@lattice/api/errors";
import { checkHome, CLUSTER_BYTES } from "./state_home.ts";

const PLENTY = () => Promise.resolve(10 * 1024 ** 3);

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "lattice-home-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("checkHome() makes the directory, private, and leaves no probe in it", () =>
  withFolder(async (folder) => {
    const home = join(folder, "a", "home");
    await checkHome(home, CLUSTER_BYTES, PLENTY);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(join(home, "runs"))), []);
    const { mode } = await Deno.stat(join(home, "runs"));
    assert.equal((mode ?? 0) & 0o077, 0);
  }));

Deno.test("checkHome() refuses a path that cannot be a directory", () =>
  withFolder(async (folder) => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    await assert.rejects(
      checkHome(join(file, "home"), CLUSTER_BYTES, PLENTY),
      (error: unknown) => error instanceof ValidationError && error.field === "LATTICE_HOME",
    );
  }));

Deno.test("checkHome() refuses a directory that cannot be written", async () => {
  await assert.rejects(checkHome("/proc/lattice", CLUSTER_BYTES, PLENTY), ValidationError);
});

Deno.test("checkHome() refuses a disk that is nearly full, and says how much is missing", () =>
  withFolder(async (folder) => {
    await assert.rejects(
      checkHome(join(folder, "home"), CLUSTER_BYTES, () => Promise.resolve(100 * 1024 ** 2)),
      /has 100 MiB free, 256 are needed/,
    );
  }));
