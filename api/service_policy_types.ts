/**
 * Types of `LatticeServicePolicy`: which services a policy is about.
 *
 * @module
 */
import type { Condition, ObjectMeta } from "./objects.ts";

/** Selects services. Namespaced. */
export interface LatticeServicePolicy {
  /** Always `lattice.dev/v1alpha1`. */
  apiVersion: "lattice.dev/v1alpha1";
  /** Always `LatticeServicePolicy`. */
  kind: "LatticeServicePolicy";
  /** Metadata; `parseDocuments` fills in the namespace `default`. */
  metadata: ObjectMeta;
  /** What is wanted. */
  spec: LatticeServicePolicySpec;
  /** What was seen; written by the operator only. */
  status?: LatticeServicePolicyStatus;
}

/** What is wanted of a policy. */
export interface LatticeServicePolicySpec {
  /** Which services. Default: all of the policy's namespace. */
  selector: ServiceSelector;
  /** Text for people. */
  description?: string;
  /** Higher goes first; ties by name. Default: 0. */
  priority: number;
}

/** Selects services by their labels. */
export interface ServiceSelector extends LabelSelector {
  /** Labels of the namespace. Absent: the policy's own namespace only. */
  namespaceSelector?: LabelSelector;
}

/** Selects by labels; all parts must hold. */
export interface LabelSelector {
  /** Labels and their values. */
  matchLabels?: Record<string, string>;
  /** Further requirements. */
  matchExpressions?: LabelRequirement[];
}

/** One requirement on a label. */
export interface LabelRequirement {
  /** Label. */
  key: string;
  /** `NotIn` holds without the label, too. */
  operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  /** Values; empty for `Exists` and `DoesNotExist`. */
  values?: string[];
}

/** What was seen of a policy. */
export interface LatticeServicePolicyStatus {
  /** Where it is in its life. */
  phase?: "Pending" | "Compiling" | "Active" | "Failed";
  /** Sentence for people. */
  message?: string;
  /** Observed aspects. */
  conditions?: Condition[];
  /** Number of services selected. */
  matchedServices?: number;
  /** `namespace/name` of the services selected. */
  matchedServiceRefs?: string[];
  /** Generation that the status is about. */
  observedGeneration?: number;
}
