/**
 * Ctrl-C for programs that clean up.
 *
 * @module
 */

import { EXIT } from "./exit_codes.ts";

/** A signal that aborts at Ctrl-C; disposing it removes the listeners. */
export interface Interruption extends Disposable {
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

/** Turns the first Ctrl-C or SIGTERM into an abort and the second one into an immediate end. */
export function interruption(): Interruption {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) Deno.exit(EXIT.interrupted);
    controller.abort(new DOMException("interrupted", "AbortError"));
  };
  const names = ["SIGINT", "SIGTERM"] as const;
  for (const name of names) Deno.addSignalListener(name, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => names.forEach((name) => Deno.removeSignalListener(name, onSignal)),
  };
}
