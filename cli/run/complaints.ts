/**
 * The last error in the log of a Cluster API manager.
 *
 * @module
 */

/** Bytes at the end of a log that are looked at. */
const TAIL_BYTES = 128 * 1024;

/** `E` and a date begin an error in klog's format; a value of several lines stands between `<` and `>`. */
const ERROR_LINE = /^E\d{4} .*?(?:\berr=<\n([\s\S]*?)\n >.*)?$/gm;
/** Functions and places of a Go stack, one a line. */
const STACK_LINE = /^\s*(\S+\/\S+|runtime\.\S+)$/gm;
const ERR_FIELD = /\berr="((?:[^"\\]|\\.)*)"/;
const MESSAGE = /\] "((?:[^"\\]|\\.)*)"/;

/** Errors that come with every start and pass: webhooks, conflicts, and what has not been made yet. */
const PASSING =
  /failed calling webhook|the object has been modified|Operation cannot be fulfilled|no matches for kind|failed to get API group resources|not found$|leader election/i;

/**
 * Reads the last error of a log.
 *
 * @param path The log.
 * @returns Its words; `undefined` when there is no log, or no error that matters in it.
 */
export async function lastComplaint(path: string): Promise<string | undefined> {
  try {
    using file = await Deno.open(path);
    const { size } = await file.stat();
    await file.seek(Math.max(0, size - TAIL_BYTES), Deno.SeekMode.Start);
    return complaintIn(await new Response(file.readable).text());
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Finds the last error in a text in klog's format.
 *
 * @param text Lines of a log.
 * @returns The error's own words; `undefined` when there is none that matters.
 */
export function complaintIn(text: string): string | undefined {
  for (const [line, lines] of [...text.matchAll(ERROR_LINE)].reverse()) {
    const quoted = lines?.replace(STACK_LINE, "") ?? ERR_FIELD.exec(line)?.[1] ??
      MESSAGE.exec(line)?.[1];
    const words = quoted === undefined ? undefined : unquoted(quoted);
    if (words !== undefined && !PASSING.test(words)) return words;
  }
  return undefined;
}

/** Go quotes texts nearly as JSON does. */
function unquoted(text: string): string {
  const plain = text.replace(
    /\\(["\\nt])/g,
    (_, letter: string) => letter === "n" || letter === "t" ? " " : letter,
  );
  return plain.replace(/\s+/g, " ").trim();
}
