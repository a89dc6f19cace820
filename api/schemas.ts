/**
 * The schemas that other rooms may use.
 *
 * @module
 */
import * as cloud from "./cloud_provider_schema.ts";
import type { CloudProvider } from "./cloud_provider_types.ts";
import * as cluster from "./cluster_schema.ts";
import * as external from "./external_schema.ts";
import type { LatticeExternalService } from "./external_types.ts";
import * as secrets from "./secrets_provider_schema.ts";
import type { SecretsProvider } from "./secrets_provider_types.ts";
import * as policy from "./service_policy_schema.ts";
import type { LatticeServicePolicy } from "./service_policy_types.ts";
import * as service from "./service_schema.ts";
import type { LatticeService } from "./service_types.ts";
import type { LatticeCluster, LatticeClusterSpec, LatticeClusterStatus } from "./cluster_types.ts";
import type { Condition, ObjectMeta } from "./objects.ts";
import type { Schema } from "./schema.ts";
import * as status from "./status_schema.ts";

/** A LatticeCluster, as a person writes it or an API server returns it. */
export const clusterSchema: Schema<LatticeCluster> = cluster.clusterSchema;
/** `spec` of a LatticeCluster. */
export const clusterSpecSchema: Schema<LatticeClusterSpec> = cluster.clusterSpecSchema;
/** `status` of a LatticeCluster; unknown fields are dropped. */
export const clusterStatusSchema: Schema<LatticeClusterStatus> = status.statusSchema;
/** Metadata of any object; fields that Lattice does not use are dropped. */
export const metadataSchema: Schema<ObjectMeta> = cluster.metadataSchema;
/** Conditions of any object, merged by type in a CRD. */
export const conditionsSchema: Schema<Condition[]> = status.conditionsSchema;
/** A LatticeService; rules across fields are in `validateService`. */
export const latticeServiceSchema: Schema<LatticeService> = service.latticeServiceSchema;
/** A LatticeExternalService; rules across fields are in `validateExternalService`. */
export const latticeExternalServiceSchema: Schema<LatticeExternalService> =
  external.latticeExternalServiceSchema;
/** A LatticeServicePolicy. */
export const latticeServicePolicySchema: Schema<LatticeServicePolicy> =
  policy.latticeServicePolicySchema;
/** A CloudProvider; rules across fields are in `validateCloudProvider`. */
export const cloudProviderSchema: Schema<CloudProvider> = cloud.cloudProviderSchema;
/** A SecretsProvider; rules across fields are in `validateSecretsProvider`. */
export const secretsProviderSchema: Schema<SecretsProvider> = secrets.secretsProviderSchema;
