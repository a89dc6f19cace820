/**
 * Access from outside of the cluster: a Gateway, its routes and its certificate.
 *
 * @module
 */
import type { KubeObject, ServicePort } from "@lattice/api";
import { makeObject } from "./objects.ts";
import { compact, sortedEntries } from "./text.ts";
import type { Ingress, Rendering } from "./types.ts";

const GATEWAY_API = "gateway.networking.k8s.io/v1";
/** Most listeners that a Gateway can have. */
const MAX_LISTENERS = 64;
/** Most host names that an HTTPRoute can have. */
const MAX_HOSTNAMES = 16;

/**
 * Renders the ingress of a service.
 *
 * With TLS, plain requests are answered with a redirect and never reach the service.
 *
 * @param rendering the service
 */
export function renderIngress(rendering: Rendering): KubeObject[] {
  const { ingress } = rendering.spec;
  if (ingress === undefined) return [];
  const port = backendPort(rendering);
  checkIngress(rendering, ingress, port);
  if (port === undefined) return [];
  const hosts = [...new Set(ingress.hosts)].sort();
  const certificate = ingress.tls && certificateSecret(rendering, ingress.tls);
  return [
    gateway(rendering, ingress, hosts, certificate),
    ...routes(rendering, ingress, hosts, port, certificate !== undefined),
    ...(certificate === undefined ? [] : redirects(rendering, hosts)),
    ...certificates(rendering, ingress, hosts, certificate),
  ];
}

function checkIngress({ findings }: Rendering, ingress: Ingress, port: number | undefined): void {
  const { hosts, tls, rateLimit } = ingress;
  if (hosts.length === 0) {
    findings.block("spec.ingress.hosts", "is empty", "write at least one host name");
  }
  const listeners = new Set(hosts).size * (tls ? 2 : 1);
  if (listeners > MAX_LISTENERS) {
    const most = MAX_LISTENERS / (tls ? 2 : 1);
    findings.block(
      "spec.ingress.hosts",
      "are more than one Gateway takes",
      `write at most ${most}`,
    );
  }
  if (port === undefined) {
    const reason = "needs a TCP port to send requests to";
    findings.block("spec.ingress", reason, "declare one in spec.service.ports");
  }
  if (rateLimit !== undefined) {
    const reason = "is not supported at the gateway: every request is let through";
    findings.warn("spec.ingress.rateLimit", reason, "limit the service itself, or leave it out");
  }
  if (tls?.mode === "manual" && tls.secretName === undefined) {
    const reason = "is missing: with mode manual nobody else makes the certificate";
    findings.block(
      "spec.ingress.tls.secretName",
      reason,
      "name a Secret of type kubernetes.io/tls",
    );
  }
  if (tls?.mode === "manual" && tls.issuerRef !== undefined) {
    const reason = "has no effect with mode manual";
    findings.warn("spec.ingress.tls.issuerRef", reason, "leave it out, or write mode: auto");
  }
  if (tls?.mode === "auto" && tls.issuerRef === undefined) {
    const reason = "is missing: nobody would issue the certificate";
    findings.block("spec.ingress.tls.issuerRef", reason, "name an issuer, or write mode: manual");
  }
}

function certificateSecret({ name }: Rendering, tls: NonNullable<Ingress["tls"]>): string {
  return tls.secretName ?? `${name}-tls`;
}

function gateway(
  rendering: Rendering,
  ingress: Ingress,
  hosts: readonly string[],
  certificate: string | undefined,
): KubeObject {
  const plain = hosts.map((hostname, index) => ({
    name: listenerName("http", index),
    hostname,
    port: 80,
    protocol: "HTTP",
    allowedRoutes: { namespaces: { from: "Same" } },
  }));
  const encrypted = hosts.map((hostname, index) => ({
    name: listenerName("https", index),
    hostname,
    port: 443,
    protocol: "HTTPS",
    allowedRoutes: { namespaces: { from: "Same" } },
    tls: {
      mode: "Terminate",
      certificateRefs: [{ group: "", kind: "Secret", name: certificate }],
    },
  }));
  return makeObject(rendering, {
    apiVersion: GATEWAY_API,
    kind: "Gateway",
    name: gatewayName(rendering),
    body: {
      spec: {
        gatewayClassName: ingress.gatewayClass,
        listeners: certificate === undefined ? plain : [...plain, ...encrypted],
      },
    },
  });
}

function routes(
  rendering: Rendering,
  ingress: Ingress,
  hosts: readonly string[],
  port: number,
  encrypted: boolean,
): KubeObject[] {
  const paths = ingress.paths?.length ? ingress.paths : [{ path: "/" }];
  const matches = paths.map(({ path, pathType = "PathPrefix" }: PathMatch) => ({
    path: { type: pathType, value: path },
  }));
  return httpRoutes(rendering, `${rendering.name}-route`, hosts, encrypted ? "https" : "http", {
    matches,
    backendRefs: [{ group: "", kind: "Service", name: rendering.name, port, weight: 1 }],
  });
}

type PathMatch = NonNullable<Ingress["paths"]>[number];

function redirects(rendering: Rendering, hosts: readonly string[]): KubeObject[] {
  return httpRoutes(rendering, `${rendering.name}-redirect`, hosts, "http", {
    matches: [{ path: { type: "PathPrefix", value: "/" } }],
    filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
  });
}

// The first one has the plain name, further ones a number.
function httpRoutes(
  rendering: Rendering,
  name: string,
  hosts: readonly string[],
  listener: "http" | "https",
  rule: Readonly<Record<string, unknown>>,
): KubeObject[] {
  const parents = hosts.map((_, index) => ({
    group: "gateway.networking.k8s.io",
    kind: "Gateway",
    name: gatewayName(rendering),
    sectionName: listenerName(listener, index),
  }));
  const count = Math.ceil(hosts.length / MAX_HOSTNAMES);
  return Array.from({ length: count }, (_, index) => {
    const part = [index * MAX_HOSTNAMES, (index + 1) * MAX_HOSTNAMES] as const;
    return makeObject(rendering, {
      apiVersion: GATEWAY_API,
      kind: "HTTPRoute",
      name: index === 0 ? name : `${name}-${index + 1}`,
      body: {
        spec: {
          parentRefs: parents.slice(...part),
          hostnames: hosts.slice(...part),
          rules: [rule],
        },
      },
    });
  });
}

function certificates(
  rendering: Rendering,
  { tls }: Ingress,
  hosts: readonly string[],
  secretName: string | undefined,
): KubeObject[] {
  if (tls?.mode !== "auto" || tls.issuerRef === undefined) return [];
  const { name, kind = "ClusterIssuer" } = tls.issuerRef;
  return [makeObject(rendering, {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    name: `${rendering.name}-cert`,
    body: {
      spec: compact({
        secretName,
        dnsNames: hosts,
        issuerRef: { group: "cert-manager.io", kind, name },
      }),
    },
  })];
}

function backendPort({ spec }: Rendering): number | undefined {
  const ports = sortedEntries(spec.service?.ports)
    .filter(([, { protocol }]: [string, ServicePort]) => protocol === "TCP");
  return (ports.find(([name]) => name === "http") ?? ports[0])?.[1].port;
}

function gatewayName({ name }: Rendering): string {
  return `${name}-gateway`;
}

// The first keeps the name that it always had.
function listenerName(protocol: "http" | "https", index: number): string {
  return index === 0 ? protocol : `${protocol}-${index}`;
}
