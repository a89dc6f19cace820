/**
 * Names of cells and clusters in identities.
 *
 * @module
 */

import { CryptoError } from "../mod.ts";

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether a text is a DNS label. */
export function isLabel(value: string): boolean {
  return DNS_LABEL.test(value);
}

/**
 * A name that goes into an identity, unchanged.
 *
 * @param value The name.
 * @param field Where it came from, for the error.
 * @throws {CryptoError} `validation` when it is no DNS label.
 */
export function checkLabel(value: string, field: string): string {
  if (isLabel(value)) return value;
  throw new CryptoError("validation", `${field} "${value}" is not a DNS label`, {
    field,
    remedy: "Use at most 63 lower-case letters, digits and hyphens",
  });
}
