/**
 * Certificates of agents: who an agent is, for how long, and how that is taken back.
 *
 * The identity is one URI, `spiffe://lattice/CELL/cluster/NAME`; the common name is kept for older readers. The
 * certificate carries the epoch in which it was issued: a cell that raises a cluster's epoch has revoked everything
 * issued before.
 *
 * @module
 */

import { type Certificate, CryptoError, loadCrypto } from "../mod.ts";
import { type CertificateAndKey, issueFromRequest } from "./authority.ts";
import { checkLabel, isLabel } from "./identity.ts";

/** Days of an agent's certificate. */
const AGENT_DAYS = 90;
/** Part of a certificate's life after which it is renewed. */
const RENEW_AFTER = 2 / 3;
const IDENTITY = /^spiffe:\/\/lattice\/([^/]+)\/cluster\/([^/]+)$/;
const EPOCH = /^epoch-(0|[1-9]\d{0,14})$/;
/** Upper bound of a common name in X.509. */
const MAX_COMMON_NAME = 64;

/** Who an agent is. */
export interface AgentIdentity {
  /** Name of the cell that issued the certificate. */
  readonly cell: string;
  /** Name of the agent's cluster. */
  readonly cluster: string;
}

/** What {@link issueAgentCertificate} needs. */
export interface AgentOrder extends AgentIdentity {
  /** Epoch of the cluster in its cell, 0 or more. */
  readonly epoch: number;
  /** Clock. Default: now. */
  readonly now?: Date;
}

/** What {@link verifyAgent} holds a certificate against. */
export interface AgentCheck {
  /** The cell that checks. */
  readonly cell: string;
  /** Its trust bundle (PEM). */
  readonly trustPem: string;
  /** Lowest valid epoch of a cluster, or `undefined` for a cluster that the cell does not know. */
  readonly epochOf: (cluster: string) => number | undefined;
  /** Clock. Default: now. */
  readonly now?: Date;
}

/** Outcome of {@link verifyAgent}. */
export type AgentVerdict =
  | { readonly ok: true; readonly cluster: string; readonly renewAt: Date; readonly expires: Date }
  | {
    readonly ok: false;
    /** Reason, for logs and the peer. */
    readonly reason: string;
  };

/** The URI of an identity. */
export function identityUri({ cell, cluster }: AgentIdentity): string {
  return `spiffe://lattice/${checkLabel(cell, "cell")}/cluster/${checkLabel(cluster, "cluster")}`;
}

/**
 * Certifies the key of an agent's request for 90 days. Nothing but the key is taken from the request.
 *
 * @returns The certificate, PEM.
 * @throws {CryptoError} `validation` or `forbidden` for a bad request or identity.
 */
export function issueAgentCertificate(
  ca: CertificateAndKey,
  requestPem: string,
  order: AgentOrder,
): Promise<string> {
  const uri = identityUri(order);
  if (!Number.isSafeInteger(order.epoch) || order.epoch < 0) {
    throw new CryptoError("validation", `epoch is ${order.epoch}`, { field: "epoch" });
  }
  const service = "lattice-agent.lattice-system.svc";
  return issueFromRequest(ca, requestPem, {
    commonName: `lattice-agent-${order.cluster}`.slice(0, MAX_COMMON_NAME),
    organizations: ["Lattice"],
    organizationalUnits: [`epoch-${order.epoch}`],
    dnsNames: [service, `${service}.cluster.local`],
    uris: [uri],
    usages: ["client", "server"],
    days: AGENT_DAYS,
    now: order.now ?? new Date(),
  });
}

/** The identity and epoch in a certificate, or `undefined` when it is no agent's. Nothing is verified. */
export function readIdentity(
  certificate: Certificate,
): AgentIdentity & { epoch: number } | undefined {
  const match = certificate.uris.length === 1 ? IDENTITY.exec(certificate.uris[0]!) : null;
  const units = certificate.subject.attributes.filter(({ type }) => type === "OU");
  const epoch = units.length === 1 ? EPOCH.exec(units[0]!.value) : null;
  const [, cell, cluster] = match ?? [];
  if (cell === undefined || cluster === undefined || epoch === null) return undefined;
  if (!isLabel(cell) || !isLabel(cluster)) return undefined;
  return { cell, cluster, epoch: Number(epoch[1]) };
}

/** When a certificate is due for renewal: after two thirds of its life. */
export function renewAt(
  { notBefore, notAfter }: Pick<Certificate, "notBefore" | "notAfter">,
): Date {
  const life = notAfter.getTime() - notBefore.getTime();
  return new Date(notBefore.getTime() + RENEW_AFTER * life);
}

/**
 * Whether a certificate is that of an agent of a cluster that the cell knows: chain, usage, time, identity and epoch.
 *
 * @throws {CryptoError} `validation` when the text holds no certificate.
 */
export async function verifyAgent(certPem: string, check: AgentCheck): Promise<AgentVerdict> {
  const crypto = await loadCrypto();
  const at = check.now ?? new Date();
  const chain = crypto.verifyChain({
    certificatePem: certPem,
    rootsPem: check.trustPem,
    usage: "client",
    at,
  });
  if (!chain.ok) return { ok: false, reason: chain.reason };
  const certificate = crypto.parseCertificate(certPem);
  const identity = readIdentity(certificate);
  if (identity === undefined) return { ok: false, reason: "the certificate names no agent" };
  if (identity.cell !== check.cell) {
    return { ok: false, reason: `the certificate is for cell "${identity.cell}"` };
  }
  const lowest = check.epochOf(identity.cluster);
  if (lowest === undefined) return { ok: false, reason: "the cluster is not known here" };
  if (identity.epoch < lowest) return { ok: false, reason: "the certificate was revoked" };
  const { cluster } = identity;
  return { ok: true, cluster, renewAt: renewAt(certificate), expires: certificate.notAfter };
}
