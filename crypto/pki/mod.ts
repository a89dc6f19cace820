/**
 * Keys and certificates for a cluster: a certificate authority, and what it issues.
 *
 * All certificates are X.509 v3 with critical key usages, ECDSA keys, SHA-2 signatures, random 128-bit serial
 * numbers and a start five minutes in the past (clocks of peers differ). Private keys are PKCS#8 PEM, public
 * keys SubjectPublicKeyInfo PEM: what Kubernetes, Go and Deno read.
 *
 * @module
 */

import type { Certificate, Curve } from "../mod.ts";

/** A certificate and its private key, both PEM. */
export interface CertificateAndKey {
  /** The certificate. */
  readonly certPem: string;
  /** Its private key, PKCS#8. Secret. */
  readonly keyPem: string;
}

/** A key pair, both halves PEM. */
export interface KeyPair {
  /** PKCS#8. Secret. */
  readonly privatePem: string;
  /** SubjectPublicKeyInfo. */
  readonly publicPem: string;
}

/** Options of {@link newCertificateAuthority}. */
export interface AuthorityOptions {
  /** CN of the authority. */
  commonName: string;
  /** O of the authority; default none. */
  organization?: string;
  /** Days of validity, 1 to 36500. */
  days: number;
  /** Curve of its key. Default `P-256`. */
  curve?: Curve;
  /** How many CA certificates may follow below; default no limit. */
  pathLength?: number;
  /** Clock, for tests. Default: now. */
  now?: Date;
}

/** Options of {@link issue}. */
export interface IssueOptions {
  /** CN of the holder. In Kubernetes: the user. */
  commonName: string;
  /** O of the holder. In Kubernetes: the groups. */
  organizations?: readonly string[];
  /** DNS names; needed by servers. */
  dnsNames?: readonly string[];
  /** IP addresses; needed by servers. */
  ipAddresses?: readonly string[];
  /** URIs. */
  uris?: readonly string[];
  /** What the certificate is for; at least one. */
  usages: readonly ("server" | "client")[];
  /** Days of validity, 1 to 36500; never beyond the authority's own end. */
  days: number;
  /** Private key (PEM) to certify; default: a fresh one. */
  key?: string;
  /** Curve of a fresh key. Default `P-256`. */
  curve?: Curve;
  /** Clock, for tests. Default: now. */
  now?: Date;
}

/** A fresh self-signed certificate authority. */
export function newCertificateAuthority(options: AuthorityOptions): Promise<CertificateAndKey> {
  void options;
  throw new Error("not built yet");
}

/** Issues a certificate from `ca`, with a fresh key unless `options.key` is given. */
export function issue(ca: CertificateAndKey, options: IssueOptions): Promise<CertificateAndKey> {
  void ca;
  void options;
  throw new Error("not built yet");
}

/** A fresh ECDSA P-256 key pair, for example to sign service-account tokens. */
export function newKeyPair(): Promise<KeyPair> {
  throw new Error("not built yet");
}

/** Reads the first certificate of `pem`. */
export function parseCertificate(pem: string): Promise<Certificate> {
  void pem;
  throw new Error("not built yet");
}
