/**
 * What goes wrong in this package, as one error class with fields to act on.
 *
 * @module
 */

/**
 * Why an operation failed.
 *
 * - `validation`: the caller's or a peer's data is wrong (malformed PEM, bad range, bad signature in a CSR).
 * - `forbidden`: well-formed, but outside what this package allows (an algorithm, a curve, a short RSA key).
 * - `usage`: the calling code broke a rule (a key used after it was disposed of).
 * - `prerequisite`: the module itself cannot be used (hash mismatch, failed self-test).
 * - `internal`: aws-lc failed although the input was checked.
 */
export type CryptoErrorCode = "validation" | "forbidden" | "usage" | "prerequisite" | "internal";

/** Optional parts of a {@link CryptoError}. */
export interface CryptoErrorDetails {
  /** Name of the argument or field at fault, for example `dnsNames[0]`. */
  field?: string;
  /** What to do instead, as an imperative sentence without a full stop. */
  remedy?: string;
  /** The error underneath. */
  cause?: unknown;
}

/**
 * The only error that this package throws. Its fields have the names that Lattice's `LatticeError` uses, so
 * one printer serves both; the package itself depends on nothing.
 *
 * Messages never contain key material or input bytes.
 */
export class CryptoError extends Error {
  /** Class of failure, for programs. */
  readonly code: CryptoErrorCode;
  /** Argument or field at fault, when there is one. */
  readonly field?: string;
  /** What to do instead, when that is known. */
  readonly remedy?: string;

  /**
   * Makes an error.
   *
   * @param code Class of failure.
   * @param message What failed and why, for people.
   * @param details Field, remedy and cause.
   */
  constructor(code: CryptoErrorCode, message: string, details: CryptoErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "CryptoError";
    this.code = code;
    if (details.field !== undefined) this.field = details.field;
    if (details.remedy !== undefined) this.remedy = details.remedy;
  }
}
