/**
 * A folder for one test.
 *
 * @module
 */

/** Runs a test with a folder that is deleted afterwards. */
export async function inTempDir(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
