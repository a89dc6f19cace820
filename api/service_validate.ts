/**
 * Rules of services that look at several fields or at names.
 *
 * The parser applies them to files, and the operator to what the API server let through.
 *
 * @module
 */
import { MAX_SERVICE_NAME, RESERVED_SERVICE_NAME, SYSTEM_NAMESPACES } from "./constants.ts";
import type { Problem } from "./errors.ts";
import { parseEndpoint } from "./external_endpoint.ts";
import type { ExternalEndpoint, LatticeExternalService } from "./external_types.ts";
import type { ObjectMeta } from "./objects.ts";
import { DNS_LABEL } from "./schema_parts.ts";
import { OBJECT_LABEL } from "./service_parts.ts";
import type { LabelSelector, LatticeServicePolicy } from "./service_policy_types.ts";
import type { LatticeService, ServicePort, ServiceResource } from "./service_types.ts";
import { containerProblems } from "./service_validate_container.ts";

const SYSTEM = new Set(SYSTEM_NAMESPACES);
const HOST_NAME =
  /^(\*\.)?([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)*[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** Ports on which the mesh itself listens in every pod. */
const MESH_PORTS: readonly number[] = [15001, 15006, 15008, 15020, 15021, 15053];

/**
 * Checks a service.
 *
 * @param service as `latticeServiceSchema` returned it
 * @returns problems; empty when it is valid
 */
export function validateService(service: LatticeService): Problem[] {
  const { spec } = service;
  return [
    ...nameProblems(service.metadata),
    ...containerProblems(spec),
    ...portProblems(spec.service?.ports),
    ...Object.entries(spec.resources).flatMap(([name, resource]) =>
      resourceProblems(`spec.resources.${name}`, name, resource)
    ),
    ...spec.ingress?.hosts.flatMap((host, index) => hostProblems(index, host)) ?? [],
    ...ingressProblems(service),
    ...replicaProblems(service),
    ...hostNetworkProblems(service),
  ];
}

/**
 * Checks an external service.
 *
 * @param external as `latticeExternalServiceSchema` returned it
 * @returns problems; empty when it is valid
 */
export function validateExternalService(external: LatticeExternalService): Problem[] {
  const endpoints = endpointsOf(external);
  return [
    ...nameProblems(external.metadata),
    ...Object.keys(external.spec.endpoints).filter((name) =>
      !OBJECT_LABEL.test(name) || name.length > 63
    )
      .map((name) => ({
        field: `spec.endpoints.${name}`,
        reason: "the name is not a DNS label",
        remedy: "use up to 63 lower-case letters, digits and '-'",
      })),
    ...(Object.keys(external.spec.endpoints).length === 0
      ? [{ field: "spec.endpoints", reason: "is empty", remedy: "write at least one URL" }]
      : []),
    ...endpoints.flatMap((_, index) => endpointProblems(external, endpoints, index)),
  ];
}

/**
 * Checks a service policy.
 *
 * @param policy as `latticeServicePolicySchema` returned it
 * @returns problems; empty when it is valid
 */
export function validateServicePolicy(policy: LatticeServicePolicy): Problem[] {
  const { selector } = policy.spec;
  return [
    ...requirementProblems("spec.selector", selector),
    ...requirementProblems("spec.selector.namespaceSelector", selector.namespaceSelector),
  ];
}

/**
 * The endpoints of an external service, taken apart.
 *
 * @param external the external service
 * @returns endpoints sorted by name; URLs that cannot be read are left out
 */
export function endpointsOf(external: LatticeExternalService): ExternalEndpoint[] {
  return Object.entries(external.spec.endpoints)
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, url]) => parseEndpoint(name, url))
    .filter((endpoint) => typeof endpoint !== "string");
}

function endpointProblems(
  external: LatticeExternalService,
  endpoints: readonly ExternalEndpoint[],
  index: number,
): Problem[] {
  const endpoint = endpoints[index];
  if (!endpoint) return [];
  const field = `spec.endpoints.${endpoint.name}`;
  const twin = endpoints.slice(0, index).find((other) =>
    other.host === endpoint.host && other.port === endpoint.port &&
    other.protocol !== endpoint.protocol
  );
  return [
    ...(external.spec.resolution === "static" && !endpoint.address
      ? [{
        field,
        reason: `has the DNS name ${endpoint.host}, but resolution is static`,
        remedy: "write an IP address, or resolution: dns",
      }]
      : []),
    ...(twin
      ? [{
        field,
        reason: `has the host and port of ${twin.name} with another protocol`,
        remedy: "keep one of the two",
      }]
      : []),
  ];
}

function requirementProblems(field: string, selector: LabelSelector | undefined): Problem[] {
  return (selector?.matchExpressions ?? []).flatMap(({ operator, values = [] }, index) => {
    const needsValues = operator === "In" || operator === "NotIn";
    return needsValues === values.length > 0 ? [] : [{
      field: `${field}.matchExpressions[${index}].values`,
      reason: needsValues ? `is empty, and ${operator} needs values` : `${operator} takes none`,
      remedy: needsValues ? "write at least one value" : "leave values out",
    }];
  });
}

