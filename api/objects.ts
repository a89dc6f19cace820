/**
 * Shapes that every Kubernetes object shares.
 *
 * Only data: no client, no behaviour. `kube/` and the pure rooms both speak in these.
 *
 * @module
 */

/** A JSON value, as it travels to and from an API server. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Points from an object to the object that owns it. */
export interface OwnerReference {
  /** `group/version` of the owner. */
  apiVersion: string;
  /** Kind of the owner. */
  kind: string;
  /** Name of the owner, in the same namespace or cluster-scoped. */
  name: string;
  /** UID of the owner. */
  uid: string;
  /** Whether this owner is the managing controller. */
  controller?: boolean;
  /** Whether the owner waits for this object when it is deleted in the foreground. */
  blockOwnerDeletion?: boolean;
}

/** Metadata of an object, as far as Lattice reads or writes it. */
export interface ObjectMeta {
  /** Name, unique for its kind and namespace. */
  name: string;
  /** Namespace; absent for cluster-scoped kinds. */
  namespace?: string;
  /** Labels. */
  labels?: Record<string, string>;
  /** Annotations. */
  annotations?: Record<string, string>;
  /** UID, set by the server. */
  uid?: string;
  /** Version for optimistic locking, set by the server. */
  resourceVersion?: string;
  /** Counts changes of the spec, set by the server. */
  generation?: number;
  /** RFC 3339 time of creation, set by the server. */
  creationTimestamp?: string;
  /** RFC 3339 time at which deletion was asked for, set by the server. */
  deletionTimestamp?: string;
  /** Holds that delay the deletion. */
  finalizers?: string[];
  /** Owners. */
  ownerReferences?: OwnerReference[];
  /** Prefix of a name that the server completes. */
  generateName?: string;
  /** Seconds that a graceful deletion may take. */
  deletionGracePeriodSeconds?: number;
  /** Who owns which field (server-side apply). */
  managedFields?: unknown[];
}

/** Any Kubernetes object. */
export interface KubeObject {
  /** `group/version`, or `v1`. */
  apiVersion: string;
  /** Kind. */
  kind: string;
  /** Metadata. */
  metadata: ObjectMeta;
  /** Whatever the kind has. */
  [field: string]: unknown;
}

/** One observed aspect of an object, in the shape of Kubernetes' `metav1.Condition`. */
export interface Condition {
  /** Aspect, unique in its list, e.g. `Ready`. */
  type: string;
  /** Whether it holds. */
  status: "True" | "False" | "Unknown";
  /** One CamelCase word for programs. */
  reason: string;
  /** Sentence for people; may be empty. */
  message: string;
  /** RFC 3339 time at which `status` changed last. */
  lastTransitionTime: string;
  /** `metadata.generation` that was looked at. */
  observedGeneration?: number;
}

/** A CustomResourceDefinition (`apiextensions.k8s.io/v1`) with the one version that Lattice serves. */
export interface CrdManifest extends KubeObject {
  /** Always `apiextensions.k8s.io/v1`. */
  apiVersion: "apiextensions.k8s.io/v1";
  /** Always `CustomResourceDefinition`. */
  kind: "CustomResourceDefinition";
  /** Definition. */
  spec: CrdSpec;
}

/** Definition of a custom resource. */
export interface CrdSpec {
  /** API group. */
  group: string;
  /** Names of the kind. */
  names: {
    kind: string;
    listKind: string;
    plural: string;
    singular: string;
    shortNames?: string[];
    categories?: string[];
  };
  /** Whether objects live in a namespace. */
  scope: "Namespaced" | "Cluster";
  /** Served versions. */
  versions: CrdVersion[];
}

/** One served version of a custom resource. */
export interface CrdVersion {
  /** Version, e.g. `v1alpha1`. */
  name: string;
  /** Whether it is served. */
  served: boolean;
  /** Whether it is the version in etcd. */
  storage: boolean;
  /** Structural schema. */
  schema: { openAPIV3Schema: Record<string, unknown> };
  /** Status, and where the kind has replicas, scale. */
  subresources?: { status?: Record<string, never>; scale?: Record<string, string> };
  /** Columns of `kubectl get`. */
  additionalPrinterColumns?: PrinterColumn[];
}

/** A column of `kubectl get`. */
export interface PrinterColumn {
  /** Heading. */
  name: string;
  /** Type of the value. */
  type: "string" | "integer" | "date" | "boolean";
  /** Where the value is, e.g. `.status.phase`. */
  jsonPath: string;
  /** What the column means. */
  description?: string;
  /** 0: always shown; above: only with `-o wide`. */
  priority?: number;
}
