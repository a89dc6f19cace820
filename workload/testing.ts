/**
 * Services for tests, with the defaults that parsing fills in.
 *
 * @module
 */
import type { LatticeService, LatticeServiceSpec, ServiceContainer } from "@lattice/api";
import { renderWorkload } from "./render.ts";
import type { WorkloadContext, WorkloadResult } from "./types.ts";

/**
 * A container.
 *
 * @param traits what differs from a plain one
 */
export function aContainer(traits: Partial<ServiceContainer> = {}): ServiceContainer {
  return { image: "registry.local/app:1", variables: {}, files: {}, volumes: {}, ...traits };
}

/**
 * A service `notes` in the namespace `docs`.
 *
 * @param traits what differs from one container without ports
 * @param name name of the service
 */
export function aService(traits: Partial<LatticeServiceSpec> = {}, name = "notes"): LatticeService {
  return {
    apiVersion: "lattice.dev/v1alpha1",
    kind: "LatticeService",
    metadata: { name, namespace: "docs" },
    spec: {
      containers: { main: aContainer() },
      resources: {},
      replicas: { min: 1 },
      deploy: { strategy: "rolling" },
      sidecars: {},
      sysctls: {},
      ...traits,
    },
  };
}

/**
 * Renders a service that depends on nothing outside of itself.
 *
 * @param traits what differs from one container without ports
 * @param context what it finds
 */
export function rendered(
  traits: Partial<LatticeServiceSpec> = {},
  context: Partial<WorkloadContext> = {},
): WorkloadResult {
  return renderWorkload(aService(traits), { resolve: () => undefined, ...context });
}
