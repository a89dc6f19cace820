/**
 * The one implementation of {@link Crypto}: aws-lc inside the module.
 *
 * @module
 */

import {
  createRequest,
  issueCertificate,
  parseCertificate,
  parseRequest,
  verifyChain,
} from "./certificates.ts";
import { type Engine, STATUS } from "./engine.ts";
import { CryptoError } from "./errors.ts";
import type { Crypto, Curve, Hash, ModuleInfo, PrivateKey, PublicKey } from "./interface.ts";
import { generateKey, handleFromPem, hashId, NativePrivateKey, NativePublicKey } from "./keys.ts";
import type {
  Certificate,
  CertificateRequest,
  CertificateTemplate,
  ChainCheck,
  ChainResult,
  RequestTemplate,
} from "./x509.ts";

const MAX_RANDOM = 1 << 20;
/** Longer data is digested piece by piece, so that the module's memory stays small. */
const PIECE = 1 << 18;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const NOTHING = new Uint8Array(0);

/** Length of a digest in bytes. */
function digestLength(hash: Hash): number {
  return hashId(hash) / 8;
}

/** aws-lc behind the interface. Made by `loadCrypto` only. */
export class AwsLcCrypto implements Crypto {
  readonly #engine: Engine;
  readonly #sha256: string;
  readonly #library: string;

  /**
   * @param engine The instantiated module, self-tested.
   * @param sha256 Hash of the module, checked.
   */
  constructor(engine: Engine, sha256: string) {
    this.#engine = engine;
    this.#sha256 = sha256;
    engine.call("lc_version");
    this.#library = engine.takeText();
  }

  get info(): ModuleInfo {
    return {
      library: this.#library,
      sha256: this.#sha256,
      fipsMode: this.#engine.call("lc_fips_mode") === 1,
      memoryBytes: this.#engine.memoryBytes,
    };
  }

