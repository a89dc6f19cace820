/**
 * Structured logs: one JSON object a line, on standard error.
 *
 * @module
 */
import { configure, type LogLevel, type LogRecord } from "@logtape/logtape";
import { LatticeError } from "@lattice/api/errors";

/** Level of the log when none is asked for. */
const DEFAULT_LEVEL: LogLevel = "info";
const LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warning", "error", "fatal"];

/**
 * Sends the log of every room to standard error.
 *
 * @param level Lowest level to write; unknown words mean the default, `info`.
 * @param fields Values that every line carries.
 */
export async function configureLog(
  level: string | undefined,
  fields: Readonly<Record<string, string>>,
): Promise<void> {
  const lowestLevel = LEVELS.find((one) => one === level) ?? DEFAULT_LEVEL;
  const encoder = new TextEncoder();
  await configure({
    reset: true,
    sinks: {
      stderr: (record) => {
        Deno.stderr.writeSync(encoder.encode(formatRecord(record, fields)));
      },
    },
    loggers: [
      { category: ["lattice"], sinks: ["stderr"], lowestLevel },
      { category: ["logtape", "meta"], sinks: ["stderr"], lowestLevel: "warning" },
    ],
  });
}

/**
 * One line of the log.
 *
 * @param record What was logged.
 * @param fields Values that every line carries.
 * @returns JSON and a line end.
 */
export function formatRecord(
  record: Pick<LogRecord, "timestamp" | "level" | "category" | "message" | "properties">,
  fields: Readonly<Record<string, string>>,
): string {
  const line = {
    time: new Date(record.timestamp).toISOString(),
    level: record.level,
    logger: record.category.join("."),
    message: record.message.map((part) => typeof part === "string" ? part : describe(part)).join(
      "",
    ),
    ...fields,
    ...Object.fromEntries(
      Object.entries(record.properties).map(([key, value]) => [key, plain(value)]),
    ),
  };
  return `${JSON.stringify(line)}\n`;
}

function plain(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const code = value instanceof LatticeError ? { code: value.code } : {};
  return { name: value.name, ...code, message: value.message };
}

function describe(value: unknown): string {
  return value instanceof Error ? value.message : String(value);
}
