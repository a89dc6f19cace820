/**
 * Shows how far the set-up is: one redrawn line on a terminal, plain lines elsewhere.
 *
 * @module
 */

/** What the set-up reports. */
export interface Progress {
  /** A remark that stays on the screen. */
  note(text: string): void;
  /** Step `index` of `total` begins. */
  begin(index: number, total: number, what: string): void;
  /** The current step ended; `how` says more, e.g. `built in 1m05s`. */
  end(how: string): void;
  /** Stops the clock. Call it in a `finally`. */
  close(): void;
}

/** Where the lines go and how time passes; tests replace it. */
export interface ProgressOptions {
  /** Writes text as it is. */
  readonly write: (text: string) => void;
  /** Whether a line can be redrawn. */
  readonly terminal: boolean;
  /** Milliseconds since some fixed moment. Default `performance.now`. */
  readonly now?: () => number;
}

/** Without a terminal a long step says every so often that it is still running. */
const PLAIN_HEARTBEAT_MS = 30_000;
const REDRAW_MS = 1_000;
const CLEAR_LINE = "\r\x1b[2K";

/**
 * Writes a duration the way people say it.
 *
 * @param ms milliseconds
 * @returns e.g. `4s` or `2m05s`
 */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}

/**
 * Renders the line of the running step.
 *
 * @param step what runs, as which of how many
 * @param stepMs how long this step runs
 * @param totalMs how long the set-up runs
 * @returns one line without its newline
 */
export function stepLine(
  step: { index: number; total: number; what: string },
  stepMs: number,
  totalMs: number,
): string {
  return `[${step.index}/${step.total}] ${step.what} ${elapsed(stepMs)} (${
    elapsed(totalMs)
  } in all)`;
}

/**
 * Makes a progress display.
 *
 * @param options where to write
 * @returns the display; it owns a timer while a step runs
 */
export function progressDisplay(options: ProgressOptions): Progress {
  const { write, terminal } = options;
  const now = options.now ?? (() => performance.now());
  const startedAt = now();
  let step: { index: number; total: number; what: string; since: number } | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;

  const line = (): string => step ? stepLine(step, now() - step.since, now() - startedAt) : "";
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  const tick = (): void => write(terminal ? CLEAR_LINE + line() : `${line()}, still running\n`);
  return {
    note(text) {
      write(`${terminal && step ? CLEAR_LINE : ""}${text}\n`);
    },
    begin(index, total, what) {
      stop();
      step = { index, total, what, since: now() };
      write(terminal ? CLEAR_LINE + line() : `[${index}/${total}] ${what}\n`);
      timer = setInterval(tick, terminal ? REDRAW_MS : PLAIN_HEARTBEAT_MS);
    },
    end(how) {
      stop();
      if (!step) return;
      const done = `[${step.index}/${step.total}] ${step.what}: ${how}\n`;
      write(terminal ? CLEAR_LINE + done : done);
      step = undefined;
    },
    close() {
      stop();
      if (terminal && step) write("\n");
      step = undefined;
    },
  };
}

/**
 * The display on standard error, which leaves standard output to data.
 *
 * @returns a display that redraws when standard error is a terminal
 */
export function standardErrorProgress(): Progress {
  const encoder = new TextEncoder();
  return progressDisplay({
    terminal: Deno.stderr.isTerminal(),
    write: (text) => {
      Deno.stderr.writeSync(encoder.encode(text));
    },
  });
}
