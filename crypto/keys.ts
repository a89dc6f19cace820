/**
 * Keys as handles into the module's memory.
 *
 * @module
 */

import { type Engine, STATUS } from "./engine.ts";
import { CryptoError } from "./errors.ts";
import type {
  Curve,
  Hash,
  KeyAlgorithm,
  PrivateKey,
  PublicKey,
  SignatureOptions,
} from "./interface.ts";

const HASH_IDS: Readonly<Record<Hash, number>> = { "SHA-256": 256, "SHA-384": 384, "SHA-512": 512 };

/** Number by which the module knows a hash. Refuses anything else by name. */
export function hashId(hash: Hash): number {
  const id = Object.hasOwn(HASH_IDS, hash) ? HASH_IDS[hash] : undefined;
  if (id !== undefined) return id;
  throw new CryptoError("forbidden", `Hash "${hash}" is not allowed`, {
    field: "hash",
    remedy: "Use SHA-256, SHA-384 or SHA-512",
  });
}

/** Frees handles whose owner forgot to dispose of them. */
const forgotten = new FinalizationRegistry<{ engine: Engine; handle: number }>(
  ({ engine, handle }) => {
    try {
      engine.call("lc_key_free", handle);
    } catch {
      // The module has stopped; its memory is of no use to anybody.
    }
  },
);

/** What private and public keys share: the handle and its end. */
class KeyHandle implements Disposable {
  readonly algorithm: KeyAlgorithm;
  readonly bits: number;
  protected readonly engine: Engine;
  #handle: number;

  constructor(engine: Engine, handle: number) {
    this.engine = engine;
    this.#handle = handle;
    this.bits = engine.call("lc_key_bits", handle);
    const curve = this.bits === 256 ? "P-256" : "P-384";
    this.algorithm = engine.call("lc_key_is_ec", handle) === 1 ? curve : "RSA";
    forgotten.register(this, { engine, handle }, this);
  }

  /** The address of the key inside the module. */
  handleIn(engine: Engine): number {
    if (engine !== this.engine) {
      throw new CryptoError("usage", "The key belongs to another instance of the crypto module");
    }
    if (this.#handle === 0) {
      throw new CryptoError("usage", "The key was used after it was disposed of");
    }
    return this.#handle;
  }

  protected get handle(): number {
    return this.handleIn(this.engine);
  }

  [Symbol.dispose](): void {
    if (this.#handle === 0) return;
    forgotten.unregister(this);
    this.engine.call("lc_key_free", this.#handle);
    this.engine.call("lc_wipe_stack");
    this.#handle = 0;
  }
}

/** Checks signature options against a key; returns the module's numbers for them. */
function signatureNumbers(
  algorithm: KeyAlgorithm,
  options: SignatureOptions,
): { hash: number; raw: number } {
  const { hash, format = "der" } = options;
  if (format !== "der" && format !== "raw") {
    throw new CryptoError("validation", `Signature format "${format}" is unknown`, {
      field: "format",
      remedy: "Use der or raw",
    });
  }
  if (format === "raw" && algorithm === "RSA") {
    throw new CryptoError("validation", "RSA signatures have no raw format", { field: "format" });
  }
  return { hash: hash === undefined ? 0 : hashId(hash), raw: format === "raw" ? 1 : 0 };
}

/** A public key inside the module. */
export class NativePublicKey extends KeyHandle implements PublicKey {
  verify(message: Uint8Array, signature: Uint8Array, options: SignatureOptions = {}): boolean {
    const { hash, raw } = signatureNumbers(this.algorithm, options);
    return this.engine.withBuffers([message, signature], [], (m, s) => {
      const status = this.engine.call(
        "lc_key_verify",
        this.handle,
        hash,
        raw,
        m!.pointer,
        m!.length,
        s!.pointer,
        s!.length,
      );
      return this.engine.check(status, "The verification") === STATUS.ok;
    });
  }

  exportPem(): string {
    this.#export(1);
    return this.engine.takeText();
  }

  exportDer(): Uint8Array {
    this.#export(0);
    return this.engine.takeOutput();
  }

  #export(pem: number): void {
    this.engine.check(this.engine.call("lc_key_export_public", this.handle, pem), "The export");
  }
}

/** A private key inside the module. */
export class NativePrivateKey extends KeyHandle implements PrivateKey {
  sign(message: Uint8Array, options: SignatureOptions = {}): Uint8Array {
    const { hash, raw } = signatureNumbers(this.algorithm, options);
    return this.engine.withBuffers([message], [], (m) => {
      const status = this.engine.call(
        "lc_key_sign",
        this.handle,
        hash,
        raw,
        m!.pointer,
        m!.length,
      );
      this.engine.call("lc_wipe_stack");
      this.engine.check(status, "The signature");
      return this.engine.takeOutput();
    });
  }

  agree(peer: PublicKey): Uint8Array {
    const other = nativeHandle(peer, this.engine);
    const status = this.engine.call("lc_key_agree", this.handle, other);
    this.engine.call("lc_wipe_stack");
    this.engine.check(status, "The peer's key", "peer");
    return this.engine.takeOutput();
  }

  publicKey(): PublicKey {
    const half = this.engine.call("lc_key_public", this.handle);
    return new NativePublicKey(this.engine, this.engine.checkHandle(half, "The public key"));
  }

  exportPem(): string {
    const status = this.engine.call("lc_key_export", this.handle);
    this.engine.call("lc_wipe_stack");
    this.engine.check(status, "The export");
    const bytes = this.engine.takeOutput();
    const pem = new TextDecoder().decode(bytes);
    bytes.fill(0);
    return pem;
  }
}

/** The handle of a key that must come from this package. */
export function nativeHandle(key: PrivateKey | PublicKey, engine: Engine): number {
  if (key instanceof KeyHandle) return key.handleIn(engine);
  throw new CryptoError("usage", "The key does not come from this package");
}

/** Generates a key pair. */
export function generateKey(engine: Engine, curve: Curve): PrivateKey {
  if (curve !== "P-256" && curve !== "P-384") {
    throw new CryptoError("forbidden", `Keys on curve "${curve}" are not generated`, {
      field: "curve",
      remedy: "Use P-256 or P-384",
    });
  }
  const handle = engine.call("lc_key_generate", curve === "P-256" ? 256 : 384);
  engine.call("lc_wipe_stack");
  return new NativePrivateKey(engine, engine.checkHandle(handle, "The key generation"));
}

/** Calls a function that turns PEM into a handle. The copy of the PEM is overwritten. */
export function handleFromPem(engine: Engine, name: string, pem: string, what: string): number {
  const bytes = new TextEncoder().encode(pem);
  try {
    return engine.withBuffers([bytes], [], (b) => {
      const handle = engine.call(name, b!.pointer, b!.length);
      engine.call("lc_wipe_stack");
      return engine.checkHandle(handle, what, "pem");
    });
  } finally {
    bytes.fill(0);
  }
}
