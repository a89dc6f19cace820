/**
 * What other rooms see of a schema.
 *
 * Behind it is zod; the types that are published do not say so, which keeps them readable and zod replaceable.
 *
 * @module
 */
import { z } from "zod";

/** Checks unknown data and turns it into a `T`, with defaults filled in. */
export interface Schema<T> {
  /**
   * Checks data.
   *
   * @param data anything
   * @returns the data as a `T`
   * @throws {Error} with all issues when the data does not fit
   */
  parse(data: unknown): T;
  /**
   * Checks data without throwing.
   *
   * @param data anything
   * @returns the data as a `T`, or the issues
   */
  safeParse(data: unknown): { success: true; data: T } | { success: false; error: Error };
}

/**
 * The zod schema behind a schema.
 *
 * @param schema a schema of this code base
 * @returns the same object
 * @throws {TypeError} when something else poses as one
 */
export function zodOf<T>(schema: Schema<T>): z.ZodType<T> {
  if (!(schema instanceof z.ZodType)) throw new TypeError("Cannot read a schema that is not zod's");
  return schema as unknown as z.ZodType<T>;
}
