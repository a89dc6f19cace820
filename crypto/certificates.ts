/**
 * Certificates and requests through aws-lc's own X.509 code.
 *
 * @module
 */

import { type Engine, STATUS } from "./engine.ts";
import { CryptoError } from "./errors.ts";
import type { PrivateKey } from "./interface.ts";
import { nativeHandle } from "./keys.ts";
import {
  isIpAddress,
  readAlternativeNames,
  readName,
  writeAlternativeNames,
  writeName,
} from "./names.ts";
import { toHex } from "./text.ts";
import { WireReader, WireWriter } from "./wire.ts";
import type {
  Certificate,
  CertificateRequest,
  CertificateTemplate,
  ChainCheck,
  ChainResult,
  ExtendedKeyUsage,
  KeyUsage,
  RequestTemplate,
} from "./x509.ts";

/** Bits of the key-usage extension, as the module numbers them. */
const KEY_USAGE_BITS: Readonly<Record<KeyUsage, number>> = {
  digitalSignature: 0x80,
  keyEncipherment: 0x20,
  keyAgreement: 0x08,
  certSign: 0x04,
  crlSign: 0x02,
};

const EXTENDED_BITS: Readonly<Record<ExtendedKeyUsage, number>> = { server: 1, client: 2 };

const MAX_PATH_LENGTH = 254;
/** GeneralizedTime ends with the year 9999. */
const LAST_SECOND = 253402300799;

/** Issues a certificate. See `Crypto.issueCertificate`. */
export function issueCertificate(engine: Engine, template: CertificateTemplate): string {
  const order = orderOf(engine, template);
  return engine.withBuffers([order], [], (buffer) => {
    const status = engine.call("lc_issue", buffer!.pointer, buffer!.length);
    engine.call("lc_wipe_stack");
    engine.check(status, "The issuer's certificate", "issuerPem");
    return engine.takeText();
  });
}

/** The message that `shim/issue.c` reads. */
function orderOf(engine: Engine, template: CertificateTemplate): Uint8Array {
  const [notBefore, notAfter] = validity(template);
  const order = new WireWriter()
    .number(nativeHandle(template.publicKey, engine), 4)
    .number(nativeHandle(template.signingKey, engine), 4)
    .text(template.issuerPem ?? "", 3)
    .number(notBefore, 8)
    .number(notAfter, 8)
    .number(sumBits(template.keyUsages, KEY_USAGE_BITS), 2)
    .number(sumBits(template.extendedKeyUsages ?? [], EXTENDED_BITS), 1)
    .number(template.ca === undefined ? 0 : 1, 1)
    .number(pathLength(template.ca?.pathLength), 1);
  writeName(order, template.subject);
  writeAlternativeNames(order, template);
  return order.finish();
}

function sumBits<T extends string>(names: readonly T[], bits: Readonly<Record<T, number>>): number {
  return names.reduce((sum, name) => sum | bits[name], 0);
}

function validity({ notBefore, notAfter }: CertificateTemplate): [number, number] {
  const from = Math.floor(notBefore.getTime() / 1000);
  const to = Math.floor(notAfter.getTime() / 1000);
  if (!(from >= 0 && from < to && to <= LAST_SECOND)) {
    throw new CryptoError("validation", "notAfter is not after notBefore, or out of range", {
      field: "notAfter",
      remedy: "Give dates between 1970 and 9999, the end after the start",
    });
  }
  return [from, to];
}

/** 0 for none, else the limit and one. */
function pathLength(limit: number | undefined): number {
  if (limit === undefined) return 0;
  if (!Number.isInteger(limit) || limit < 0 || limit > MAX_PATH_LENGTH) {
    throw new CryptoError("validation", `pathLength ${limit} is out of range`, {
      field: "ca.pathLength",
      remedy: `Give a whole number from 0 to ${MAX_PATH_LENGTH}`,
    });
  }
  return limit + 1;
}

/** Runs a parser of the module over PEM text and returns its output. */
function parse(engine: Engine, name: string, pem: string, what: string): WireReader {
  return engine.withBuffers([new TextEncoder().encode(pem)], [], (buffer) => {
    engine.check(engine.call(name, buffer!.pointer, buffer!.length), what, "pem");
    return new WireReader(engine.takeOutput());
  });
}

