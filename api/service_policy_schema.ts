/**
 * The zod schema of `LatticeServicePolicy`. The CRD is generated from it.
 *
 * @module
 */
import { z } from "zod";
import { metadataSchema } from "./cluster_schema.ts";
import { API_VERSION, SERVICE_POLICY_KIND } from "./constants.ts";
import { cel, count, LABEL_VALUE, QUALIFIED_NAME } from "./schema_parts.ts";
import type {
  LatticeServicePolicy,
  LatticeServicePolicySpec,
  LatticeServicePolicyStatus,
} from "./service_policy_types.ts";
import { conditionsSchema } from "./status_schema.ts";

const labelKey = z.string().max(317).regex(QUALIFIED_NAME, {
  error: "is not a label key; write name or prefix/name",
});
const labelValue = z.string().max(63).regex(LABEL_VALUE, {
  error: "is not a label value; use up to 63 letters, digits, '-', '_' and '.'",
});

const requirementSchema = z.strictObject({
  key: labelKey.describe("Label"),
  operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]).describe("Requirement"),
  values: z.array(labelValue).max(64).describe("Values").exactOptional(),
}).meta(cel({
  rule: "self.operator in ['In', 'NotIn'] ? has(self.values) && self.values.size() > 0 : " +
    "!has(self.values) || self.values.size() == 0",
  message: "In and NotIn need values, Exists and DoesNotExist take none",
  fieldPath: ".values",
}));

const selectorShape = {
  matchLabels: z.record(labelKey, labelValue).describe("Labels and values").exactOptional(),
  matchExpressions: z.array(requirementSchema).max(32).describe("Further requirements")
    .exactOptional(),
};

/** `spec` of a LatticeServicePolicy. */
export const servicePolicySpecSchema: z.ZodType<LatticeServicePolicySpec> = z.strictObject({
  selector: z.strictObject({
    ...selectorShape,
    namespaceSelector: z.strictObject(selectorShape)
      .describe("Labels of the namespace; absent: the policy's own namespace").exactOptional(),
  }).default({}).describe("Which services"),
  description: z.string().max(4096).describe("Text for people").exactOptional(),
  priority: count("Higher goes first", -2_147_483_648, 2_147_483_647).default(0),
}).describe("What is wanted of a policy");

/** `status` of a LatticeServicePolicy. */
export const servicePolicyStatusSchema: z.ZodType<LatticeServicePolicyStatus> = z.object({
  phase: z.enum(["Pending", "Compiling", "Active", "Failed"]).describe("Where it is in its life")
    .exactOptional(),
  message: z.string().describe("Sentence for people").exactOptional(),
  conditions: conditionsSchema.exactOptional(),
  matchedServices: z.int().min(0).describe("Number of services").exactOptional(),
  matchedServiceRefs: z.array(z.string()).describe("Services").exactOptional(),
  observedGeneration: z.int().min(0).describe("Generation that the status is about")
    .exactOptional(),
}).describe("What was seen of a policy");

/** A LatticeServicePolicy, as a person writes it or an API server returns it; fills in defaults. */
export const latticeServicePolicySchema: z.ZodType<LatticeServicePolicy> = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal(SERVICE_POLICY_KIND),
  metadata: metadataSchema,
  spec: servicePolicySpecSchema,
  status: servicePolicyStatusSchema.exactOptional(),
});
