/**
 * Calls into the module: copies arguments in, results out, and turns its status codes into errors.
 *
 * @module
 */

import { CryptoError } from "./errors.ts";
import type { WasiHost } from "./wasi.ts";

/** Status codes of `shim/shim.h`. */
export const STATUS = {
  ok: 1,
  no: 0,
  invalid: -1,
  forbidden: -2,
  failed: -3,
  mismatch: -4,
  signature: -5,
} as const;

/** Largest argument in bytes: more is refused before it is copied (digests take any length). */
const MAX_ARGUMENT = 256 * 1024 * 1024;

type NativeFunction = (...args: number[]) => number;

/** A buffer inside the module. */
export interface Buffer {
  /** Address. */
  readonly pointer: number;
  /** Length in bytes. */
  readonly length: number;
}

/** The instantiated module. One thread, no re-entrance: every call runs to its end. */
export class Engine {
  readonly #functions: Readonly<Record<string, unknown>>;
  readonly #memory: WebAssembly.Memory;
  readonly #host: WasiHost;
  #dead: CryptoError | undefined;

  /**
   * @param instance The module, not yet initialised.
   * @param host Its host functions.
   */
  constructor(instance: WebAssembly.Instance, host: WasiHost) {
    this.#functions = instance.exports;
    const memory = instance.exports["memory"];
    if (!(memory instanceof WebAssembly.Memory)) {
      throw new CryptoError("prerequisite", "The crypto module exports no memory");
    }
    this.#memory = memory;
    this.#host = host;
    host.attach(memory);
    this.call("_initialize");
  }

  /** Bytes of memory that the module holds. */
  get memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /**
   * Calls an exported function.
   *
   * A trap leaves the module in an unknown state: from then on every call is refused.
   */
  call(name: string, ...args: number[]): number {
    if (this.#dead !== undefined) throw this.#dead;
    const native = this.#functions[name];
    if (typeof native !== "function") {
      throw new CryptoError("prerequisite", `The crypto module has no function ${name}`);
    }
    try {
      return (native as NativeFunction)(...args);
    } catch (cause) {
      const words = this.#host.lastWords();
      this.#dead = new CryptoError(
        "internal",
        `The crypto module stopped in ${name}${words === "" ? "" : `: ${words}`}`,
        { cause, remedy: "Restart the process and report this" },
      );
      throw this.#dead;
    }
  }

  /**
   * Runs `work` with copies of `inputs` (and `scratch` more buffers of the given sizes) inside the module. The copies
   * are overwritten and freed afterwards, whatever happens.
   */
  withBuffers<T>(
    inputs: readonly Uint8Array[],
    scratch: readonly number[],
    work: (...buffers: Buffer[]) => T,
  ): T {
    const buffers: Buffer[] = [];
    try {
      for (const input of inputs) {
        const buffer = this.#allocate(input.length);
        buffers.push(buffer);
        new Uint8Array(this.#memory.buffer).set(input, buffer.pointer);
      }
      for (const size of scratch) buffers.push(this.#allocate(size));
      return work(...buffers);
    } finally {
      if (this.#dead === undefined) {
        for (const buffer of buffers) this.call("lc_free", buffer.pointer);
      }
    }
  }

  #allocate(length: number): Buffer {
    if (length > MAX_ARGUMENT) {
      throw new CryptoError(
        "validation",
        `Argument is too long: ${length} bytes, at most ${MAX_ARGUMENT}`,
      );
    }
    const pointer = this.call("lc_alloc", length) >>> 0;
    if (pointer === 0) throw new CryptoError("internal", "The crypto module is out of memory");
    return { pointer, length };
  }

  /** Overwrites the content of a buffer inside the module. */
  write(buffer: Buffer, data: Uint8Array): void {
    new Uint8Array(this.#memory.buffer).set(data, buffer.pointer);
  }

  /** A copy of a buffer inside the module. */
  read(buffer: Buffer): Uint8Array {
    return new Uint8Array(this.#memory.buffer).slice(
      buffer.pointer,
      buffer.pointer + buffer.length,
    );
  }

  /** Takes the module's output: a copy of it; the original is overwritten. */
  takeOutput(): Uint8Array {
    const pointer = this.call("lc_output_ptr") >>> 0;
    const length = this.call("lc_output_len") >>> 0;
    const copy = this.read({ pointer, length });
    this.call("lc_output_drop");
    return copy;
  }

  /** Takes the module's output as text. */
  takeText(): string {
    return new TextDecoder().decode(this.takeOutput());
  }

  /**
   * Turns a failed status into an error.
   *
   * @param status What the function returned; success and "no" pass.
   * @param what The input or action, as the start of the message: `The certificate`.
   * @param field Argument at fault.
   */
  check(status: number, what: string, field?: string): number {
    if (status >= 0) return status;
    this.call("lc_take_error");
    const library = this.takeText();
    const details = field === undefined ? {} : { field };
    switch (status) {
      case STATUS.invalid:
        throw new CryptoError("validation", `${what} cannot be read${suffix(library)}`, details);
      case STATUS.forbidden:
        throw new CryptoError(
          "forbidden",
          `${what} uses an algorithm or size that is not allowed`,
          {
            ...details,
            remedy:
              "Use P-256 or P-384 (RSA of 2048 to 8192 bits is read) with SHA-256, SHA-384 or SHA-512",
          },
        );
      case STATUS.mismatch:
        throw new CryptoError(
          "validation",
          `${what} does not belong to the key or CA given`,
          details,
        );
      case STATUS.signature:
        throw new CryptoError("validation", `${what} has a signature that does not hold`, details);
      default:
        throw new CryptoError("internal", `${what} failed in aws-lc${suffix(library)}`, details);
    }
  }

  /** Turns a returned handle into an error when it is 0; the module then knows the reason. */
  checkHandle(handle: number, what: string, field?: string): number {
    if (handle === 0) this.check(this.call("lc_reason"), what, field);
    return handle;
  }
}

/** aws-lc's reason in words: `NO_START_LINE` becomes `: no start line`. */
function suffix(reason: string): string {
  return reason === "" ? "" : `: ${reason.toLowerCase().replaceAll("_", " ")}`;
}
