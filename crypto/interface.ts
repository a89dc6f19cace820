/**
 * The interface to cryptography: small enough to read in a minute, and the only one Lattice has.
 *
 * Everything is synchronous once {@link Crypto} is loaded. Keys are handles into the module's memory: their
 * bytes leave it only through `exportPem`, and are overwritten when the handle is disposed of.
 *
 * @module
 */

import type {
  Certificate,
  CertificateRequest,
  CertificateTemplate,
  ChainCheck,
  ChainResult,
  RequestTemplate,
} from "./x509.ts";

/** Named curves that keys can be generated on. */
export type Curve = "P-256" | "P-384";

/** Hash functions that are reachable. */
export type Hash = "SHA-256" | "SHA-384" | "SHA-512";

/** Kind of a key. RSA keys are read (2048 to 8192 bits), never generated. */
export type KeyAlgorithm = Curve | "RSA";

/** How an ECDSA signature is written: ASN.1 DER (X.509, TLS) or `r || s` (JOSE, WebCrypto). */
export type SignatureFormat = "der" | "raw";

/** Options of signing and verifying. */
export interface SignatureOptions {
  /** Hash of the message. Default: SHA-256 for P-256 and RSA, SHA-384 for P-384. */
  hash?: Hash;
  /** Encoding of an ECDSA signature. Default `der`. Must stay `der` for RSA (PKCS#1 v1.5). */
  format?: SignatureFormat;
}

/** A public key held in the module's memory. */
export interface PublicKey extends Disposable {
  /** Curve, or RSA. */
  readonly algorithm: KeyAlgorithm;
  /** Size in bits: 256, 384, or the RSA modulus. */
  readonly bits: number;
  /**
   * Whether `signature` over `message` was made by the private half.
   *
   * @returns `false` for a wrong or malformed signature; it never throws for those.
   */
  verify(message: Uint8Array, signature: Uint8Array, options?: SignatureOptions): boolean;
  /** SubjectPublicKeyInfo as PEM (`PUBLIC KEY`). */
  exportPem(): string;
  /** SubjectPublicKeyInfo as DER. */
  exportDer(): Uint8Array;
}

/** A private key held in the module's memory; its bytes are overwritten on dispose. */
export interface PrivateKey extends Disposable {
  /** Curve, or RSA. */
  readonly algorithm: KeyAlgorithm;
  /** Size in bits: 256, 384, or the RSA modulus. */
  readonly bits: number;
  /** Signs `message` (hashed inside). */
  sign(message: Uint8Array, options?: SignatureOptions): Uint8Array;
  /**
   * ECDH with another party's key: the shared x coordinate, 32 or 48 bytes. Feed it to `hkdf`, never use it as a key.
   *
   * @throws {CryptoError} `validation` when the curves differ or a key is RSA.
   */
  agree(peer: PublicKey): Uint8Array;
  /** The public half, as a handle of its own. */
  publicKey(): PublicKey;
  /** Explicit export: unencrypted PKCS#8 as PEM (`PRIVATE KEY`). */
  exportPem(): string;
}

/** What the loaded module is. */
export interface ModuleInfo {
  /** Library and version, for example `AWS-LC 5.12.0`. */
  readonly library: string;
  /** SHA-256 of the WebAssembly module, hexadecimal; checked when it was loaded. */
  readonly sha256: string;
  /** What the library says of itself. `false`: this build is not a validated FIPS module. */
  readonly fipsMode: boolean;
  /** Bytes of memory that the module holds now; it never shrinks. */
  readonly memoryBytes: number;
}

/**
 * aws-lc behind a small interface. Get it from `loadCrypto()`.
 *
 * Byte arguments are copied in; results are fresh arrays that the caller owns.
 */
export interface Crypto {
  /** What is loaded. */
  readonly info: ModuleInfo;

  /** `length` random bytes (0 to 1 MiB) from aws-lc's DRBG, which the host seeds. */
  randomBytes(length: number): Uint8Array;
  /** Digest of `data`. */
  digest(hash: Hash, data: Uint8Array): Uint8Array;
  /** SHA-256 of `data`, 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
  /** SHA-384 of `data`, 48 bytes. */
  sha384(data: Uint8Array): Uint8Array;
  /** HMAC of `data`. */
  hmac(hash: Hash, key: Uint8Array, data: Uint8Array): Uint8Array;
  /** HMAC-SHA-256 of `data`, 32 bytes. */
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** HKDF (RFC 5869): `length` bytes (1 to 255 hash lengths) from `secret`. */
  hkdf(
    hash: Hash,
    secret: Uint8Array,
    salt: Uint8Array,
    info: Uint8Array,
    length: number,
  ): Uint8Array;
  /** Whether two byte strings are equal, in time that depends on their lengths only. */
  equal(a: Uint8Array, b: Uint8Array): boolean;

  /**
   * AES-GCM with a random 96-bit nonce: returns nonce, ciphertext and 16-byte tag in one array.
   * Replace a key before 2^32 messages.
   *
   * @param key 16 or 32 bytes.
   */
  seal(key: Uint8Array, plaintext: Uint8Array, additionalData?: Uint8Array): Uint8Array;
  /**
   * Opposite of `seal`.
   *
   * @throws {CryptoError} `validation` when key, data or additional data are not those that were sealed.
   */
  open(key: Uint8Array, sealed: Uint8Array, additionalData?: Uint8Array): Uint8Array;

  /** A fresh key pair. */
  generateKey(curve: Curve): PrivateKey;
  /** A private key from PEM: PKCS#8, SEC 1 (`EC PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`), not encrypted. */
  importKey(pem: string): PrivateKey;
  /** A public key from SubjectPublicKeyInfo PEM (`PUBLIC KEY`). */
  importPublicKey(pem: string): PublicKey;

  /** A PKCS#10 request, signed by `key`. */
  createRequest(key: PrivateKey, template: RequestTemplate): string;
  /** Reads a PKCS#10 request and checks its signature. */
  parseRequest(pem: string): CertificateRequest;
  /** The public key of a PKCS#10 request whose signature holds. */
  requestKey(pem: string): PublicKey;
  /** Issues an X.509 v3 certificate. */
  issueCertificate(template: CertificateTemplate): string;
  /** Reads the first certificate of `pem`. Nothing is verified. */
  parseCertificate(pem: string): Certificate;
  /** The public key of the first certificate of `pem`. */
  certificateKey(pem: string): PublicKey;
  /** Checks a certificate up to trusted roots. */
  verifyChain(check: ChainCheck): ChainResult;
}
