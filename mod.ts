/**
 * Lattice as a library: parse a cluster, check it, render what Cluster API needs.
 *
 * Pure: it does no I/O, reads no clock and needs no permission.
 *
 * ```ts
 * import { parseCluster, renderCluster } from "lattice";
 *
 * const cluster = parseCluster(text, { file: "cluster.yaml" });
 * const objects = renderCluster(cluster);
 * ```
 *
 * @module
 */
export * from "@lattice/api";
export * from "@lattice/providers";
