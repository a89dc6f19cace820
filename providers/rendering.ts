/**
 * What every provider needs while it renders a cluster.
 *
 * @module
 */
import {
  CAPI_CLUSTER_LABEL,
  CLUSTER_LABEL,
  FIELD_MANAGER,
  type KubeObject,
  type LatticeCluster,
  MANAGED_BY,
  MANAGED_BY_LABEL,
} from "@lattice/api";
import { type ClusterNames, clusterNames } from "./names.ts";

/** Field manager under which rendered objects are applied. */
export const MANAGER: string = FIELD_MANAGER;

/** How a new node reports to its parent. */
export interface BootstrapInfo {
  /** Bootstrap webhook of the parent, `https://host:port`. */
  endpoint: string;
  /** One-time token. Secret. */
  token: string;
  /** PEM of the authority that signed the webhook's certificate. */
  caCertPem: string;
}

/** What rendering depends on beside the LatticeCluster itself. */
export interface RenderContext {
  /** Absent: the cluster has no parent, e.g. it is installed from a bootstrap cluster. */
  bootstrapInfo?: BootstrapInfo;
  /**
   * Objects of the cluster that exist. A machine or configuration template among them whose content differs from what
   * is rendered is left alone, and a new one with a hashed name takes its place: templates cannot be changed.
   */
  existing?: readonly KubeObject[];
}

/** One run of the renderer. */
export interface Rendering {
  /** The cluster. */
  cluster: LatticeCluster;
  /** Its names. */
  names: ClusterNames;
  /** Labels of its objects. */
  labels: Record<string, string>;
  /** Kubernetes version as CAPI wants it: `v1.35.4`, or `v1.35.4+rke2r1` with rke2. */
  version: string;
  /** What else there is. */
  context: RenderContext;
}

/**
 * Starts a run.
 *
 * @param cluster a valid cluster
 * @param context what else rendering depends on
 * @returns the run
 * @throws {RangeError} when the cluster has no name
 */
export function newRendering(cluster: LatticeCluster, context: RenderContext): Rendering {
  const { name } = cluster.metadata;
  if (!name) throw new RangeError("Cannot render a cluster without metadata.name");
  return {
    cluster,
    names: clusterNames(name),
    labels: {
      [CAPI_CLUSTER_LABEL]: name,
      [CLUSTER_LABEL]: name,
      [MANAGED_BY_LABEL]: MANAGED_BY,
    },
    version: capiVersion(cluster),
    context,
  };
}

/**
 * The Kubernetes version as CAPI wants it.
 *
 * @param cluster a valid cluster
 * @returns `v1.35.4`, or `v1.35.4+rke2r1` with rke2 (a revision in the spec is kept)
 */
export function capiVersion(cluster: LatticeCluster): string {
  const { version, bootstrap } = cluster.spec.provider.kubernetes;
  const bare = version.replace(/^v/, "");
  return bootstrap === "rke2" && !bare.includes("+") ? `v${bare}+rke2r1` : `v${bare}`;
}

/**
 * Names and addresses for the API server's certificate: those of the spec, the host that children use, and what
 * the provider adds; each once.
 *
 * @param cluster the cluster
 * @param first what the provider puts in front
 * @param last what the provider puts behind
 * @returns names and addresses
 */
export function certSANs(
  cluster: LatticeCluster,
  first: readonly string[] = [],
  last: readonly string[] = [],
): string[] {
  const host = cluster.spec.parentConfig?.host;
  const own = cluster.spec.provider.kubernetes.certSANs ?? [];
  return [...new Set([...first, ...own, ...(host ? [host] : []), ...last])];
}
