/**
 * One pending identity per cluster: whether a request for an agent's certificate may wait to be issued.
 *
 * Whoever asks first for a cluster's identity holds its place with that key until the certificate is issued, the
 * request is withdrawn, or an hour has passed. Asking again with the same key is the same request: an agent that lost
 * the answer repeats itself. Another key has to wait, so that nobody can slip in a key of their own while an agent
 * is being admitted.
 *
 * The functions decide only. Who stores the requests (and with which compare-and-swap) is the cell's business, and so
 * is who may ask at all.
 *
 * @module
 */

import { loadCrypto } from "../mod.ts";
import { toHex } from "../text.ts";
import { checkLabel } from "./identity.ts";

/** How long a request holds its cluster's place, in milliseconds. */
export const PENDING_MS: number = 60 * 60_000;

/** A request for the identity of a cluster, read and checked. */
export interface IdentityRequest {
  /** The cluster whose identity is asked for: a DNS label. */
  readonly cluster: string;
  /** SHA-256 of the SubjectPublicKeyInfo, lower-case hexadecimal: which key it is. */
  readonly keyId: string;
  /** The PKCS#10 request, PEM. */
  readonly requestPem: string;
}

/** A request that was admitted and not answered yet. */
export interface PendingRequest extends IdentityRequest {
  /** When it gives its place up. */
  readonly expires: Date;
}

/** Outcome of {@link admitRequest}. */
export type Admission =
  | {
    readonly ok: true;
    /** The request as it is stored; the earlier one when the same key asks again. */
    readonly request: PendingRequest;
    /** What to store: everything that has not expired, this request included. */
    readonly pending: readonly PendingRequest[];
  }
  | {
    readonly ok: false;
    /** Reason, for logs and the peer. */
    readonly reason: string;
    /** When the place becomes free unless it does so earlier. */
    readonly retryAt: Date;
  };

/**
 * Reads a request: its signature must hold and its key must be allowed. The names in it are ignored.
 *
 * @param cluster The cluster for which it was sent.
 * @param requestPem PKCS#10, PEM.
 * @throws {CryptoError} `validation` or `forbidden` for a bad request or a cluster that is no DNS label.
 */
export async function readIdentityRequest(
  cluster: string,
  requestPem: string,
): Promise<IdentityRequest> {
  checkLabel(cluster, "cluster");
  const crypto = await loadCrypto();
  using key = crypto.requestKey(requestPem);
  return { cluster, keyId: toHex(crypto.sha256(key.exportDer())), requestPem };
}

/**
 * Decides whether a request may wait. Pure: the caller stores `pending` of the outcome before it issues anything.
 *
 * @param pending Every request that is stored; expired ones do not count.
 * @param request The new one.
 * @param now Clock.
 */
export function admitRequest(
  pending: readonly PendingRequest[],
  request: IdentityRequest,
  now: Date,
): Admission {
  const waiting = pending.filter(({ expires }) => expires > now);
  const holder = waiting.find(({ cluster }) => cluster === request.cluster);
  if (holder === undefined) {
    const admitted = { ...request, expires: new Date(now.getTime() + PENDING_MS) };
    return { ok: true, request: admitted, pending: [...waiting, admitted] };
  }
  if (holder.keyId === request.keyId) return { ok: true, request: holder, pending: waiting };
  return {
    ok: false,
    reason: `another key is waiting to become the identity of cluster "${request.cluster}"`,
    retryAt: holder.expires,
  };
}

/**
 * Frees the place of a request that was issued or withdrawn. Asks for the key as well: a late call for an earlier
 * request does not free the place of its successor.
 *
 * @param pending Every request that is stored.
 * @param done The request that is over.
 * @returns What to store.
 */
export function settleRequest(
  pending: readonly PendingRequest[],
  done: Pick<IdentityRequest, "cluster" | "keyId">,
): readonly PendingRequest[] {
  return pending.filter(({ cluster, keyId }) => cluster !== done.cluster || keyId !== done.keyId);
}
