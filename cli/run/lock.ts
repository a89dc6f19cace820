/**
 * File locks that end with the process that holds them, even when it is killed.
 *
 * @module
 */

import { join } from "node:path";

/** A held lock; disposing it releases it and deletes its file. */
export interface HeldLock extends Disposable {
  /** Path of the lock file. */
  readonly path: string;
}

/**
 * Takes a lock without waiting.
 *
 * @param home The state directory.
 * @param name Name of the lock; becomes part of a file name.
 * @returns The lock, or `undefined` when another process holds it.
 */
export async function tryLock(home: string, name: string): Promise<HeldLock | undefined> {
  const path = join(home, "runs", `${name}.lock`);
  for (;;) {
    const file = await Deno.open(path, { create: true, write: true, mode: 0o600 });
    if (!await file.tryLock(true)) {
      file.close();
      return undefined;
    }
    if (await isSameFile(path, file)) return held(path, file);
    // The former holder deleted the file between our open and our lock: this lock guards nothing.
    file.close();
  }
}

async function isSameFile(path: string, file: Deno.FsFile): Promise<boolean> {
  const [named, opened] = await Promise.all([
    Deno.stat(path).catch(() => undefined),
    file.stat(),
  ]);
  return named !== undefined && named.ino === opened.ino && named.dev === opened.dev;
}

function held(path: string, file: Deno.FsFile): HeldLock {
  return {
    path,
    [Symbol.dispose](): void {
      // Deleted while still held, so that nobody can lock the file and see it vanish afterwards.
      try {
        Deno.removeSync(path);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      } finally {
        file.close();
      }
    },
  };
}
