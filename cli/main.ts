/**
 * The entry point of the `lattice` command.
 *
 * Its static import graph is kept tiny on purpose: `lattice --help` has to answer within 80 ms, so
 * everything that talks to a cluster is imported by the one command that needs it.
 *
 * @module
 */

import { processIo } from "./io.ts";
import { run } from "./run_cli.ts";

/**
 * Turns the first Ctrl-C or SIGTERM into an abort and the second one into an immediate end.
 *
 * @returns The signal that aborts, and a function that removes the listeners.
 */
function interruption(): { signal: AbortSignal; [Symbol.dispose](): void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) Deno.exit(130);
    controller.abort(new DOMException("Interrupted", "AbortError"));
  };
  const names = ["SIGINT", "SIGTERM"] as const;
  for (const name of names) Deno.addSignalListener(name, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => names.forEach((name) => Deno.removeSignalListener(name, onSignal)),
  };
}

if (import.meta.main) {
  const interrupted = interruption();
  const code = await run(Deno.args, processIo(interrupted.signal));
  Deno.exit(code);
}
