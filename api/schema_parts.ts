/**
 * Pieces that the schemas share.
 *
 * Messages read `reason; remedy`: `parse.ts` splits them at the semicolon. Patterns are written for RE2,
 * since the same pattern goes into the CRD.
 *
 * @module
 */
import { z } from "zod";

/** A rule of the Common Expression Language that the API server checks. */
export interface CelRule {
  /** Expression over `self` and, for transitions, `oldSelf`. */
  rule: string;
  /** What is said when it does not hold. */
  message: string;
  /** Field to blame, relative to the schema that carries the rule. */
  fieldPath?: string;
}

/**
 * Metadata that puts CEL rules into the CRD; zod itself ignores them.
 *
 * @param rules rules in the order in which they are checked
 * @returns argument for zod's `meta`
 */
export function cel(...rules: CelRule[]): Record<string, unknown> {
  return { "x-kubernetes-validations": rules };
}

/**
 * A text that is not empty.
 *
 * @param description for the CRD
 * @param maxLength longest text, in characters
 * @returns schema
 */
export function text(description: string, maxLength = 253): z.ZodString {
  return z.string()
    .min(1, {
      error: "must not be empty; write a value",
    })
    .max(maxLength)
    .describe(description);
}

/**
 * A whole number within bounds.
 *
 * @param description for the CRD
 * @param minimum smallest legal number
 * @param maximum largest legal number
 * @returns schema
 */
export function count(description: string, minimum: number, maximum: number): z.ZodInt {
  return z.int().min(minimum).max(maximum).describe(description);
}

/** Legal DNS label (RFC 1123) that starts with a letter. */
export const DNS_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
/** DNS name, with a wildcard in front if need be, IPv4 address, or what looks like an IPv6 address. */
export const HOST_NAME =
  /^((\*\.)?[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$/;
/** Public SSH key in OpenSSH format: type, key, and a comment on the same line. */
export const SSH_KEY =
  /^(ssh|sk-ssh|ecdsa-sha2|sk-ecdsa-sha2)-[a-z0-9@.-]+ [A-Za-z0-9+\/]+=*( [^\r\n]*)?$/;
/** Dotted IPv4 address. */
export const IPV4 =
  /^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])$/;
/** IPv4 network in CIDR notation. */
export const IPV4_CIDR =
  /^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\/(3[0-2]|[12]?[0-9])$/;
/** `v` optional, `1.minor.patch`, an optional pre-release, an optional RKE2 revision. */
export const KUBERNETES_VERSION =
  /^v?1\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z]+(\.[0-9A-Za-z]+)*)?(\+rke2r[1-9][0-9]*)?$/;
/** Name of a label or taint, with an optional DNS prefix. */
export const QUALIFIED_NAME =
  /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
/** Value of a label or taint; may be empty. */
export const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** Name servers that are used where none are given. */
export const DEFAULT_NAME_SERVERS: readonly string[] = ["8.8.8.8", "8.8.4.4"];

/** An IPv4 address. */
export const ipv4: z.ZodString = z.string().regex(IPV4, {
  error: "is not an IPv4 address; write four numbers from 0 to 255, e.g. 10.0.0.1",
});

/** An IPv4 network. */
export const ipv4Cidr: z.ZodString = z.string().regex(IPV4_CIDR, {
  error: "is not an IPv4 network; write address and prefix length, e.g. 10.0.0.0/24",
});

/** Public SSH keys. */
export const sshKeys: z.ZodExactOptional<z.ZodArray<z.ZodString>> = z.array(
  z.string().max(8192).regex(SSH_KEY, {
    error:
      "is not a public SSH key; write the one line of a .pub file, e.g. ssh-ed25519 AAAA… name",
  }).describe("Public key in OpenSSH format"),
).max(64).describe("Keys that may log in to control-plane machines").exactOptional();
