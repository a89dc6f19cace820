/**
 * Errors as one line each, in the shape that editors and people can follow to the place.
 *
 * @module
 */

import { formatProblem, LatticeError, ValidationError } from "@lattice/api/errors";

/**
 * Renders an error for people: `FILE:LINE: FIELD: REASON; REMEDY`, or `error: ...` without a file.
 *
 * @param error Whatever was thrown.
 * @param debug Whether to append the stack.
 * @returns One line an error; one line a problem for a `ValidationError`; the stack after that.
 */
export function describeError(error: unknown, debug = false): string[] {
  const stack = debug && error instanceof Error && error.stack ? [error.stack] : [];
  return [...lines(error), ...stack];
}

function lines(error: unknown): string[] {
  if (error instanceof ValidationError) {
    return error.problems.map((problem) => line(formatProblem(problem), problem.file));
  }
  if (error instanceof LatticeError) {
    const text = formatProblem({
      reason: error.message,
      field: error.field ?? "",
      ...(error.file !== undefined && { file: error.file }),
      ...(error.line !== undefined && { line: error.line }),
      ...(error.remedy !== undefined && { remedy: error.remedy }),
    });
    return [line(text, error.file)];
  }
  if (error instanceof DOMException && error.name === "AbortError") return ["error: interrupted"];
  const text = error instanceof Error ? error.message || error.name : String(error);
  return [line(`${text}; rerun with LATTICE_DEBUG=1 to see where it comes from`, undefined)];
}

function line(text: string, file: string | undefined): string {
  const single = text.trim().replace(/\s*\n\s*/g, " ");
  return file === undefined ? `error: ${single}` : single;
}
