/**
 * Machines that exist in the memory of CAPD in place of containers: the same render, with CAPD's `Dev*` kinds where it has
 * `Docker*`. Nothing else differs from production.
 *
 * @module
 */
import type { KubeObject, LatticeCluster } from "@lattice/api";
import { renderCluster, type RenderContext } from "@lattice/providers";

const KINDS: ReadonlyMap<string, string> = new Map([
  ["DockerCluster", "DevCluster"],
  ["DockerMachineTemplate", "DevMachineTemplate"],
]);

/** How long each part of a machine takes to come up. */
const STARTUP = { provisioning: { startupDuration: "1s", startupJitter: "0.2" } } as const;
const MACHINE = { vm: STARTUP, node: STARTUP, apiServer: STARTUP, etcd: STARTUP } as const;

/**
 * Renders a cluster of the docker provider onto CAPD's in-memory backend.
 *
 * @param cluster a valid cluster with `docker`
 * @param context what exists, with the kinds that this function renders
 * @returns objects in the order in which they are applied
 */
export function renderInMemory(cluster: LatticeCluster, context: RenderContext = {}): KubeObject[] {
  const existing = context.existing?.map((object) =>
    object.kind === "DevMachineTemplate" ? { ...object, kind: "DockerMachineTemplate" } : object
  );
  return renderCluster(cluster, existing === undefined ? context : { ...context, existing })
    .map(inMemory);
}

function inMemory(object: KubeObject): KubeObject {
  const moved = renamed(object) as KubeObject;
  if (moved.kind === "DevCluster") {
    // CAPD writes into the annotations of this kind, and stumbles when there are none.
    const metadata = { ...moved.metadata, annotations: { "example.com/backend": "memory" } };
    return { ...moved, metadata, spec: { backend: { inMemory: {} } } };
  }
  if (moved.kind !== "DevMachineTemplate") return moved;
  return { ...moved, spec: { template: { spec: { backend: { inMemory: MACHINE } } } } };
}

/** The object and every reference in it with the other kind. */
function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      key === "kind" && typeof field === "string" ? KINDS.get(field) ?? field : renamed(field),
    ]),
  );
}
