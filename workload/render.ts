/**
 * From a LatticeService to the objects of its workload.
 *
 * @module
 */
import type { KubeObject, LatticeService } from "@lattice/api";
import { renderControllers } from "./controllers.ts";
import { renderIngress } from "./ingress.ts";
import { renderService, renderServiceAccount } from "./network.ts";
import { sortObjects } from "./objects.ts";
import { renderSecrets } from "./secrets.ts";
import { sortedEntries } from "./text.ts";
import { Findings, type Rendering, type WorkloadContext, type WorkloadResult } from "./types.ts";

/** Types of resources that mean something to a workload. */
const KNOWN_TYPES = new Set(["service", "external-service", "volume", "secret"]);

/**
 * Renders the workload of a service: ServiceAccount, Deployment or StatefulSet, Service, autoscaler, disruption budget,
 * claims, ConfigMaps, ExternalSecrets, Gateway, HTTPRoutes and Certificate, as far as it asks for them.
 *
 * Policies are not part of it. Pure: equal input gives equal bytes, in whatever order its maps were written.
 *
 * @param service a valid service with its defaults filled in, as `parseDocuments` returns it
 * @param context what it depends on
 * @returns objects and problems; with a problem that stands in the way, no objects
 */
export function renderWorkload(service: LatticeService, context: WorkloadContext): WorkloadResult {
  const findings = new Findings();
  const { name, namespace = "default", annotations = {} } = service.metadata;
  const rendering: Rendering = {
    name,
    namespace,
    annotations,
    spec: service.spec,
    context,
    findings,
  };
  reportCustomTypes(rendering);
  const objects: KubeObject[] = [
    renderServiceAccount(rendering),
    ...renderControllers(rendering),
    ...renderService(rendering),
    ...renderSecrets(rendering),
    ...renderIngress(rendering),
  ];
  const { blocked } = findings;
  return { objects: blocked ? [] : sortObjects(objects), problems: findings.problems(), blocked };
}

function reportCustomTypes({ spec, findings }: Rendering): void {
  for (const [key, { type }] of sortedEntries(spec.resources)) {
    if (KNOWN_TYPES.has(type)) continue;
    findings.warn(
      `spec.resources.${key}.type`,
      `nothing provides ${JSON.stringify(type)}: the resource has no effect`,
      `use one of: ${[...KNOWN_TYPES].join(", ")}`,
    );
  }
}
