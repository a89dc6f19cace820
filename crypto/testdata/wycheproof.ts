/**
 * Which Wycheproof files concern what this package offers.
 *
 * @module
 */

/** How a file is run. */
export type Runner = "ecdsa" | "ecdsa-raw" | "ecdh" | "hmac" | "hkdf" | "gcm" | "rsa";

/** One file and its runner. */
export interface Suite {
  /** Name of the JSON file. */
  readonly file: string;
  /** How it is run. */
  readonly runner: Runner;
}

const EC = ["secp256r1_sha256", "secp256r1_sha512", "secp384r1_sha384", "secp384r1_sha512"];
const SHA2 = ["sha256", "sha384", "sha512"];
const RSA = ["2048_sha256", "2048_sha384", "2048_sha512", "3072_sha256", "3072_sha384"];

/** Every file that is run. */
export const SUITES: readonly Suite[] = [
  ...EC.map((name) => ({ file: `ecdsa_${name}_test.json`, runner: "ecdsa" as const })),
  ...EC.map((name) => ({ file: `ecdsa_${name}_p1363_test.json`, runner: "ecdsa-raw" as const })),
  { file: "ecdsa_secp384r1_sha256_test.json", runner: "ecdsa" },
  { file: "ecdh_secp256r1_test.json", runner: "ecdh" },
  { file: "ecdh_secp384r1_test.json", runner: "ecdh" },
  ...SHA2.map((name) => ({ file: `hmac_${name}_test.json`, runner: "hmac" as const })),
  ...SHA2.map((name) => ({ file: `hkdf_${name}_test.json`, runner: "hkdf" as const })),
  { file: "aes_gcm_test.json", runner: "gcm" },
  ...[...RSA, "3072_sha512", "4096_sha256", "4096_sha384", "4096_sha512"].map((name) => ({
    file: `rsa_signature_${name}_test.json`,
    runner: "rsa" as const,
  })),
];
