/**
 * A certificate authority and what it issues.
 *
 * @module
 */

import {
  type AlternativeNames,
  type Certificate,
  type Crypto,
  CryptoError,
  type Curve,
  loadCrypto,
  type PrivateKey,
  type PublicKey,
} from "../mod.ts";
import { validityOf } from "./validity.ts";

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
  /** Days of validity, more than 0 and at most 36500. */
  days: number;
  /** Curve of its key. Default `P-256`. */
  curve?: Curve;
  /** How many CA certificates may follow below; default no limit. */
  pathLength?: number;
  /** Clock, for tests. Default: now. */
  now?: Date;
}

/** What a certificate says of its holder, whoever made the key. */
export interface HolderOptions extends AlternativeNames {
  /** CN of the holder. In Kubernetes: the user. */
  commonName: string;
  /** O of the holder. In Kubernetes: the groups. */
  organizations?: readonly string[];
  /** OU of the holder. */
  organizationalUnits?: readonly string[];
  /** What the certificate is for; at least one. A server needs a DNS name or an IP address. */
  usages: readonly ("server" | "client")[];
  /** Days of validity, more than 0 and at most 36500; cut off at the authority's own end. */
  days: number;
  /** Clock, for tests. Default: now. */
  now?: Date;
}

/** Options of {@link issue}. */
export interface IssueOptions extends HolderOptions {
  /** Private key (PEM) to certify; default: a fresh one. */
  key?: string;
  /** Curve of a fresh key. Default `P-256`. */
  curve?: Curve;
}

/**
 * A fresh self-signed certificate authority.
 *
 * @throws {CryptoError} `validation` for a name or days out of range.
 */
export async function newCertificateAuthority(
  options: AuthorityOptions,
): Promise<CertificateAndKey> {
  const { commonName, organization, days, curve = "P-256", pathLength, now = new Date() } = options;
  const crypto = await loadCrypto();
  using key = crypto.generateKey(curve);
  using publicKey = key.publicKey();
  const certPem = crypto.issueCertificate({
    subject: {
      commonName,
      ...(organization === undefined ? {} : { organizations: [organization] }),
    },
    publicKey,
    signingKey: key,
    ...validityOf(days, now),
    keyUsages: ["digitalSignature", "certSign", "crlSign"],
    ca: pathLength === undefined ? {} : { pathLength },
  });
  return { certPem, keyPem: key.exportPem() };
}

/**
 * Issues a certificate from `ca`, with a fresh key unless `options.key` is given.
 *
 * @throws {CryptoError} `validation` for wrong names or days, or when `ca` is no usable authority.
 */
export async function issue(
  ca: CertificateAndKey,
  options: IssueOptions,
): Promise<CertificateAndKey> {
  const crypto = await loadCrypto();
  using key = options.key === undefined
    ? crypto.generateKey(options.curve ?? "P-256")
    : crypto.importKey(options.key);
  using publicKey = key.publicKey();
  const certPem = signHolder(crypto, ca, publicKey, options);
  return { certPem, keyPem: key.exportPem() };
}

/**
 * Issues a certificate for the key of a PKCS#10 request. The request's signature must hold; every name it asks for is
 * ignored: `options` say what the certificate says.
 *
 * @returns The certificate, PEM.
 * @throws {CryptoError} `validation` or `forbidden` when the request is malformed, forged or has a weak key.
 */
export async function issueFromRequest(
  ca: CertificateAndKey,
  requestPem: string,
  options: HolderOptions,
): Promise<string> {
  const crypto = await loadCrypto();
  using publicKey = crypto.requestKey(requestPem);
  return signHolder(crypto, ca, publicKey, options);
}

/** A fresh key and a request for a certificate: the CN is for people, the issuer decides the names. */
export async function newRequest(
  commonName: string,
  curve: Curve = "P-256",
): Promise<{ requestPem: string; keyPem: string }> {
  const crypto = await loadCrypto();
  using key = crypto.generateKey(curve);
  return {
    requestPem: crypto.createRequest(key, { subject: { commonName } }),
    keyPem: key.exportPem(),
  };
}

/** A fresh ECDSA P-256 key pair, for example to sign service-account tokens. */
export async function newKeyPair(): Promise<KeyPair> {
  const crypto = await loadCrypto();
  using key = crypto.generateKey("P-256");
  using publicKey = key.publicKey();
  return { privatePem: key.exportPem(), publicPem: publicKey.exportPem() };
}

/**
 * Reads the first certificate of `pem`. Nothing is verified.
 *
 * @throws {CryptoError} `validation` when it cannot be read.
 */
export async function parseCertificate(pem: string): Promise<Certificate> {
  return (await loadCrypto()).parseCertificate(pem);
}

function signHolder(
  crypto: Crypto,
  ca: CertificateAndKey,
  publicKey: PublicKey,
  options: HolderOptions,
): string {
  checkHolder(options);
  const authority = crypto.parseCertificate(ca.certPem);
  const { commonName, organizations = [], organizationalUnits = [], usages, days } = options;
  using signingKey: PrivateKey = crypto.importKey(ca.keyPem);
  return crypto.issueCertificate({
    subject: { commonName, organizations, organizationalUnits },
    dnsNames: options.dnsNames ?? [],
    ipAddresses: options.ipAddresses ?? [],
    uris: options.uris ?? [],
    publicKey,
    signingKey,
    issuerPem: ca.certPem,
    ...validityOf(days, options.now ?? new Date(), authority.notAfter),
    // RFC 8813: certificates of elliptic-curve keys must not claim key encipherment.
    keyUsages: ["digitalSignature"],
    extendedKeyUsages: usages,
  });
}

function checkHolder({ usages, dnsNames = [], ipAddresses = [] }: HolderOptions): void {
  if (usages.length === 0) {
    throw new CryptoError("validation", "usages is empty", {
      field: "usages",
      remedy: "Give server, client or both",
    });
  }
  if (usages.includes("server") && dnsNames.length + ipAddresses.length === 0) {
    throw new CryptoError("validation", "A server certificate needs a name to be found by", {
      field: "dnsNames",
      remedy: "Give at least one of dnsNames and ipAddresses",
    });
  }
}
