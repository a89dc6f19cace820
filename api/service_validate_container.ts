/**
 * Rules of the containers of a service.
 *
 * @module
 */
import type { Problem } from "./errors.ts";
import { parseQuantity } from "./service_quantity.ts";
import { OBJECT_LABEL } from "./service_parts.ts";
import type { LatticeServiceSpec, ServiceContainer, ServiceFile } from "./service_types.ts";

const VARIABLE = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;

/**
 * Checks containers and sidecars.
 *
 * @param spec of a service
 * @returns problems; empty when all are valid
 */
export function containerProblems(spec: LatticeServiceSpec): Problem[] {
  const named = [
    ...Object.entries(spec.containers).map(([name, container]) =>
      [`spec.containers.${name}`, name, container] as const
    ),
    ...Object.entries(spec.sidecars).map(([name, container]) =>
      [`spec.sidecars.${name}`, name, container] as const
    ),
  ];
  const problems: Problem[] = Object.keys(spec.containers).length > 0 ? [] : [{
    field: "spec.containers",
    reason: "is empty",
    remedy: "write at least one container",
  }];
  for (const [field, name, container] of named) {
    if (!OBJECT_LABEL.test(name) || name.length > 63) {
      problems.push({
        field,
        reason: "the name is not a DNS label of at most 63 characters",
        remedy: "use lower-case letters, digits and '-'",
      });
    }
    problems.push(...partProblems(field, container));
  }
  for (const name of Object.keys(spec.sidecars)) {
    if (!Object.hasOwn(spec.containers, name)) continue;
    problems.push({
      field: `spec.sidecars.${name}`,
      reason: "has the name of a container",
      remedy: "rename it",
    });
  }
  return problems;
}

function partProblems(field: string, container: ServiceContainer): Problem[] {
  return [
    ...Object.keys(container.variables).filter((name) => !VARIABLE.test(name)).map((name) => ({
      field: `${field}.variables.${name}`,
      reason: "is not the name of an environment variable",
      remedy: "use letters, digits, '_', '-' and '.', and do not start with a digit",
    })),
    ...quantityProblems(field, container),
    ...Object.entries(container.files).flatMap(([path, file]) =>
      fileProblems(`${field}.files.${path}`, path, file)
    ),
    ...Object.keys(container.volumes).filter((path) => !isPath(path)).map((path) => ({
      field: `${field}.volumes.${path}`,
      reason: "is not an absolute path",
      remedy: "start it with / and leave out : and ..",
    })),
    ...probeProblems(field, container),
  ];
}

function isPath(path: string): boolean {
  return /^\/[^:]+$/.test(path) && !path.split("/").includes("..");
}

function quantityProblems(field: string, { resources }: ServiceContainer): Problem[] {
  return (["cpu", "memory"] as const).flatMap((name) => {
    const request = resources?.requests?.[name];
    const limit = resources?.limits?.[name];
    if (request === undefined || limit === undefined) return [];
    return (parseQuantity(request) ?? 0) <= (parseQuantity(limit) ?? 0) ? [] : [{
      field: `${field}.resources.requests.${name}`,
      reason: `${request} is above the limit ${limit}`,
      remedy: "make it at most the limit",
    }];
  });
}

function fileProblems(field: string, path: string, file: ServiceFile): Problem[] {
  const problems: Problem[] = [];
  const sources = [file.content, file.binaryContent, file.source];
  if (!isPath(path)) {
    problems.push({
      field,
      reason: "is not an absolute path",
      remedy: "start it with / and leave out : and ..",
    });
  }
  if (sources.filter((source) => source !== undefined).length !== 1) {
    problems.push({
      field,
      reason: "needs exactly one of content, binaryContent and source",
      remedy: "write one of them",
    });
  }
  if (file.binaryContent !== undefined && !isBase64(file.binaryContent)) {
    problems.push({
      field: `${field}.binaryContent`,
      reason: "is not base64",
      remedy: "encode the bytes with base64",
    });
  }
  return problems;
}

function isBase64(text: string): boolean {
  const packed = text.replace(/\s/g, "");
  return packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed);
}

function probeProblems(field: string, container: ServiceContainer): Problem[] {
  return (["livenessProbe", "readinessProbe", "startupProbe"] as const).flatMap((name) => {
    const probe = container[name];
    if (!probe) return [];
    const checks = [probe.httpGet, probe.tcpSocket, probe.exec];
    return checks.filter((check) => check !== undefined).length === 1 ? [] : [{
      field: `${field}.${name}`,
      reason: "needs exactly one of httpGet, tcpSocket and exec",
      remedy: "write one of them",
    }];
  });
}
