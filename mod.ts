/**
 * Lattice as a library: parse a cluster, check it, render what Cluster API needs; parse services, compile and
 * explain their mesh.
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
export * from "@lattice/policy";
export * from "@lattice/providers";
