/**
 * Objects that somebody declared: what they say, and what is wrong with them. Pure.
 *
 * @module
 */
import { type Problem, readObject, SYSTEM_NAMESPACE } from "@lattice/api";
import type { KubeObject } from "@lattice/kube";
import { type Aspect, lacks } from "./assess.ts";
import * as reasons from "./reasons.ts";

/** An object that somebody declared. */
export interface Declared<T> {
  /** As the cluster has it, with status. */
  readonly raw: KubeObject;
  /** With its defaults; undefined when it breaks a rule. */
  readonly object: T | undefined;
  /** What is wrong with it. */
  readonly problems: readonly Problem[];
}

/**
 * Reads an object of a Lattice kind.
 *
 * @param raw As the cluster has it.
 */
export function declared<T>(raw: KubeObject): Declared<T> {
  // A status that another version wrote is no reason to refuse the object.
  const { status: _status, ...rest } = raw;
  const { object, problems } = readObject(rest);
  return { raw, object: object as T | undefined, problems };
}

/**
 * Whether an object is where it counts.
 *
 * @param object The object.
 * @returns What is wrong with its place; undefined: nothing.
 */
export function misplaced({ kind, metadata }: KubeObject): Aspect | undefined {
  if (metadata.namespace === SYSTEM_NAMESPACE) return undefined;
  const message = `a ${kind} has an effect in namespace ${SYSTEM_NAMESPACE} only; ` +
    `create ${SYSTEM_NAMESPACE}/${metadata.name}, and delete this one`;
  return lacks(reasons.VALID, reasons.WRONG_NAMESPACE, message);
}
