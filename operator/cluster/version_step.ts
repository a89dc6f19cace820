/**
 * Which Kubernetes version a control plane is told next: what runs is read here, the rules are the providers'.
 *
 * @module
 */
import { CAPI_CLUSTER_LABEL, CAPI_CONTROL_PLANE_LABEL, type LatticeCluster } from "@lattice/api";
import type { KubeObject } from "@lattice/kube";
import { clusterNames, nextVersion, type VersionStep } from "@lattice/providers";
import { z } from "zod";
import type { Reads } from "./reads.ts";
import { machineDeploymentView, view } from "./views.ts";
import { MACHINE_DEPLOYMENT } from "./writes.ts";

const MACHINE = { apiVersion: "cluster.x-k8s.io/v1beta2", kind: "Machine" } as const;
/** What the rules can compare; builds of others have further words behind it. */
const COMPARABLE = /^v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?(\+rke2r[0-9]+)?/;

const versionView = z.object({
  spec: z.object({ version: z.string() }),
  status: z.object({ version: z.string().optional() }).default({}),
});
const machineView = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }),
  status: z.object({ nodeInfo: z.object({ kubeletVersion: z.string() }).optional() }).default({}),
});

/**
 * Decides which version a control plane is told. What runs is read only when the version is to change.
 *
 * @param reads Where everything is read from.
 * @param object The LatticeCluster.
 * @param controlPlane The control plane, as it would be applied and as it is.
 * @param signal Ends the reads early.
 */
export async function stepOf(
  reads: Pick<Reads, "list">,
  object: LatticeCluster,
  controlPlane: { planned: KubeObject; live: KubeObject },
  signal: AbortSignal,
): Promise<VersionStep> {
  const { version } = view(versionView, controlPlane.planned).spec;
  const { spec, status } = view(versionView, controlPlane.live);
  if (version === spec.version) return { version };
  const { name } = object.metadata;
  const { namespace } = clusterNames(name);
  const options = { namespace, labelSelector: `${CAPI_CLUSTER_LABEL}=${name}`, signal };
  const [machines, deployments] = await Promise.all([
    reads.list(MACHINE, options),
    reads.list(MACHINE_DEPLOYMENT, options),
  ]);
  return nextVersion(version, {
    told: spec.version,
    ...(status.version === undefined ? {} : { oldest: status.version }),
    running: comparable(
      machines.items.map((one) => view(machineView, one))
        .filter(({ metadata }) => CAPI_CONTROL_PLANE_LABEL in metadata.labels)
        .map((machine) => machine.status.nodeInfo?.kubeletVersion),
    ),
    pools: comparable(
      deployments.items.map((one) => view(machineDeploymentView, one).spec.template.spec.version),
    ),
  });
}

function comparable(versions: readonly (string | undefined)[]): string[] {
  return versions.flatMap((version) => COMPARABLE.exec(version ?? "")?.[0] ?? []);
}

/**
 * A cluster that asks for another Kubernetes version.
 *
 * @param object The cluster.
 * @param version The version, as CAPI writes it.
 */
export function withVersion(object: LatticeCluster, version: string): LatticeCluster {
  const { spec } = object;
  const { provider } = spec;
  const kubernetes = { ...provider.kubernetes, version };
  return { ...object, spec: { ...spec, provider: { ...provider, kubernetes } } };
}
