/**
 * The CustomResourceDefinition of `LatticeCluster`.
 *
 * @module
 */
import { CLUSTER_RULES } from "./cluster_rules.ts";
import { API_VERSION, CLUSTER_KIND, GROUP, VERSION } from "./constants.ts";
import { clusterSpecSchema } from "./cluster_schema.ts";
import { crdManifest } from "./openapi.ts";
import { cel } from "./schema_parts.ts";
import { statusSchema } from "./status_schema.ts";
import type { CrdManifest } from "./objects.ts";

/**
 * The CRD of `LatticeCluster`, generated from the same schema that parses files.
 *
 * @returns manifest, ready to apply
 */
export function latticeClusterCrd(): CrdManifest {
  return crdManifest({
    group: GROUP,
    version: VERSION,
    kind: CLUSTER_KIND,
    scope: "Cluster",
    spec: clusterSpecSchema,
    status: statusSchema,
    description: `A Kubernetes cluster that owns itself (${API_VERSION})`,
    shortNames: ["lc"],
    categories: ["lattice"],
    rules: cel(...CLUSTER_RULES),
    columns: [
      { name: "Phase", type: "string", jsonPath: ".status.phase" },
      { name: "Provider", type: "string", jsonPath: ".status.provider" },
      { name: "K8s", type: "string", jsonPath: ".spec.provider.kubernetes.version" },
      {
        name: "CP",
        type: "integer",
        jsonPath: ".status.readyControlPlane",
        description: "Control-plane nodes that are ready",
      },
      {
        name: "Workers",
        type: "integer",
        jsonPath: ".status.readyWorkers",
        description: "Workers that are ready",
      },
      { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
    ],
  });
}
