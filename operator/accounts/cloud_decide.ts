/**
 * What is reported of a CloudProvider. Pure.
 *
 * @module
 */
import type { CloudProvider } from "@lattice/api";
import { type Aspect, assess, type Assessment, lacks, validity } from "./assess.ts";
import { accountKeys, type Credentials, credentialsAspect } from "./credentials.ts";
import { type Declared, misplaced } from "./declared.ts";
import * as reasons from "./reasons.ts";

/** What was read. */
export interface CloudWorld {
  /** The CloudProvider. */
  readonly provider: Declared<CloudProvider>;
  /** What was seen of its credentials; undefined: it names none. */
  readonly credentials: Credentials | undefined;
}

/**
 * Says how it stands with an account.
 *
 * @param world What was read.
 */
export function assessCloud({ provider, credentials }: CloudWorld): Assessment {
  const { raw, object, problems } = provider;
  const message = object ? `account of type ${object.spec.type} is ready to be used` : "";
  const whenReady = { reason: reasons.ACCOUNT_READY, message };
  const wrongPlace = misplaced(raw);
  if (wrongPlace) return assess([wrongPlace], whenReady);
  const valid = validity(problems);
  if (object === undefined) return assess([valid], whenReady);
  return assess([valid, access(object, credentials)], whenReady);
}

function access({ spec }: CloudProvider, credentials: Credentials | undefined): Aspect {
  const needs = accountKeys(spec.type);
  if (needs.length === 0 || credentials) return credentialsAspect(credentials);
  const message = `spec.credentialsSecretRef: is missing: accounts of type ${spec.type} need ` +
    `credentials; name a Secret with ${needs.join(", ")}`;
  return lacks(reasons.CREDENTIALS_AVAILABLE, reasons.CREDENTIALS_MISSING, message);
}
