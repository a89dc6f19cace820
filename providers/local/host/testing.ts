/**
 * What the tests of this room share.
 *
 * @module
 */

import { pause, steadyNow } from "./files.ts";

/** A state directory that is deleted at the end of the test. */
export async function temporaryHome(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "lattice-host-" });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Does something while a variable has another value. */
export async function withVariable(
  name: string,
  value: string,
  work: () => Promise<void>,
): Promise<void> {
  const before = Deno.env.get(name);
  Deno.env.set(name, value);
  try {
    await work();
  } finally {
    if (before === undefined) Deno.env.delete(name);
    else Deno.env.set(name, before);
  }
}

/**
 * Waits until something holds.
 *
 * @param what for the message of the failure
 * @param holds looked at every 25 ms; an error counts as "not yet"
 * @param timeoutMs deadline
 */
export async function eventually(
  what: string,
  holds: () => Promise<boolean> | boolean,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = steadyNow() + timeoutMs;
  let last: unknown;
  while (steadyNow() < deadline) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = error;
    }
    await pause(25);
  }
  throw new Error(`Not within ${timeoutMs} ms: ${what}`, { cause: last });
}
