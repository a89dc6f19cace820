/**
 * The five host functions that the module imports. Only randomness and (for a message before an abort) writing do
 * anything: the module sees no file, no clock and no environment.
 *
 * @module
 */

/** WASI's "function not supported". */
const NOT_SUPPORTED = 52;
/** Most bytes that `getRandomValues` gives at once. */
const RANDOM_CHUNK = 65536;

/** Host functions over a memory that exists once the module is instantiated. */
export interface WasiHost {
  /** Imports for `WebAssembly.instantiate`. */
  readonly imports: WebAssembly.Imports;
  /** Gives the host the module's memory. */
  attach(memory: WebAssembly.Memory): void;
  /** Text that the module wrote to its standard error, which it does only before it aborts. */
  lastWords(): string;
}

/** Makes the host functions. */
export function createWasiHost(): WasiHost {
  let memory: WebAssembly.Memory | undefined;
  let words = "";

  function bytes(pointer: number, length: number): Uint8Array<ArrayBuffer> {
    if (memory === undefined) throw new Error("The module called its host before it was ready");
    return new Uint8Array(memory.buffer as ArrayBuffer, pointer, length);
  }

  function fillRandom(pointer: number, length: number): number {
    for (let at = 0; at < length; at += RANDOM_CHUNK) {
      crypto.getRandomValues(bytes(pointer + at, Math.min(RANDOM_CHUNK, length - at)));
    }
    return 0;
  }

  function write(_fd: number, vectors: number, count: number, writtenAt: number): number {
    const view = new DataView(bytes(0, 0).buffer);
    let written = 0;
    for (let i = 0; i < count; i++) {
      const length = view.getUint32(vectors + 8 * i + 4, true);
      const chunk = bytes(view.getUint32(vectors + 8 * i, true), length);
      words = (words + new TextDecoder().decode(chunk)).slice(-500);
      written += length;
    }
    view.setUint32(writtenAt, written, true);
    return 0;
  }

  return {
    imports: {
      wasi_snapshot_preview1: {
        random_get: fillRandom,
        fd_write: write,
        fd_close: () => NOT_SUPPORTED,
        fd_seek: () => NOT_SUPPORTED,
        clock_time_get: () => NOT_SUPPORTED,
      },
    },
    attach(value: WebAssembly.Memory): void {
      memory = value;
    },
    lastWords: () => words.trim(),
  };
}
