/**
 * Small meshes for the tests, written as people write them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type LatticeObject, parseDocuments } from "@lattice/api";
import { graphOf, type ServiceGraph } from "./graph.ts";

/** The worked example: cart admits web, stock admits nobody, an external service of two kinds of hosts. */
export const SHOP = `
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: cart, namespace: shop}
spec:
  containers: {main: {image: registry.local/cart:2}}
  service: {ports: {http: {port: 80, targetPort: 8000}, stats: {port: 8125, protocol: UDP}}}
  resources:
    web: {type: service, direction: inbound}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: stock, namespace: shop}
spec:
  containers: {main: {image: registry.local/stock:1}}
  service: {ports: {grpc: {port: 9000}}}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: web, namespace: shop}
spec:
  containers: {main: {image: registry.local/web:5}}
  resources:
    cart: {type: service}
    stock: {type: service, direction: outbound}
    orders: {type: service, namespace: back}
    stripe-api: {type: external-service}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: orders, namespace: back}
spec:
  containers: {main: {image: registry.local/orders:1}}
  service: {ports: {http: {port: 80, targetPort: 8080}}}
  ingress: {hosts: [orders.example.com]}
  resources:
    shop-web: {type: service, id: web, namespace: shop, direction: inbound, inbound: {methods: [GET], paths: [/v1/*]}}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeExternalService
metadata: {name: stripe-api, namespace: shop}
spec:
  endpoints: {api: "https://api.stripe.com:443", legacy: "tcp://203.0.113.7:8443"}
  allowed_requesters: [web]
`;

/**
 * Objects of a text without problems.
 *
 * @param text YAML
 */
export function objectsOf(text: string): LatticeObject[] {
  const parsed = parseDocuments(text);
  assert.deepEqual(parsed.flatMap(({ problems }) => problems), []);
  return parsed.flatMap(({ object }) => object ?? []);
}

/**
 * Graph of a text without problems.
 *
 * @param text YAML
 */
export function graphFrom(text: string): ServiceGraph {
  return graphOf(objectsOf(text));
}

/**
 * A service.
 *
 * @param key `namespace/name`
 * @param resources lines under `spec.resources`, in flow style
 * @param rest further lines of `spec`, in flow style
 */
export function serviceText(key: string, resources = "{}", rest = "{}"): string {
  const [namespace, name] = key.split("/");
  const spec = rest === "{}" ? "" : `, ${rest.slice(1, -1)}`;
  return `{apiVersion: lattice.dev/v1alpha1, kind: LatticeService, metadata: {name: ${name}, namespace: ${namespace}}, ` +
    `spec: {containers: {main: {image: x}}, service: {ports: {http: {port: 80}}}, resources: ${resources}${spec}}}\n`;
}

/**
 * An external service with one endpoint.
 *
 * @param key `namespace/name`
 * @param requesters who may call, in flow style
 */
export function externalText(key: string, requesters: string): string {
  const [namespace, name] = key.split("/");
  return `{apiVersion: lattice.dev/v1alpha1, kind: LatticeExternalService, metadata: {name: ${name}, namespace: ${namespace}}, ` +
    `spec: {endpoints: {api: "https://api.example.com"}, allowed_requesters: ${requesters}}}\n`;
}
