/**
 * Objects by name.
 *
 * @module
 */

import type { KubeObject } from "@lattice/api";
import type { ObjectRef } from "@lattice/policy";

/**
 * A reference as text.
 *
 * @param ref Where it points.
 * @returns e.g. `cilium.io/v2 CiliumNetworkPolicy shop/policy-cart`
 */
export function refText({ apiVersion, kind, namespace, name }: ObjectRef): string {
  return `${apiVersion} ${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/**
 * What two versions of an object have in common.
 *
 * @param object The object.
 * @returns The text of a reference to it.
 */
export function identity({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): string {
  return refText({ apiVersion, kind, name, ...(namespace !== undefined && { namespace }) });
}

/**
 * An object as kubectl names it.
 *
 * @param object The object.
 * @returns e.g. `deployment.apps/cart`
 */
export function resourceName({ apiVersion, kind, metadata }: KubeObject): string {
  const group = apiVersion.includes("/") ? `.${apiVersion.slice(0, apiVersion.indexOf("/"))}` : "";
  return `${kind.toLowerCase()}${group}/${metadata.name}`;
}