function nameProblems({ name, namespace = "default" }: ObjectMeta): Problem[] {
  const problems: Problem[] = [];
  if (!DNS_LABEL.test(name) || name.length > MAX_SERVICE_NAME) {
    problems.push({
      field: "metadata.name",
      reason: `${
        JSON.stringify(name)
      } is not a DNS label of at most ${MAX_SERVICE_NAME} characters`,
      remedy: "use lower-case letters, digits and '-', and start with a letter",
    });
  } else if (RESERVED_SERVICE_NAME.test(name)) {
    problems.push({
      field: "metadata.name",
      reason: `${JSON.stringify(name)} is reserved: it is an identity of the mesh`,
      remedy: "choose a name that is not default and does not end in -waypoint or -gateway-istio",
    });
  }
  if (!OBJECT_LABEL.test(namespace) || namespace.length > 63) {
    problems.push({
      field: "metadata.namespace",
      reason: `${JSON.stringify(namespace)} is not a DNS label of at most 63 characters`,
      remedy: "use lower-case letters, digits and '-'",
    });
  } else if (SYSTEM.has(namespace)) {
    problems.push({
      field: "metadata.namespace",
      reason: `${namespace} is a system namespace, which stays outside of the mesh`,
      remedy: "choose another namespace",
    });
  }
  return problems;
}

function portProblems(ports: Record<string, ServicePort> | undefined): Problem[] {
  if (!ports) return [];
  const seen = new Map<string, string>();
  const problems: Problem[] = Object.keys(ports).length > 0 ? [] : [{
    field: "spec.service.ports",
    reason: "is empty",
    remedy: "write a port, or leave service out",
  }];
  for (const [name, port] of Object.entries(ports)) {
    const field = `spec.service.ports.${name}`;
    if (
      name.length > 15 || !OBJECT_LABEL.test(name) || !/[a-z]/.test(name) || name.includes("--")
    ) {
      problems.push({
        field,
        reason: "the name is not one of a port",
        remedy: "use up to 15 lower-case letters, digits and single '-', with at least one letter",
      });
    }
    const key = `${port.port}/${port.protocol}`;
    const twin = seen.get(key);
    if (twin !== undefined) {
      problems.push({
        field,
        reason: `has the number and protocol of ${twin}: ${key}`,
        remedy: "keep one of the two",
      });
    }
    seen.set(key, name);
    if (port.protocol === "TCP" && MESH_PORTS.includes(port.targetPort ?? port.port)) {
      problems.push({
        field,
        reason: `the container's port ${port.targetPort ?? port.port} belongs to the mesh`,
        remedy: "let the container listen on another port",
      });
    }
  }
  return problems;
}

function resourceProblems(field: string, name: string, resource: ServiceResource): Problem[] {
  if (resource.type !== "service" && resource.type !== "external-service") {
    return resource.inbound || resource.outbound
      ? [{
        field,
        reason: `inbound and outbound rules have no meaning for type ${resource.type}`,
        remedy: "leave them out",
      }]
      : [];
  }
  const target = resource.id ?? name;
  const problems: Problem[] = [];
  const add = (part: string, reason: string, remedy: string) =>
    problems.push({ field: part === "" ? field : `${field}.${part}`, reason, remedy });
  if (target === "*" ? resource.direction !== "inbound" : !DNS_LABEL.test(target)) {
    add(
      resource.id === undefined ? "" : "id",
      target === "*"
        ? '"*" stands for any caller'
        : `${JSON.stringify(target)} is not the name of a service`,
      target === "*" ? "write direction: inbound" : "write the name of a LatticeService",
    );
  }
  if (resource.namespace === "*" && target !== "*") {
    add("namespace", '"*" needs id "*"', "write the namespace of the peer");
  }
  if (resource.type === "external-service" && resource.direction !== "outbound") {
    add("direction", "an external service can only be called", "write direction: outbound");
  }
  if (resource.inbound && resource.direction === "outbound") {
    add("inbound", "needs direction inbound or both", "change the direction, or leave it out");
  }
  if (resource.outbound && resource.direction === "inbound") {
    add("outbound", "needs direction outbound or both", "change the direction, or leave it out");
  }
  return problems;
}

function hostProblems(index: number, host: string): Problem[] {
  return HOST_NAME.test(host) && host.length <= 253 ? [] : [{
    field: `spec.ingress.hosts[${index}]`,
    reason: `${JSON.stringify(host)} is not a host name`,
    remedy: "write a DNS name, e.g. shop.example.com",
  }];
}

function ingressProblems({ spec }: LatticeService): Problem[] {
  if (!spec.ingress) return [];
  const ports = Object.values(spec.service?.ports ?? {});
  return ports.some((port) => port.protocol === "TCP") ? [] : [{
    field: "spec.ingress",
    reason: "needs a TCP port under service.ports",
    remedy: "write one, or leave ingress out",
  }];
}

function replicaProblems({ spec }: LatticeService): Problem[] {
  const { min, max } = spec.replicas;
  if (max === undefined) return [];
  if (min > max) {
    return [{
      field: "spec.replicas.min",
      reason: `${min} is above max ${max}`,
      remedy: "make it at most max",
    }];
  }
  return min >= 1 ? [] : [{
    field: "spec.replicas.min",
    reason: "is 0, where an autoscaler cannot go",
    remedy: "make it at least 1, or leave max out",
  }];
}

function hostNetworkProblems({ spec }: LatticeService): Problem[] {
  const hasPeers = spec.service !== undefined ||
    Object.values(spec.resources).some(({ type }) =>
      type === "service" || type === "external-service"
    );
  return spec.hostNetwork === true && hasPeers
    ? [{
      field: "spec.hostNetwork",
      reason: "escapes every policy, and the service has peers or ports",
      remedy: "leave hostNetwork out, or service ports and peers",
    }]
    : [];
}
