/**
 * The binary form in which structures cross into the module and back; `shim/names.c` is its other side.
 *
 * @module
 */

import { CryptoError } from "./errors.ts";

/** Builds a message for the module. Numbers are big-endian. */
export class WireWriter {
  #parts: Uint8Array[] = [];

  /** Appends a number of `bytes` bytes. */
  number(value: number | bigint, bytes: 1 | 2 | 3 | 4 | 8): this {
    const part = new Uint8Array(8);
    new DataView(part.buffer).setBigInt64(0, BigInt(value));
    this.#parts.push(part.subarray(8 - bytes));
    return this;
  }

  /** Appends bytes after their length. */
  prefixed(data: Uint8Array, bytes: 2 | 3): this {
    if (data.length >= 2 ** (8 * bytes)) {
      throw new CryptoError("validation", `Value is too long: ${data.length} bytes`);
    }
    this.number(data.length, bytes);
    this.#parts.push(data);
    return this;
  }

  /** Appends UTF-8 text after its length. */
  text(value: string, bytes: 2 | 3): this {
    return this.prefixed(new TextEncoder().encode(value), bytes);
  }

  /** The message. */
  finish(): Uint8Array {
    const whole = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

/** Reads a message of the module. */
export class WireReader {
  #at = 0;
  readonly #data: Uint8Array;
  readonly #view: DataView;

  /** @param data The message. */
  constructor(data: Uint8Array) {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  /** Whether everything was read. */
  get done(): boolean {
    return this.#at >= this.#data.length;
  }

  /** Next number of 1 or 2 bytes. */
  number(bytes: 1 | 2): number {
    const at = this.#take(bytes);
    return bytes === 1 ? this.#view.getUint8(at) : this.#view.getUint16(at);
  }

  /** Next point in time: signed 64-bit seconds. */
  time(): Date {
    return new Date(Number(this.#view.getBigInt64(this.#take(8))) * 1000);
  }

  /** Next bytes, after their 24-bit length. */
  bytes(): Uint8Array {
    const at = this.#take(3);
    const length = (this.#view.getUint8(at) << 16) | this.#view.getUint16(at + 1);
    const from = this.#take(length);
    return this.#data.slice(from, from + length);
  }

  /** Next text. */
  text(): string {
    return new TextDecoder().decode(this.bytes());
  }

  #take(length: number): number {
    const at = this.#at;
    this.#at += length;
    if (this.#at > this.#data.length) {
      throw new CryptoError("internal", "The crypto module sent a message that is too short");
    }
    return at;
  }
}
