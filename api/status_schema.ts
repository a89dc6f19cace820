/**
 * The status of a LatticeCluster.
 *
 * Unknown fields are dropped, not refused: a newer operator may have written them.
 *
 * @module
 */
import { z } from "zod";
import type { LatticeClusterStatus } from "./cluster_types.ts";
import type { Condition } from "./objects.ts";

const amount = (description: string) => z.int().min(0).max(1_000_000).describe(description);

/** One condition, in the shape of Kubernetes' `metav1.Condition`. */
export const conditionSchema: z.ZodType<Condition> = z.object({
  type: z.string().min(1).max(316).describe("Aspect, unique in the list"),
  status: z.enum(["True", "False", "Unknown"]).describe("Whether it holds"),
  reason: z.string().max(1024).describe("One CamelCase word for programs"),
  message: z.string().max(32768).describe("Sentence for people"),
  lastTransitionTime: z.string().describe("When the status changed last")
    .meta({ format: "date-time" }),
  observedGeneration: z.int().min(0).describe("Generation that was looked at").exactOptional(),
});

/** Conditions, merged by type when several managers apply them. */
export const conditionsSchema: z.ZodType<Condition[]> = z.array(conditionSchema).max(32)
  .describe("Observed aspects")
  .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] });

const poolStatusSchema = z.object({
  desiredReplicas: amount("Wanted number"),
  currentReplicas: amount("Machines"),
  readyReplicas: amount("Ready nodes"),
  autoscalingEnabled: z.boolean().describe("The autoscaler owns the number").exactOptional(),
  message: z.string().describe("Sentence for people").exactOptional(),
});

/** `status` of a LatticeCluster. */
export const statusSchema: z.ZodType<LatticeClusterStatus> = z.object({
  phase: z.enum([
    "Pending",
    "Provisioning",
    "Pivoting",
    "Pivoted",
    "Ready",
    "Deleting",
    "Unpivoting",
    "Failed",
  ]).describe("Where the cluster is in its life").exactOptional(),
  message: z.string().describe("Sentence for people").exactOptional(),
  provider: z.enum(["aws", "docker", "openstack", "proxmox", "local"])
    .describe("Type of the provider").exactOptional(),
  conditions: conditionsSchema.exactOptional(),
  readyControlPlane: amount("Control-plane nodes that are ready").exactOptional(),
  readyWorkers: amount("Workers that are ready").exactOptional(),
  workerPools: z.record(z.string(), poolStatusSchema).describe("What was seen of each pool")
    .exactOptional(),
  endpoint: z.string().describe("API server, https://host:port").exactOptional(),
  observedGeneration: z.int().min(0).describe("Generation that the status is about")
    .exactOptional(),
  pivotComplete: z.boolean().describe("The cluster owns its CAPI objects").exactOptional(),
  bootstrapComplete: z.boolean().describe("The first node got its bundle").exactOptional(),
  unpivotImportComplete: z.boolean().describe("The parent holds the CAPI objects again")
    .exactOptional(),
}).describe("What was seen of a cluster");
