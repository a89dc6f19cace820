/**
 * How authorities and agents lie in Secrets: names of the Secrets, and of their entries.
 *
 * @module
 */

import { CryptoError, loadCrypto } from "../mod.ts";
import type { CertificateAndKey } from "./authority.ts";
import { type CellAuthority, distinctRoots } from "./cell.ts";

/** Secret of a cell's authority, in `lattice-system`. */
export const CELL_SECRET = "lattice-ca";
/** Secret of an agent's certificate, in `lattice-system`; its type is `kubernetes.io/tls`. */
export const AGENT_SECRET = "lattice-agent-credentials";

/** What an agent holds: its certificate, its key, and the roots that it trusts. */
export interface AgentCredentials extends CertificateAndKey {
  /** Trust bundle of the cell, PEM. */
  readonly trustPem: string;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Content of the Secret {@link CELL_SECRET}, as `stringData`. Holds private keys. `ca-trust.crt` has every trusted
 * root, the active one first.
 */
export function toSecret({ active, next, retired }: CellAuthority): Record<string, string> {
  const roots = [active.certPem, ...(next === undefined ? [] : [next.certPem]), ...retired];
  return {
    "ca.crt": active.certPem,
    "ca.key": active.keyPem,
    "ca-trust.crt": roots.join(""),
    ...(next === undefined ? {} : { "ca-next.crt": next.certPem, "ca-next.key": next.keyPem }),
  };
}

/**
 * Reads what {@link toSecret} wrote (and bundles of other writers, with repetitions or without the active root).
 *
 * @param data Decoded entries of the Secret.
 * @param now Clock: expired roots are left out. Default: now.
 * @throws {CryptoError} `validation` when an entry is missing or cannot be read, or a key is not its certificate's.
 */
export async function fromSecret(
  data: Readonly<Record<string, string>>,
  now: Date = new Date(),
): Promise<CellAuthority> {
  const active = await pair(data, "ca.crt", "ca.key");
  const next = data["ca-next.crt"] === undefined
    ? undefined
    : await pair(data, "ca-next.crt", "ca-next.key");
  const bundle = data["ca-trust.crt"]?.match(CERTIFICATE) ?? [];
  const signing = [active.certPem, ...(next === undefined ? [] : [next.certPem])];
  const retired = await distinctRoots(bundle, now, signing);
  return next === undefined ? { active, retired } : { active, next, retired };
}

/** Content of the Secret {@link AGENT_SECRET}, as `stringData`. Holds a private key. */
export function toAgentSecret(agent: AgentCredentials): Record<string, string> {
  return { "tls.crt": agent.certPem, "tls.key": agent.keyPem, "ca.crt": agent.trustPem };
}

/**
 * Reads what {@link toAgentSecret} wrote.
 *
 * @param data Decoded entries of the Secret.
 * @throws {CryptoError} `validation` when an entry is missing or cannot be read, or the key is not the certificate's.
 */
export async function fromAgentSecret(
  data: Readonly<Record<string, string>>,
): Promise<AgentCredentials> {
  const trustPem = data["ca.crt"];
  if (trustPem === undefined) {
    throw new CryptoError("validation", "The Secret has no ca.crt", { field: "ca.crt" });
  }
  return { ...await pair(data, "tls.crt", "tls.key"), trustPem };
}

/** A certificate and its key from a Secret, checked to belong together. */
async function pair(
  data: Readonly<Record<string, string>>,
  certName: string,
  keyName: string,
): Promise<CertificateAndKey> {
  const [certPem, keyPem] = [data[certName], data[keyName]];
  if (certPem === undefined || keyPem === undefined) {
    throw new CryptoError("validation", `The Secret has no ${certName} or no ${keyName}`, {
      field: certPem === undefined ? certName : keyName,
    });
  }
  const crypto = await loadCrypto();
  using certified = crypto.certificateKey(certPem);
  using key = crypto.importKey(keyPem);
  using half = key.publicKey();
  if (certified.exportPem() !== half.exportPem()) {
    throw new CryptoError("validation", `${keyName} is not the key of ${certName}`, {
      field: keyName,
    });
  }
  return { certPem, keyPem };
}
