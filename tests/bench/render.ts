/**
 * How fast clusters are rendered, of all clouds, bootstrap providers and sizes in turn. The peer is our own limit.
 *
 * @module
 */
import { type KubeObject, type LatticeCluster, parseCluster } from "@lattice/api";
import { renderCluster } from "@lattice/providers";
import { BOOTSTRAPS, CLOUDS, clusterFile, SIZES } from "../support/provider_matrix.ts";
import { type BenchRow, benchRow } from "./types.ts";

const CLUSTERS = 1_000;
const LIMIT_MS = 2_000;
/** A machine that others use, too, is quiet in one turn or the other. */
const TURNS = 3;

/**
 * Runs the benchmark.
 *
 * @returns One row a measurement.
 */
export function benchRender(): Promise<BenchRow[]> {
  const files = Array.from({ length: CLUSTERS }, (_, index) => fileOf(index));
  const clusters: LatticeCluster[] = [];
  const parsing = best(() => {
    clusters.length = 0;
    for (const file of files) clusters.push(parseCluster(file));
  });
  const rendered: KubeObject[][] = [];
  const rendering = best(() => {
    rendered.length = 0;
    for (const cluster of clusters) rendered.push(renderCluster(cluster));
  });
  const again = best(() => {
    clusters.forEach((cluster, index) => {
      renderCluster(cluster, { existing: rendered[index] ?? [] });
    });
  });
  const objects = rendered.reduce((sum, each) => sum + each.length, 0);
  return Promise.resolve([
    row(`render ${CLUSTERS} clusters, ${objects} objects`, rendering, 1),
    row(`render ${CLUSTERS} clusters that are there`, again, 1),
    row(`read ${CLUSTERS} files`, parsing),
  ]);
}

function fileOf(index: number): string {
  const pick = <T>(values: readonly T[], step: number): T =>
    values[Math.floor(index / step) % values.length] as T;
  const bootstrap = pick(BOOTSTRAPS, CLOUDS.length);
  const size = pick(SIZES, CLOUDS.length * BOOTSTRAPS.length);
  const file = clusterFile(pick(CLOUDS, 1), bootstrap, size);
  return JSON.stringify({ ...file, metadata: { name: `cluster-${index}` } });
}

function best(turn: () => void): number {
  const times = Array.from({ length: TURNS }, () => {
    const started = performance.now();
    turn();
    return performance.now() - started;
  });
  return Math.min(...times);
}

function row(name: string, ms: number, goal?: number): BenchRow {
  return benchRow({ name, ours: ms, peer: LIMIT_MS, unit: "ms", goal }, "less");
}
