/**
 * Identity and address of a service: ServiceAccount and Service.
 *
 * @module
 */
import { type KubeObject, USE_WAYPOINT_LABEL } from "@lattice/api";
import { makeObject, selectorOf } from "./objects.ts";
import { sortedEntries } from "./text.ts";
import type { Rendering } from "./types.ts";

/**
 * The ServiceAccount, whose name is the identity that policies know.
 *
 * @param rendering the service
 */
export function renderServiceAccount(rendering: Rendering): KubeObject {
  return makeObject(rendering, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    name: rendering.name,
    body: { automountServiceAccountToken: false },
  });
}

/**
 * The Service.
 *
 * @param rendering the service
 * @returns nothing when it has no ports: an API server refuses a Service without
 */
export function renderService(rendering: Rendering): KubeObject[] {
  const ports = sortedEntries(rendering.spec.service?.ports);
  if (ports.length === 0) return [];
  const { waypoint } = rendering.context;
  return [makeObject(rendering, {
    apiVersion: "v1",
    kind: "Service",
    name: rendering.name,
    ...(waypoint !== undefined && { labels: { [USE_WAYPOINT_LABEL]: waypoint } }),
    body: {
      spec: {
        type: "ClusterIP",
        selector: selectorOf(rendering),
        ports: ports.map(([name, { port, targetPort = port, protocol }]) => ({
          name,
          port,
          protocol,
          targetPort,
        })),
      },
    },
  })];
}
