/**
 * A small shop for tests of the commands about services.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { lattice, type World } from "./io.ts";

/** Path of the examples. */
export const EXAMPLES: string = fileURLToPath(new URL("../../examples/mesh", import.meta.url));

/** web and cart agree, stock does not know web, ghost does not exist; stripe is outside. */
export const SHOP: string = `
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: web, namespace: shop}
spec:
  containers: {main: {image: "registry.local/web:5"}}
  resources:
    cart: {type: service}
    stock: {type: service}
    ghost: {type: service}
    stripe: {type: external-service, namespace: pay}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: cart, namespace: shop}
spec:
  containers: {main: {image: "registry.local/cart:2"}}
  service: {ports: {http: {port: 80, targetPort: 8000}, metrics: {port: 9090}}}
  resources:
    web: {type: service, direction: inbound}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: stock, namespace: shop}
spec:
  containers: {main: {image: "registry.local/stock:1"}}
  service: {ports: {grpc: {port: 9000}}}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeExternalService
metadata: {name: stripe, namespace: pay}
spec:
  endpoints: {api: "https://api.stripe.example:443"}
  allowed_requesters: [shop/web]
`;

/** stock after it agreed. */
export const STOCK: string = `
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: stock, namespace: shop}
spec:
  containers: {main: {image: "registry.local/stock:1"}}
  service: {ports: {grpc: {port: 9000}}}
  resources:
    web: {type: service, direction: inbound}
`;

/** The shop and a service with a field that nobody knows. */
export const BROKEN: string = `${SHOP}---
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: bad, namespace: shop}
spec:
  containers: {main: {image: "a:1"}}
  colour: red
`;

/** The shop on standard input. */
export const IN_SHOP: World = { stdin: SHOP };

/**
 * Runs a command line with `-o json` that must succeed.
 *
 * @param args Arguments after `lattice`.
 * @param world What the command finds; default: the shop on standard input.
 * @returns What it printed.
 */
export async function json(args: readonly string[], world: World = IN_SHOP): Promise<unknown> {
  const { code, stdout, stderr } = await lattice([...args, "-o", "json"], world);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}
