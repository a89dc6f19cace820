/**
 * What is wrong with the values of an account's Secret. No message quotes a value that is secret.
 *
 * @module
 */

import type { CloudType, LatticeCluster, Problem } from "@lattice/api";
import { type CredentialField, CREDENTIALS } from "@lattice/providers";
import { openStackProblems } from "./openstack.ts";

/** Where values come from, for messages. */
export interface Origin {
  /** File that holds the Secret; absent for the environment. */
  readonly file?: string;
  /** Line of the Secret, from 1. */
  readonly line?: number;
  /** What a field is called there. */
  readonly nameOf: (field: Pick<CredentialField, "key" | "variables">) => string;
  /** How to set fields there, in the imperative. */
  readonly remedy: (names: readonly string[]) => string;
}

/**
 * Checks the values of an account.
 *
 * @param type Type of the provider.
 * @param data Values by key.
 * @param origin Where they come from.
 * @param cluster The cluster that will use them.
 * @returns One problem that names everything missing, then one for each malformed value.
 */
export function credentialProblems(
  type: Exclude<CloudType, "docker">,
  data: Readonly<Record<string, string>>,
  origin: Origin,
  cluster: LatticeCluster,
): Problem[] {
  const { fields } = CREDENTIALS[type];
  const missing = fields.filter(({ key, optional }) => !optional && !data[key]);
  const malformed = fields.filter(({ key, pattern }) => data[key] && !pattern.test(data[key]));
  return [
    ...(missing.length > 0 ? [absent(missing.map(origin.nameOf), origin)] : []),
    ...malformed.map((field): Problem => ({
      field: origin.nameOf(field),
      reason: field.secret ? "is malformed" : `${JSON.stringify(data[field.key])} is malformed`,
      remedy: `write ${field.shape}`,
      ...placeOf(origin),
    })),
    ...(type === "openstack" ? openStackProblems(data, origin, cluster) : []),
  ];
}

/**
 * One problem for everything that is missing.
 *
 * @param names What is missing, as people call it.
 * @param origin Where it should be.
 */
export function absent(names: readonly string[], origin: Origin): Problem {
  return {
    field: names.join(", "),
    reason: names.length === 1 ? "is not set" : "are not set",
    remedy: origin.remedy(names),
    ...placeOf(origin),
  };
}

/**
 * File and line of a problem.
 *
 * @param origin Where the values come from.
 */
export function placeOf({ file, line }: Origin): Pick<Problem, "file" | "line"> {
  return { ...(file !== undefined && { file }), ...(line !== undefined && { line }) };
}
