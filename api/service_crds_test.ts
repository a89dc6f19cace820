import assert from "node:assert/strict";
import { parseEndpoint } from "./external_endpoint.ts";
import type { SchemaNode } from "./openapi.ts";
import {
  latticeExternalServiceCrd,
  latticeServiceCrd,
  latticeServicePolicyCrd,
} from "./service_crds.ts";
import { parseQuantity } from "./service_quantity.ts";

const CRDS = [latticeServiceCrd(), latticeExternalServiceCrd(), latticeServicePolicyCrd()];

Deno.test("the CRDs have the names that people type", () => {
  assert.deepEqual(CRDS.map(({ metadata, spec }) => [metadata.name, spec.names.shortNames]), [
    ["latticeservices.lattice.dev", ["ls"]],
    ["latticeexternalservices.lattice.dev", ["lext"]],
    ["latticeservicepolicies.lattice.dev", ["lsp"]],
  ]);
});

Deno.test("a CRD is small enough for an API server, and nothing in it is left to no type", () => {
  for (const crd of CRDS) {
    assert.ok(JSON.stringify(crd).length < 200_000);
    for (const version of crd.spec.versions) {
      walk(version.schema.openAPIV3Schema, crd.metadata.name);
    }
  }
});

Deno.test("both spellings of the requesters are in the CRD", () => {
  const [version] = latticeExternalServiceCrd().spec.versions;
  const schema = version?.schema.openAPIV3Schema as SchemaNode;
  const spec = schema.properties?.spec?.properties ?? {};
  assert.ok(spec.allowed_requesters && spec.allowedRequesters);
});

Deno.test("parseQuantity() knows every unit of Kubernetes", () => {
  const cases: [string, number | undefined][] = [
    ["1", 1],
    ["250m", 0.25],
    ["1.5Gi", 1.5 * 1024 ** 3],
    ["1e3", 1000],
    ["2E-1", 0.2],
    ["1E", 1e18],
    ["4k", 4000],
    [".5", 0.5],
    ["1.", 1],
    ["-1", undefined],
    ["1KB", undefined],
    ["1e", undefined],
    ["", undefined],
    ["NaN", undefined],
  ];
  for (const [text, amount] of cases) {
    const read = parseQuantity(text);
    if (amount === undefined) assert.equal(read, undefined, text);
    else assert.ok(Math.abs((read ?? NaN) - amount) <= amount * 1e-9, `${text}: ${read}`);
  }
});

Deno.test("parseEndpoint() takes URLs apart and leaves one spelling", () => {
  const cases: [string, string, string, number][] = [
    ["https://api.stripe.com", "https://api.stripe.com:443", "api.stripe.com", 443],
    ["HTTP://API.Example.com/v1/x", "http://api.example.com:80", "api.example.com", 80],
    ["db.example.com:5432", "tcp://db.example.com:5432", "db.example.com", 5432],
    ["grpc://a.example.com:50051", "grpc://a.example.com:50051", "a.example.com", 50051],
    ["tcp://203.0.113.7:8443", "tcp://203.0.113.7:8443", "203.0.113.7", 8443],
    ["https://[2001:DB8:0:0::1]", "https://[2001:db8::1]:443", "2001:db8::1", 443],
    ["tcp://[2001:db8:0:1:0:0:0:1]:1", "tcp://[2001:db8:0:1::1]:1", "2001:db8:0:1::1", 1],
  ];
  for (const [text, url, host, port] of cases) {
    const endpoint = parseEndpoint("api", text);
    assert.ok(typeof endpoint === "object", `${text}: ${endpoint}`);
    assert.deepEqual([endpoint.url, endpoint.host, endpoint.port], [url, host, port]);
  }
});

function walk(node: SchemaNode, path: string): void {
  const isTyped = node.type !== undefined || node["x-kubernetes-int-or-string"] === true ||
    node["x-kubernetes-preserve-unknown-fields"] === true;
  assert.ok(isTyped, path);
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    walk(child, `${path}.${name}`);
  }
  if (node.items) walk(node.items, `${path}[]`);
  if (typeof node.additionalProperties === "object") {
    walk(node.additionalProperties, `${path}.*`);
  }
}
