/**
 * The authority of a cell: the root that its children trust, and its replacement without a gap.
 *
 * A rotation has two phases. `prepareRotation` makes the next root and adds it to the trust bundle while the active
 * one still signs; once every child has the bundle, `completeRotation` lets the next one sign. The old root stays
 * trusted until it expires.
 *
 * @module
 */

import { CryptoError, loadCrypto } from "../mod.ts";
import { type CertificateAndKey, issue, newCertificateAuthority } from "./authority.ts";
import { isIpAddress } from "../names.ts";

/** A cell's authority. Plain data; every change makes a new value. */
export interface CellAuthority {
  /** Signs now. */
  readonly active: CertificateAndKey;
  /** Will sign after the rotation under way. */
  readonly next?: CertificateAndKey;
  /** Roots that signed before and are trusted until they expire (PEM, one each). */
  readonly retired: readonly string[];
}

/** Validity of a cell's root. */
const ROOT_DAYS = 3650;
/** Validity of a cell's server certificates. */
const SERVER_DAYS = 365;
/** Part of a root's life after which it is replaced. */
const ROTATE_AFTER = 0.8;

/** Names by which children reach a cell, before a load balancer has one. */
const SERVER_HOSTS: readonly string[] = [
  "localhost",
  "host.docker.internal",
  "host.containers.internal",
  "172.17.0.1",
  "127.0.0.1",
  "lattice-webhook.lattice-system.svc",
  "lattice-cell.lattice-system.svc",
];

/** A root as a cell has it: P-384, ten years. */
function newRoot(now: Date): Promise<CertificateAndKey> {
  const options = { commonName: "Lattice CA", organization: "Lattice", curve: "P-384" } as const;
  return newCertificateAuthority({ ...options, days: ROOT_DAYS, now });
}

/**
 * A fresh authority.
 *
 * @param now Clock. Default: now.
 */
export async function newCellAuthority(now: Date = new Date()): Promise<CellAuthority> {
  return { active: await newRoot(now), retired: [] };
}

/** Whether the active root has lived four fifths of its life. */
export async function rotationDue(cell: CellAuthority, now: Date = new Date()): Promise<boolean> {
  const { notBefore, notAfter } = (await loadCrypto()).parseCertificate(cell.active.certPem);
  const life = notAfter.getTime() - notBefore.getTime();
  return now.getTime() >= notBefore.getTime() + ROTATE_AFTER * life;
}

/** First phase: the next root is made and trusted, but does not sign. A rotation under way is kept as it is. */
export async function prepareRotation(
  cell: CellAuthority,
  now: Date = new Date(),
): Promise<CellAuthority> {
  return cell.next === undefined ? { ...cell, next: await newRoot(now) } : cell;
}

/**
 * Second phase: the next root signs, the active one is retired, expired ones are dropped.
 *
 * @throws {CryptoError} `usage` when no rotation was prepared.
 */
export async function completeRotation(
  cell: CellAuthority,
  now: Date = new Date(),
): Promise<CellAuthority> {
  if (cell.next === undefined) {
    throw new CryptoError("usage", "No rotation of the certificate authority was prepared", {
      remedy: "Call prepareRotation and give children the trust bundle first",
    });
  }
  const retired = await distinctRoots([cell.active.certPem, ...cell.retired], now);
  return { active: cell.next, retired };
}

/** Every root that is trusted at `now`, active first, none twice (PEM). */
export async function trustBundle(cell: CellAuthority, now: Date = new Date()): Promise<string> {
  const next = cell.next === undefined ? [] : [cell.next.certPem];
  return (await distinctRoots([cell.active.certPem, ...next, ...cell.retired], now)).join("");
}

/**
 * Certificates without repetition and without expired ones, in order.
 *
 * @param pems Certificates, PEM, one each.
 * @param now Clock.
 * @param except Certificates to leave out.
 */
export async function distinctRoots(
  pems: readonly string[],
  now: Date,
  except: readonly string[] = [],
): Promise<string[]> {
  const crypto = await loadCrypto();
  const seen = new Set(except.map((pem) => crypto.parseCertificate(pem).fingerprint));
  return pems.filter((pem) => {
    const { fingerprint, notAfter } = crypto.parseCertificate(pem);
    const wanted = notAfter > now && !seen.has(fingerprint);
    seen.add(fingerprint);
    return wanted;
  }).map((pem) => `${pem.trim()}\n`);
}

/**
 * A certificate for one of the cell's servers, under the names by which children reach it.
 *
 * @param hosts Further DNS names or IP addresses, for example the load balancer's.
 */
export function issueServerCertificate(
  cell: CellAuthority,
  hosts: readonly string[] = [],
  now: Date = new Date(),
): Promise<CertificateAndKey> {
  const all = [...SERVER_HOSTS, ...hosts];
  return issue(cell.active, {
    commonName: "Lattice Server",
    organizations: ["Lattice"],
    dnsNames: all.filter((host) => !isIpAddress(host)),
    ipAddresses: all.filter(isIpAddress),
    usages: ["server"],
    days: SERVER_DAYS,
    now,
  });
}
