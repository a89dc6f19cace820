/**
 * What a command may know about the terminal it runs in.
 *
 * Every command takes an {@linkcode Io} instead of reaching for `Deno.stdout`, `Deno.env` or the
 * clock, so that the whole CLI also runs inside a test, with nothing but values going in and out.
 *
 * @module
 */

/** The outside world of one CLI run: streams, environment, clock and interruption. */
export interface Io {
  /** Writes data. Nothing but the command's result goes here. */
  readonly stdout: (text: string) => void;
  /** Writes progress, warnings, prompts and errors. */
  readonly stderr: (text: string) => void;
  /** Reads standard input to its end, for `-f -`. */
  readonly readStdin: () => Promise<string>;
  /** Asks one line of whoever sits at the terminal; `undefined` when nobody can answer. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** Reads an environment variable; an empty one counts as unset. */
  readonly env: (name: string) => string | undefined;
  /** Whether {@linkcode Io.stderr} is a terminal that understands cursor movement. */
  readonly isTerminal: boolean;
  /** The present moment. */
  readonly now: () => Date;
  /** Aborts when the user interrupts the run. */
  readonly signal: AbortSignal;
}

/** Reads an environment variable, treating both "empty" and "not permitted" as unset. */
function environment(name: string): string | undefined {
  try {
    return Deno.env.get(name) || undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

/** Writes all of `text`; a reader that went away (`lattice ... | head`) is no error. */
function writeTo(stream: { writeSync(bytes: Uint8Array): number }): (text: string) => void {
  const encoder = new TextEncoder();
  return (text: string): void => {
    let bytes = encoder.encode(text);
    try {
      while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  };
}

/**
 * Asks at the terminal. The question goes to stderr, since stdout carries data only, and the read is
 * asynchronous, since a blocking one would also block Ctrl-C.
 */
function askTerminal(signal: AbortSignal): (question: string) => Promise<string | undefined> {
  return async (question: string): Promise<string | undefined> => {
    if (!Deno.stdin.isTerminal()) return undefined;
    writeTo(Deno.stderr)(question);
    const buffer = new Uint8Array(1024);
    const interrupted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    const count = await Promise.race([Deno.stdin.read(buffer), interrupted]);
    return new TextDecoder().decode(buffer.subarray(0, count ?? 0)).trim();
  };
}

/**
 * The real world.
 *
 * @param signal Aborts when the user interrupts the run.
 */
export function processIo(signal: AbortSignal): Io {
  return {
    stdout: writeTo(Deno.stdout),
    stderr: writeTo(Deno.stderr),
    readStdin: () => new Response(Deno.stdin.readable).text(),
    ask: askTerminal(signal),
    env: environment,
    isTerminal: Deno.stderr.isTerminal() && environment("TERM") !== "dumb" &&
      environment("CI") === undefined,
    now: () => new Date(),
    signal,
  };
}
