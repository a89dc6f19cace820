/**
 * Shapes of certificates, requests and chain checks, as plain data.
 *
 * @module
 */

import type { PrivateKey, PublicKey } from "./interface.ts";

/** A distinguished name, by the attributes that Lattice uses. */
export interface Name {
  /** CN. In Kubernetes: the user. */
  commonName?: string;
  /** O, in order. In Kubernetes: the groups. */
  organizations?: readonly string[];
  /** OU, in order. */
  organizationalUnits?: readonly string[];
}

/** A name that was read: every attribute is there, in the order of the certificate. */
export interface ParsedName {
  /** First CN, or the empty string. */
  readonly commonName: string;
  /** Every O, in order. */
  readonly organizations: readonly string[];
  /** Every attribute: short name (`CN`) or dotted number, and value. */
  readonly attributes: readonly { readonly type: string; readonly value: string }[];
  /** For people and logs, for example `O=Lattice,CN=ca`. Not for comparing. */
  readonly text: string;
}

/** Subject alternative names by kind. */
export interface AlternativeNames {
  /** DNS names; a leading `*.` label is allowed. */
  dnsNames?: readonly string[];
  /** IPv4 (dotted) or IPv6 (any RFC 4291 text form) addresses. */
  ipAddresses?: readonly string[];
  /** URIs, for example `spiffe://lattice/cell/cluster/one`. */
  uris?: readonly string[];
}

/** Bits of the key-usage extension that are used. */
export type KeyUsage =
  | "digitalSignature"
  | "keyEncipherment"
  | "keyAgreement"
  | "certSign"
  | "crlSign";

/** Extended key usages that are used. */
export type ExtendedKeyUsage = "server" | "client";

/** What `Crypto.issueCertificate` writes. */
export interface CertificateTemplate extends AlternativeNames {
  /** Name of the holder. */
  subject: Name;
  /** Key of the holder. */
  publicKey: PublicKey;
  /** Key that signs. */
  signingKey: PrivateKey;
  /** Certificate of the signer as PEM; absent: self-signed. */
  issuerPem?: string;
  /** Start of validity. */
  notBefore: Date;
  /** End of validity. */
  notAfter: Date;
  /** Key usages; the extension is critical. */
  keyUsages: readonly KeyUsage[];
  /** Extended key usages; empty: no such extension. */
  extendedKeyUsages?: readonly ExtendedKeyUsage[];
  /** A CA certificate; default an end entity. */
  ca?: {
    /** How many CA certificates may follow below; absent: no limit. */
    pathLength?: number;
  };
}

/** What `Crypto.createRequest` writes. */
export interface RequestTemplate extends AlternativeNames {
  /** Name that is asked for. */
  subject: Name;
}

/** A certificate that was read. */
export interface Certificate {
  /** X.509 version: 1 or 3. */
  readonly version: number;
  /** Serial number, lower-case hexadecimal without separators. */
  readonly serial: string;
  /** Holder. */
  readonly subject: ParsedName;
  /** Signer. */
  readonly issuer: ParsedName;
  /** Start of validity. */
  readonly notBefore: Date;
  /** End of validity. */
  readonly notAfter: Date;
  /** DNS names among the subject alternative names. */
  readonly dnsNames: readonly string[];
  /** IP addresses among the subject alternative names; IPv6 in RFC 5952 form. */
  readonly ipAddresses: readonly string[];
  /** URIs among the subject alternative names. */
  readonly uris: readonly string[];
  /** Whether basic constraints say CA. */
  readonly isCa: boolean;
  /** Path length limit of a CA, when there is one. */
  readonly pathLength?: number;
  /** Key usages that this package knows; empty when the extension is absent. */
  readonly keyUsages: readonly KeyUsage[];
  /** Extended key usages that this package knows. */
  readonly extendedKeyUsages: readonly ExtendedKeyUsage[];
  /** Subject key identifier, hexadecimal, or the empty string. */
  readonly subjectKeyId: string;
  /** Authority key identifier, hexadecimal, or the empty string. */
  readonly authorityKeyId: string;
  /** Signature algorithm by its OpenSSL long name, for example `ecdsa-with-SHA256`. */
  readonly signatureAlgorithm: string;
  /** Key of the holder: `P-256`, `P-384`, `RSA-2048`, ... or the name of an algorithm that is not allowed. */
  readonly keyAlgorithm: string;
  /** SHA-256 of the DER certificate, hexadecimal. */
  readonly fingerprint: string;
}

/** A certificate request that was read; its signature was checked. */
export interface CertificateRequest {
  /** Name that is asked for. */
  readonly subject: ParsedName;
  /** DNS names that are asked for. */
  readonly dnsNames: readonly string[];
  /** IP addresses that are asked for. */
  readonly ipAddresses: readonly string[];
  /** URIs that are asked for. */
  readonly uris: readonly string[];
  /** Key: `P-256`, `P-384` or `RSA-<bits>`. */
  readonly keyAlgorithm: string;
}

/** What a chain is checked for. */
export interface ChainCheck {
  /** The certificate, followed by intermediates if any (PEM). */
  certificatePem: string;
  /** Trusted roots (PEM, one or more). */
  rootsPem: string;
  /** What the certificate must be good for; absent: anything. */
  usage?: ExtendedKeyUsage;
  /** DNS name or IP address that the certificate must carry. */
  host?: string;
  /** Time at which it must be valid. Default: now. */
  at?: Date;
}

/** Outcome of a chain check. */
export type ChainResult =
  | { readonly ok: true }
  | {
    readonly ok: false;
    /** Reason in words, for example `certificate has expired`. */
    readonly reason: string;
    /** Position in the chain, 0 is the certificate itself. */
    readonly depth: number;
  };
