/**
 * `lattice get services`.
 *
 * @module
 */

import type { KubeObject } from "@lattice/api";
import { z } from "zod";
import type { ServicesFlags } from "../commands/mesh.ts";
import type { Io } from "../io.ts";
import { age } from "../output/age.ts";
import { table } from "../output/table.ts";
import { toJson, toYaml } from "../output/yaml.ts";
import { loadPaths } from "./load.ts";
import { failOn, servicesOf } from "./model.ts";
import { connectMesh, readMesh } from "./online.ts";

const HEADERS = ["NAMESPACE", "NAME", "PHASE", "INBOUND", "OUTBOUND", "AGE"];

/** As much of a service as the table shows; an object that is not valid otherwise is listed, too. */
const rowSchema = z.object({
  spec: z.object({
    resources: z.record(
      z.string(),
      z.object({ type: z.string(), direction: z.string().default("outbound") }).catch({
        type: "",
        direction: "",
      }),
    ).default({}),
  }).catch({ resources: {} }),
  status: z.object({ phase: z.string().default("Pending") }).catch({ phase: "Pending" }),
});

/**
 * Prints the services of the cluster, or of files.
 *
 * @param flags The command line.
 * @param io The world.
 * @throws {ValidationError} After printing the others, when an object of a file is not valid.
 */
export async function getServices(flags: ServicesFlags, io: Io): Promise<void> {
  const { services, problems } = flags.file.length > 0
    ? await fromFiles(flags.file, io)
    : { services: await fromCluster(flags.kubeconfig, io), problems: [] };
  const { namespace } = flags;
  const found = services
    .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
    .sort((a, b) => sortKey(a) < sortKey(b) ? -1 : 1);
  if (found.length === 0 && namespace !== undefined && services.length > 0) {
    const others = [...new Set(services.map(({ metadata }) => metadata.namespace ?? "default"))];
    io.stderr(`No services in ${namespace}; there are some in: ${others.sort().join(", ")}\n`);
  }
  print(found, flags, io, services.length === 0);
  failOn(problems);
}

function print(found: readonly KubeObject[], flags: ServicesFlags, io: Io, none: boolean): void {
  switch (flags.output) {
    case "json":
      return io.stdout(toJson(found));
    case "yaml":
      return io.stdout(toYaml(found));
    case "name":
      return io.stdout(
        found.map(({ metadata }) => `latticeservice.lattice.dev/${metadata.name}\n`).join(""),
      );
    case "table":
      if (none) return io.stderr("No services found.\n");
      if (found.length === 0) return;
      return io.stdout(table(HEADERS, found.map((service) => row(service, io.now()))));
  }
}

async function fromFiles(
  paths: readonly string[],
  io: Io,
): Promise<{ services: KubeObject[]; problems: Parameters<typeof failOn>[0] }> {
  const collection = await loadPaths(paths, io);
  const services = [...servicesOf(collection).values()]
    .map(({ apiVersion, kind, metadata, spec, status }): KubeObject => ({
      apiVersion,
      kind,
      metadata,
      spec,
      ...(status && { status }),
    }));
  return { services, problems: collection.problems };
}

async function fromCluster(kubeconfig: string | undefined, io: Io): Promise<KubeObject[]> {
  using client = await connectMesh(kubeconfig, io);
  const objects = await readMesh(client, io);
  return objects.filter(({ kind }) => kind === "LatticeService");
}

function row(service: KubeObject, now: Date): string[] {
  const { metadata } = service;
  const { spec, status } = rowSchema.parse({ spec: service.spec, status: service.status });
  const peers = Object.values(spec.resources);
  const count = (types: readonly string[], directions: readonly string[]): string =>
    String(
      peers.filter(({ type, direction }) => types.includes(type) && directions.includes(direction))
        .length,
    );
  return [
    metadata.namespace ?? "default",
    metadata.name,
    status.phase,
    count(["service"], ["inbound", "both"]),
    count(["service", "external-service"], ["outbound", "both"]),
    age(metadata.creationTimestamp, now),
  ];
}

function sortKey({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? "default"}/${metadata.name}`;
}
