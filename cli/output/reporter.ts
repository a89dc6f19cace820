/**
 * Shows the steps of a long command as they run: live with a spinner on a terminal, as plain lines
 * everywhere else.
 *
 * The three `render` functions are pure; {@linkcode stepReporter} is the only part with a timer.
 *
 * @module
 */

import { styleText } from "node:util";
import type { Io } from "../io.ts";
import { elapsed } from "./age.ts";

/** How one step ended. */
export type Outcome = "done" | "skipped" | "failed" | "interrupted";

/** A step that is being shown. */
export interface Step {
  /** Says what the step is waiting for now. */
  note(text: string): void;
  /**
   * Ends the step.
   *
   * @param outcome How it ended.
   * @param detail Why, in a few words.
   */
  end(outcome: Outcome, detail?: string): void;
}

/** Shows steps, one at a time. */
export interface Reporter extends Disposable {
  /**
   * Begins a step; the one before has ended.
   *
   * @param position Its place, from 1.
   * @param total How many there are.
   * @param title What it does, in the imperative.
   */
  step(position: number, total: number, title: string): Step;
  /** Prints one line between steps. */
  line(text: string): void;
}

/** What {@linkcode renderStep} needs to know about a step. */
export interface StepView {
  readonly position: number;
  readonly total: number;
  readonly title: string;
  readonly milliseconds: number;
  readonly note?: string | undefined;
  readonly outcome?: Outcome | undefined;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
const HEARTBEAT_MS = 30_000;
/** A log keeps the first of notes that follow each other faster than anybody reads. */
const NOTE_EVERY_MS = 500;
const MARKS: Record<Outcome, string> = { done: "✓", skipped: "-", failed: "✗", interrupted: "!" };
const COLOURS = { done: "green", skipped: "gray", failed: "red", interrupted: "yellow" } as const;

/**
 * Renders the live line of a step.
 *
 * @param view The step.
 * @param frame Counts up with each redraw; picks the spinner's picture.
 * @param width Columns of the terminal; the line is cut to fit.
 * @param colour Whether to colour the mark.
 */
export function renderStep(view: StepView, frame: number, width: number, colour: boolean): string {
  const mark = view.outcome ? MARKS[view.outcome] : FRAMES[frame % FRAMES.length] ?? "";
  const text = ` [${view.position}/${view.total}] ${view.title}  ${elapsed(view.milliseconds)}` +
    (view.note ? `  ${view.note}` : "");
  // One column stays free: a full line would wrap and the next redraw would miss it.
  const cut = text.length > width - 2 ? text.slice(0, Math.max(0, width - 3)) + "…" : text;
  const shown = colour && view.outcome
    ? styleText(COLOURS[view.outcome], mark, { validateStream: false })
    : mark;
  return shown + cut;
}

/**
 * Renders the plain line that ends a step.
 *
 * @param view The step, with its outcome.
 */
export function renderPlainEnd(view: StepView): string {
  const detail = view.note ? `: ${view.note}` : "";
  return `[${view.position}/${view.total}] ${view.title}: ${view.outcome} in ` +
    `${elapsed(view.milliseconds)}${detail}`;
}

/** One line each time something changes; for logs and pipes. */
function plainReporter(io: Io): Reporter {
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  const write = (text: string): void => io.stderr(text + "\n");
  return {
    line: write,
    step(position, total, title): Step {
      const start = performance.now();
      let last: string | undefined;
      let noted = -Infinity;
      write(`[${position}/${total}] ${title}`);
      heartbeat = setInterval(() => {
        const waiting = last ? `: ${last}` : "";
        write(
          `[${position}/${total}] still running after ${
            elapsed(performance.now() - start)
          }${waiting}`,
        );
      }, HEARTBEAT_MS);
      return {
        note(text): void {
          const now = performance.now();
          if (text === last || now - noted < NOTE_EVERY_MS) return;
          [last, noted] = [text, now];
          write(`      ${text}`);
        },
        end(outcome, detail): void {
          clearInterval(heartbeat);
          const milliseconds = performance.now() - start;
          write(renderPlainEnd({ position, total, title, milliseconds, note: detail, outcome }));
        },
      };
    },
    [Symbol.dispose]: () => clearInterval(heartbeat),
  };
}

/** One line a step, redrawn in place. */
function liveReporter(io: Io, colour: boolean): Reporter {
  let timer: ReturnType<typeof setInterval> | undefined;
  const width = (): number => {
    try {
      return Deno.consoleSize().columns;
    } catch {
      return 80; // The terminal went away, or is not one of the standard streams.
    }
  };
  const redraw = (line: string): void => io.stderr(`\r\x1b[2K${line}`);
  return {
    line: (text): void => redraw(text + "\n"),
    step(position, total, title): Step {
      const start = performance.now();
      let frame = 0;
      let note: string | undefined;
      const view = (outcome?: Outcome): StepView => ({
        position,
        total,
        title,
        milliseconds: performance.now() - start,
        note,
        outcome,
      });
      const draw = (): void => redraw(renderStep(view(), frame++, width(), colour));
      draw();
      timer = setInterval(draw, FRAME_MS);
      return {
        note(text): void {
          note = text;
        },
        end(outcome, detail): void {
          clearInterval(timer);
          note = detail;
          redraw(renderStep(view(outcome), frame, width(), colour) + "\n");
        },
      };
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/**
 * Chooses how to show steps: live when stderr is a terminal, plain lines otherwise. Colour is used
 * on a terminal unless `NO_COLOR` is set.
 *
 * @param io Where to write.
 */
export function stepReporter(io: Io): Reporter {
  if (!io.isTerminal) return plainReporter(io);
  return liveReporter(io, io.env("NO_COLOR") === undefined);
}
