/**
 * What a provider's manager says about a cluster that does not get ready: conditions and failure messages
 * of its objects.
 *
 * @module
 */

import { type KubeObject, type LatticeCluster, PROVIDERS } from "@lattice/api";
import type { KubeClient } from "@lattice/kube";
import { clusterNames, renderCluster } from "@lattice/providers";
import { z } from "zod";
import type { Complaint } from "../run/bootstrap.ts";
import { DEADLINES } from "../run/deadlines.ts";

/** One thing that keeps a cluster from being ready. */
export interface Finding {
  /** Who says so: `ProxmoxCluster c1`, or the manager whose log it is. */
  readonly source: string;
  /** Its words. */
  readonly message: string;
}

const MACHINE = { apiVersion: "cluster.x-k8s.io/v1beta2", kind: "Machine" } as const;

const statusSchema = z.object({
  failureReason: z.string().optional(),
  failureMessage: z.string().optional(),
  conditions: z.array(z.object({
    type: z.string(),
    status: z.string(),
    severity: z.string().optional(),
    message: z.string().optional(),
  })).optional().catch(undefined),
});

/** Words of a condition that only waits for somebody else. */
const WAITING = /^(\* )?(waiting|.*\bis false$|.*not yet reported)/i;

/**
 * Reads what keeps a cluster from being ready, the most telling first.
 *
 * @param client The bootstrap cluster.
 * @param cluster What is installed.
 * @param complaints Reads the logs of the managers.
 * @returns Findings; empty when nobody complains.
 */
export async function findingsOf(
  client: KubeClient,
  cluster: LatticeCluster,
  complaints: () => Promise<Complaint[]>,
): Promise<Finding[]> {
  const { namespace } = clusterNames(cluster.metadata.name);
  const options = { namespace, timeoutMs: DEADLINES.glance };
  // What cannot be read, as before its kind is served, tells nothing; the others still do.
  const [objects, machines] = await Promise.all([
    providerObjects(client, cluster).catch(() => []),
    client.list<KubeObject>(MACHINE, options).then(({ items }) => items, () => []),
  ]);
  const told = [...objects, ...machines].flatMap(findingsIn);
  const logged = (await complaints()).map(({ manager, text }) => ({
    source: `the log of ${manager}`,
    message: text,
  }));
  return [...told, ...logged];
}

/** Infrastructure and control plane of a cluster, as far as they exist. */
async function providerObjects(client: KubeClient, cluster: LatticeCluster): Promise<KubeObject[]> {
  const wanted = renderCluster(cluster).filter(isTelling);
  const found = await Promise.all(wanted.map(async ({ apiVersion, kind, metadata }) => {
    const { name, namespace } = metadata;
    const ref = { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
    return await client.find<KubeObject>(ref, { timeoutMs: DEADLINES.glance });
  }));
  return found.filter((object) => object !== undefined);
}

/** `AWSCluster`, `KubeadmControlPlane` and the like. */
function isTelling({ apiVersion, kind }: KubeObject): boolean {
  const [group = ""] = apiVersion.split("/");
  return (group.startsWith("infrastructure.") && kind.endsWith("Cluster")) ||
    group.startsWith("controlplane.");
}

/**
 * The cluster object of the provider among the rendered ones.
 *
 * @param cluster A valid cluster.
 */
export function infrastructureOf(cluster: LatticeCluster): KubeObject {
  const found = renderCluster(cluster).find(({ apiVersion, kind }) =>
    apiVersion.startsWith("infrastructure.") && kind.endsWith("Cluster")
  );
  if (found === undefined) {
    throw new RangeError(
      `Cannot find the infrastructure; known providers: ${PROVIDERS.join(", ")}`,
    );
  }
  return found;
}

/**
 * What the status of one object complains about.
 *
 * @param object Any object of Cluster API or of a provider.
 */
export function findingsIn(object: KubeObject): Finding[] {
  const status = statusSchema.safeParse(object.status ?? {}).data;
  const source = `${object.kind} ${object.metadata.name}`;
  const failed = status?.failureMessage
    ? [{ source, message: `${status.failureReason ?? "failed"}: ${status.failureMessage}` }]
    : [];
  const told = (status?.conditions ?? []).flatMap(({ type, status, severity, message }) => {
    const quiet = status !== "False" || !message || severity === "Info" || WAITING.test(message);
    return quiet ? [] : [{ source, message: `${type}: ${message.replace(/\s+/g, " ").trim()}` }];
  });
  return distinct([...failed, ...told]);
}

/** A summary repeats the condition that it sums up. */
function distinct(findings: readonly Finding[]): Finding[] {
  const words = ({ message }: Finding): string => message.replace(/^\w+: /, "");
  return findings.filter((finding, index) =>
    !findings.some((other, position) =>
      position !== index && words(other) !== words(finding) &&
      words(finding).includes(words(other))
    ) && findings.findIndex((other) => words(other) === words(finding)) === index
  );
}
