/**
 * One set-up at a time: an advisory lock of the operating system, which a killed process cannot
 * leave behind.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";

/** A held lock. */
export interface Lock extends AsyncDisposable {
  /** Path of the lock file; the file stays, the lock goes. */
  readonly path: string;
}

/** How to wait for a lock. */
export interface LockOptions {
  /** Called once when another process holds it; `owner` is what that process wrote. */
  readonly onWait?: (owner: string) => void;
  /** Gives up waiting. */
  readonly signal?: AbortSignal;
  /** Longest wait in milliseconds. Default one hour, the longest a cold build was thought to take. */
  readonly timeoutMs?: number;
}

const POLL_MS = 150;
const DEFAULT_TIMEOUT_MS = 3_600_000;

/**
 * Takes the lock, waiting for whoever holds it.
 *
 * @param path the lock file; its folder must exist
 * @param options waiting
 * @returns the lock; dispose of it to let the next one in
 * @throws {DOMException} `TimeoutError` after `timeoutMs`, or the signal's reason
 */
export async function takeLock(path: string, options: LockOptions = {}): Promise<Lock> {
  const deadline = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const signal = options.signal ? AbortSignal.any([deadline, options.signal]) : deadline;
  const file = await Deno.open(path, { read: true, write: true, create: true });
  try {
    let told = false;
    while (!await file.tryLock(true)) {
      if (!told) options.onWait?.((await Deno.readTextFile(path)).trim());
      told = true;
      signal.throwIfAborted();
      await delay(POLL_MS);
    }
    await file.truncate();
    await file.write(new TextEncoder().encode(`process ${Deno.pid}\n`));
  } catch (error) {
    file.close();
    throw error;
  }
  return {
    path,
    // Closing the file gives the lock back.
    [Symbol.asyncDispose]: () => Promise.resolve(file.close()),
  };
}