/** Reads a certificate. See `Crypto.parseCertificate`. */
export function parseCertificate(
  engine: Engine,
  pem: string,
  sha256: (data: Uint8Array) => Uint8Array,
): Certificate {
  const reader = parse(engine, "lc_certificate_parse", pem, "The certificate");
  const version = reader.number(1);
  const serial = toHex(reader.bytes());
  const notBefore = reader.time();
  const notAfter = reader.time();
  const isCa = reader.number(1) === 1;
  const limit = reader.number(2);
  const keyUsages = namesOf(reader.number(2), KEY_USAGE_BITS);
  const extendedKeyUsages = namesOf(reader.number(1), EXTENDED_BITS);
  const subject = readName(reader);
  const issuer = readName(reader);
  return {
    version,
    serial,
    subject,
    issuer,
    notBefore,
    notAfter,
    ...readAlternativeNames(reader),
    isCa,
    ...(limit === 0 ? {} : { pathLength: limit - 1 }),
    keyUsages,
    extendedKeyUsages,
    subjectKeyId: toHex(reader.bytes()),
    authorityKeyId: toHex(reader.bytes()),
    signatureAlgorithm: reader.text(),
    keyAlgorithm: readKeyAlgorithm(reader),
    fingerprint: toHex(sha256(reader.bytes())),
  };
}

function namesOf<T extends string>(sum: number, bits: Readonly<Record<T, number>>): T[] {
  return (Object.keys(bits) as T[]).filter((name) => (sum & bits[name]) !== 0);
}

function readKeyAlgorithm(reader: WireReader): string {
  const bits = reader.number(2);
  const isCurve = reader.number(1) === 1;
  const name = reader.text();
  if (bits === 0) return name;
  return isCurve ? `P-${bits}` : `RSA-${bits}`;
}

/** Writes a request. See `Crypto.createRequest`. */
export function createRequest(engine: Engine, key: PrivateKey, template: RequestTemplate): string {
  const message = new WireWriter();
  writeName(message, template.subject);
  writeAlternativeNames(message, template);
  return engine.withBuffers([message.finish()], [], (buffer) => {
    const handle = nativeHandle(key, engine);
    const status = engine.call("lc_request_create", handle, buffer!.pointer, buffer!.length);
    engine.call("lc_wipe_stack");
    engine.check(status, "The certificate request");
    return engine.takeText();
  });
}

/** Reads a request and checks its signature. See `Crypto.parseRequest`. */
export function parseRequest(engine: Engine, pem: string): CertificateRequest {
  const reader = parse(engine, "lc_request_parse", pem, "The certificate request");
  const subject = readName(reader);
  return {
    subject,
    ...readAlternativeNames(reader),
    keyAlgorithm: readKeyAlgorithm(reader),
  };
}

const USAGE_NUMBERS: Readonly<Record<ExtendedKeyUsage, number>> = { server: 1, client: 2 };

/** Checks a chain. See `Crypto.verifyChain`. */
export function verifyChain(engine: Engine, check: ChainCheck): ChainResult {
  const { host = "", usage, at = new Date() } = check;
  const encoder = new TextEncoder();
  if (host.includes("\0") || Number.isNaN(at.getTime())) {
    throw new CryptoError("validation", "host or at is malformed", { field: "host" });
  }
  const inputs = [check.certificatePem, check.rootsPem, `${host}\0`].map((t) => encoder.encode(t));
  return engine.withBuffers(inputs, [], (chain, roots, name) => {
    const status = engine.call(
      "lc_chain_verify",
      chain!.pointer,
      chain!.length,
      roots!.pointer,
      roots!.length,
      usage === undefined ? 0 : USAGE_NUMBERS[usage],
      name!.pointer,
      isIpAddress(host) ? 1 : 0,
      Math.floor(at.getTime() / 1000),
    );
    engine.check(status, "The chain or its roots", "certificatePem");
    if (status === STATUS.ok) return { ok: true };
    const refusal = engine.takeOutput();
    return {
      ok: false,
      reason: new TextDecoder().decode(refusal.subarray(1)),
      depth: refusal[0] ?? 0,
    };
  });
}
