/**
 * What services, inside and outside of the cluster, offer to the templates of their callers.
 *
 * @module
 */
import type { LatticeExternalService, LatticeService } from "@lattice/api";
import { sortedEntries } from "./text.ts";
import type { ResourceOutputs } from "./types.ts";

/**
 * `host`, `port` and `url` of a service: of its port `http`, else of its first by name.
 *
 * @param service the service
 * @param domain domain of the cluster's DNS; default: `cluster.local`
 * @returns outputs; `port` and `url` are absent for a service without ports
 */
export function serviceOutputs(service: LatticeService, domain = "cluster.local"): ResourceOutputs {
  const { name, namespace = "default" } = service.metadata;
  const host = `${name}.${namespace}.svc.${domain}`;
  const ports = sortedEntries(service.spec.service?.ports);
  const port = (ports.find(([key]) => key === "http") ?? ports[0])?.[1].port;
  if (port === undefined) return { host };
  return { host, port: String(port), url: `http://${host}:${port}` };
}

/** Ports of the schemes that have one. */
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: "80", https: "443" };

/**
 * `host`, `port` and `url` of an external service: of its endpoint `default`, else of its first by name.
 *
 * @param external the external service
 * @returns outputs; none when it has no endpoint that can be read
 */
export function externalOutputs(external: LatticeExternalService): ResourceOutputs {
  const endpoints = sortedEntries(external.spec.endpoints);
  const endpoint = (endpoints.find(([key]) => key === "default") ?? endpoints[0])?.[1];
  const match = /^(?:([a-z]+):\/\/)?(\[[^\]]+\]|[^/:?#@]+)(?::([0-9]+))?(?:[/?#].*)?$/i
    .exec(endpoint ?? "");
  const [, scheme = "tcp", host, explicit] = match ?? [];
  const port = explicit ?? DEFAULT_PORTS[scheme.toLowerCase()];
  if (host === undefined || port === undefined) return {};
  const bare = host.replace(/^\[|\]$/g, "");
  return { host: bare, port, url: `${scheme.toLowerCase()}://${host}:${port}` };
}
