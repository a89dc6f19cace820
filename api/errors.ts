/**
 * The errors of Lattice.
 *
 * Every error that a person or a program is meant to act upon is a {@linkcode LatticeError}: it carries
 * a code (from which the exit code follows), and where they are known the field, the file and line,
 * and what to do instead. Rooms subclass it; nothing else decides exit codes.
 *
 * @module
 */

/** What went wrong, in one word; the exit code of the CLI follows from it. */
export type ErrorCode =
  | "usage"
  | "validation"
  | "not-found"
  | "timeout"
  | "interrupted"
  | "conflict"
  | "forbidden"
  | "unavailable"
  | "prerequisite"
  | "internal";

/** Where an error comes from and what to do about it. */
export interface ErrorDetails {
  /** Path of the offending field, e.g. `spec.nodes.controlPlane`. */
  field?: string;
  /** File that the error is about. */
  file?: string;
  /** Line in {@linkcode ErrorDetails.file}, counted from 1. */
  line?: number;
  /** What to do or write instead, in the imperative. */
  remedy?: string;
  /** The error that caused this one. */
  cause?: unknown;
}

/** One thing that is wrong with an input. */
export interface Problem {
  /** Path of the field, e.g. `spec.nodes.workerPools.general.replicas`; empty for the whole document. */
  field: string;
  /** What is wrong: current value and rule. */
  reason: string;
  /** What to write instead. */
  remedy?: string;
  /** Line in {@linkcode Problem.file}, counted from 1. */
  line?: number;
  /** File that holds the field. */
  file?: string;
}

const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  usage: 2,
  validation: 3,
  "not-found": 4,
  timeout: 5,
  interrupted: 130,
  conflict: 1,
  forbidden: 1,
  unavailable: 1,
  prerequisite: 1,
  internal: 1,
};

/** An error that says what to do about it. */
export class LatticeError extends Error {
  /** Class name, for logs. */
  override readonly name: string = "LatticeError";
  /** Kind of the error. */
  readonly code: ErrorCode;
  /** Path of the offending field, when there is one. */
  readonly field: string | undefined;
  /** File that the error is about, when there is one. */
  readonly file: string | undefined;
  /** Line in the file, counted from 1. */
  readonly line: number | undefined;
  /** What to do instead, in the imperative. */
  readonly remedy: string | undefined;

  /**
   * Makes an error.
   *
   * @param code kind of the error; decides the exit code
   * @param message what failed and why: sentence case, no full stop
   * @param details field, place, remedy and cause, as far as they are known
   */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.field = details.field;
    this.file = details.file;
    this.line = details.line;
    this.remedy = details.remedy;
  }
}

/** An input that breaks one or more rules; each broken rule is a {@linkcode Problem}. */
export class ValidationError extends LatticeError {
  /** Class name, for logs. */
  override readonly name: string = "ValidationError";
  /** All problems found, in the order of the document; never empty. */
  readonly problems: readonly Problem[];

  /**
   * Makes an error out of problems.
   *
   * @param problems what is wrong, at least one; the first one gives field, place and remedy
   * @param cause the error that caused this one, e.g. of the YAML parser
   */
  constructor(problems: readonly [Problem, ...Problem[]], cause?: unknown) {
    super("validation", problems.map(formatProblem).join("\n"), { ...problems[0], cause });
    this.problems = problems;
  }
}

/** Something that was asked for does not exist. */
export class NotFoundError extends LatticeError {
  /** Class name, for logs. */
  override readonly name: string = "NotFoundError";

  /**
   * Makes the error.
   *
   * @param message what was looked for, and where
   * @param details field, place, remedy and cause
   */
  constructor(message: string, details: ErrorDetails = {}) {
    super("not-found", message, details);
  }
}

/** A wait ended at its deadline. */
export class DeadlineError extends LatticeError {
  /** Class name, for logs. */
  override readonly name: string = "DeadlineError";

  /**
   * Makes the error.
   *
   * @param message what was waited for, for how long, and what was seen last
   * @param details field, place, remedy and cause
   */
  constructor(message: string, details: ErrorDetails = {}) {
    super("timeout", message, details);
  }
}

/** The user, or a signal, stopped the work. */
export class InterruptedError extends LatticeError {
  /** Class name, for logs. */
  override readonly name: string = "InterruptedError";

  /**
   * Makes the error.
   *
   * @param message what was stopped
   * @param details field, place, remedy (how to resume) and cause
   */
  constructor(message: string, details: ErrorDetails = {}) {
    super("interrupted", message, details);
  }
}

/** Something that must be there before the work can start is missing. */
export class PrerequisiteError extends LatticeError {
  /** Class name, for logs. */
  override readonly name: string = "PrerequisiteError";

  /**
   * Makes the error.
   *
   * @param message what is missing
   * @param details field, place, remedy (how to get it) and cause
   */
  constructor(message: string, details: ErrorDetails = {}) {
    super("prerequisite", message, details);
  }
}

/** The command line is wrong. */
export class UsageError extends LatticeError {
  /** Class name, for logs. */
  override readonly name: string = "UsageError";

  /**
   * Makes the error.
   *
   * @param message which argument is wrong, and why
   * @param details field, place, remedy and cause
   */
  constructor(message: string, details: ErrorDetails = {}) {
    super("usage", message, details);
  }
}

/**
 * Writes a problem as one line for people: `FILE:LINE: FIELD: REASON; REMEDY`, leaving out what is not known.
 *
 * @param problem what is wrong
 * @returns one line without a line end
 */
export function formatProblem(problem: Problem): string {
  return formatLine(problem.reason, problem);
}

/**
 * Writes any error as lines for people; one line a problem.
 *
 * @param error whatever was thrown
 * @returns one or more lines, without a line end at the end
 */
export function formatError(error: unknown): string {
  if (error instanceof ValidationError) return error.message;
  if (error instanceof LatticeError) return formatLine(error.message, error);
  return error instanceof Error ? error.message : String(error);
}

/**
 * The exit code of a program that ends with this error.
 *
 * @param error whatever was thrown
 * @returns 2 usage, 3 validation, 4 not found, 5 timed out, 130 interrupted, else 1
 */
export function exitCode(error: unknown): number {
  return error instanceof LatticeError ? EXIT_CODES[error.code] : 1;
}

function formatLine(
  text: string,
  at: {
    field?: string | undefined;
    file?: string | undefined;
    line?: number | undefined;
    remedy?: string | undefined;
  },
): string {
  const place = at.file === undefined
    ? (at.line === undefined ? "" : `line ${at.line}: `)
    : (at.line === undefined ? `${at.file}: ` : `${at.file}:${at.line}: `);
  const field = at.field ? `${at.field}: ` : "";
  return `${place}${field}${text}${at.remedy ? `; ${at.remedy}` : ""}`;
}