  randomBytes(length: number): Uint8Array {
    if (!Number.isInteger(length) || length < 0 || length > MAX_RANDOM) {
      throw new CryptoError("validation", `Cannot give ${length} random bytes`, {
        field: "length",
        remedy: `Ask for 0 to ${MAX_RANDOM}`,
      });
    }
    return this.#fill(length, [], "The random generator", (out) => {
      return this.#engine.call("lc_random", out, length);
    });
  }

  digest(hash: Hash, data: Uint8Array): Uint8Array {
    const id = hashId(hash);
    if (data.length > PIECE) return this.#digestLong(id, data);
    return this.#fill(id / 8, [data], "The digest", (out, input, length) => {
      return this.#engine.call("lc_digest", id, input!, length!, out);
    });
  }

  #digestLong(id: number, data: Uint8Array): Uint8Array {
    const engine = this.#engine;
    return engine.withBuffers([], [PIECE, id / 8], (piece, out) => {
      const context = engine.call("lc_digest_start", id);
      if (context === 0) throw new CryptoError("internal", "The digest could not be started");
      for (let at = 0; at < data.length; at += PIECE) {
        const part = data.subarray(at, at + PIECE);
        engine.write(piece!, part);
        engine.check(
          engine.call("lc_digest_add", context, piece!.pointer, part.length),
          "The digest",
        );
      }
      engine.check(engine.call("lc_digest_end", context, out!.pointer), "The digest");
      return engine.read(out!);
    });
  }

  sha256(data: Uint8Array): Uint8Array {
    return this.digest("SHA-256", data);
  }

  sha384(data: Uint8Array): Uint8Array {
    return this.digest("SHA-384", data);
  }

  hmac(hash: Hash, key: Uint8Array, data: Uint8Array): Uint8Array {
    const id = hashId(hash);
    return this.#fill(id / 8, [key, data], "The HMAC", (out, ...inputs) => {
      return this.#engine.call("lc_hmac", id, ...inputs, out);
    });
  }

  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
    return this.hmac("SHA-256", key, data);
  }

  hkdf(
    hash: Hash,
    secret: Uint8Array,
    salt: Uint8Array,
    info: Uint8Array,
    length: number,
  ): Uint8Array {
    const most = 255 * digestLength(hash);
    if (!Number.isInteger(length) || length < 1 || length > most) {
      throw new CryptoError("validation", `Cannot derive ${length} bytes`, {
        field: "length",
        remedy: `Ask for 1 to ${most}`,
      });
    }
    return this.#fill(length, [secret, salt, info], "The key derivation", (out, ...inputs) => {
      return this.#engine.call("lc_hkdf", hashId(hash), ...inputs, out, length);
    });
  }

  equal(a: Uint8Array, b: Uint8Array): boolean {
    if (a.length !== b.length) return false;
    return this.#engine.withBuffers([a, b], [], (x, y) => {
      return this.#engine.call("lc_equal", x!.pointer, y!.pointer, a.length) === 1;
    });
  }

  seal(key: Uint8Array, plaintext: Uint8Array, additionalData = NOTHING): Uint8Array {
    checkAesKey(key);
    const nonce = this.randomBytes(NONCE_BYTES);
    const sealed = this.#aes("lc_seal", key, nonce, plaintext, additionalData, TAG_BYTES);
    const whole = new Uint8Array(NONCE_BYTES + sealed.length);
    whole.set(nonce);
    whole.set(sealed, NONCE_BYTES);
    return whole;
  }

  open(key: Uint8Array, sealed: Uint8Array, additionalData = NOTHING): Uint8Array {
    checkAesKey(key);
    if (sealed.length < NONCE_BYTES + TAG_BYTES) {
      throw new CryptoError("validation", "The sealed data is too short", { field: "sealed" });
    }
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const body = sealed.subarray(NONCE_BYTES);
    return this.#aes("lc_open", key, nonce, body, additionalData, -TAG_BYTES);
  }

  #aes(
    name: string,
    key: Uint8Array,
    nonce: Uint8Array,
    data: Uint8Array,
    additionalData: Uint8Array,
    growth: number,
  ): Uint8Array {
    const inputs = [key, nonce, data, additionalData];
    const length = data.length + growth;
    return this.#fill(length, inputs, "The sealed data", (out, k, kn, n, _nn, d, dn, a, an) => {
      return this.#engine.call(name, k!, kn!, n!, d!, dn!, a!, an!, out);
    });
  }

  generateKey(curve: Curve): PrivateKey {
    return generateKey(this.#engine, curve);
  }

  importKey(pem: string): PrivateKey {
    const handle = handleFromPem(this.#engine, "lc_key_import", pem, "The private key");
    return new NativePrivateKey(this.#engine, handle);
  }

  importPublicKey(pem: string): PublicKey {
    return this.#publicKey("lc_key_import_public", pem, "The public key");
  }

  createRequest(key: PrivateKey, template: RequestTemplate): string {
    return createRequest(this.#engine, key, template);
  }

  parseRequest(pem: string): CertificateRequest {
    return parseRequest(this.#engine, pem);
  }

  requestKey(pem: string): PublicKey {
    return this.#publicKey("lc_request_key", pem, "The certificate request");
  }

  issueCertificate(template: CertificateTemplate): string {
    return issueCertificate(this.#engine, template);
  }

  parseCertificate(pem: string): Certificate {
    return parseCertificate(this.#engine, pem, (data) => this.sha256(data));
  }

  certificateKey(pem: string): PublicKey {
    return this.#publicKey("lc_certificate_key", pem, "The certificate's key");
  }

  verifyChain(check: ChainCheck): ChainResult {
    return verifyChain(this.#engine, check);
  }

  #publicKey(name: string, pem: string, what: string): PublicKey {
    return new NativePublicKey(this.#engine, handleFromPem(this.#engine, name, pem, what));
  }

  /** Calls `work` with an output buffer of `length` bytes and (pointer, length) of each input; returns the output. */
  #fill(
    length: number,
    inputs: readonly Uint8Array[],
    what: string,
    work: (out: number, ...inputs: number[]) => number,
  ): Uint8Array {
    return this.#engine.withBuffers(inputs, [length], (...buffers) => {
      const out = buffers.pop()!;
      const status = work(out.pointer, ...buffers.flatMap((b) => [b.pointer, b.length]));
      if (status !== STATUS.ok) this.#engine.check(status, what);
      return this.#engine.read(out);
    });
  }
}

function checkAesKey(key: Uint8Array): void {
  if (key.length === 16 || key.length === 32) return;
  throw new CryptoError("forbidden", `An AES key of ${key.length} bytes is not allowed`, {
    field: "key",
    remedy: "Use 16 or 32 bytes",
  });
}
