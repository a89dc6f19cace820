/**
 * Splits a stream of bytes into JSON values, one a line.
 *
 * @module
 */

/** Reads JSON values from a stream; dispose of the stream itself elsewhere. */
export class JsonLines {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #decoder = new TextDecoder();
  #rest = "";

  /** Locks the stream. */
  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = stream.getReader();
  }

  /**
   * Waits for bytes and returns the values that they complete.
   *
   * @returns The values, perhaps none; undefined at the end of the stream (a value that it cuts off is dropped:
   * whoever resumes will get it again).
   * @throws {SyntaxError} for a line that is no JSON.
   */
  async next(): Promise<unknown[] | undefined> {
    const { done, value } = await this.#reader.read();
    if (done) return undefined;
    const text = this.#decoder.decode(value, { stream: true });
    const end = text.lastIndexOf("\n");
    if (end < 0) {
      this.#rest += text;
      return [];
    }
    const complete = this.#rest + text.slice(0, end);
    this.#rest = text.slice(end + 1);
    return complete.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }
}
