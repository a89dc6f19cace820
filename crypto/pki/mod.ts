/**
 * Keys and certificates for a cluster: a certificate authority, and what it issues.
 *
 * All certificates are X.509 v3 with critical key usages, ECDSA keys, SHA-2 signatures, random 128-bit serial
 * numbers and a start five minutes in the past (clocks of peers differ). Private keys are PKCS#8 PEM, public
 * keys SubjectPublicKeyInfo PEM: what Kubernetes, Go and Deno read.
 *
 * ```ts
 * import { issue, newCertificateAuthority } from "@lattice/crypto/pki";
 *
 * const ca = await newCertificateAuthority({ commonName: "example-ca", days: 3650 });
 * const server = await issue(ca, {
 *   commonName: "api",
 *   dnsNames: ["localhost"],
 *   ipAddresses: ["127.0.0.1"],
 *   usages: ["server"],
 *   days: 365,
 * });
 * ```
 *
 * @module
 */

export * from "./admission.ts";
export * from "./authority.ts";
export * from "./agent.ts";
export {
  type CellAuthority,
  completeRotation,
  issueServerCertificate,
  newCellAuthority,
  prepareRotation,
  rotationDue,
  trustBundle,
} from "./cell.ts";
export * from "./secrets.ts";
