/**
 * When certificates begin and end.
 *
 * @module
 */

import { CryptoError } from "../errors.ts";

/** Clocks of peers differ: a certificate begins this much before it is made. */
export const BACKDATE_MS: number = 5 * 60_000;

const DAY_MS = 24 * 60 * 60_000;
const MAX_DAYS = 36_500;

/** Start and end of a certificate. */
export interface Validity {
  /** Start. */
  readonly notBefore: Date;
  /** End. */
  readonly notAfter: Date;
}

/**
 * Validity of a certificate made at `now` for `days` days; the end is never after `latest`.
 *
 * @throws {CryptoError} `validation` when `days` is out of range, or nothing is left before `latest`.
 */
export function validityOf(days: number, now: Date, latest?: Date): Validity {
  if (!(days > 0 && days <= MAX_DAYS)) {
    throw new CryptoError("validation", `days is ${days}`, {
      field: "days",
      remedy: `Give more than 0 and at most ${MAX_DAYS}`,
    });
  }
  const wanted = now.getTime() + days * DAY_MS;
  const end = Math.min(wanted, latest?.getTime() ?? Infinity);
  if (end <= now.getTime()) {
    throw new CryptoError("validation", "The certificate authority has expired", {
      field: "ca",
      remedy: "Rotate the certificate authority",
    });
  }
  return { notBefore: new Date(now.getTime() - BACKDATE_MS), notAfter: new Date(end) };
}
