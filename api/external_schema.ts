/**
 * The zod schema of `LatticeExternalService`. The CRD is generated from it.
 *
 * The README writes `allowed_requesters`, Kubernetes style is `allowedRequesters`: both are taken, and after
 * parsing only the latter is there.
 *
 * @module
 */
import { z } from "zod";
import { metadataSchema } from "./cluster_schema.ts";
import { API_VERSION, EXTERNAL_SERVICE_KIND } from "./constants.ts";
import { parseEndpoint } from "./external_endpoint.ts";
import type {
  LatticeExternalService,
  LatticeExternalServiceSpec,
  LatticeExternalServiceStatus,
} from "./external_types.ts";
import { cel } from "./schema_parts.ts";
import { conditionsSchema } from "./status_schema.ts";

const REQUESTER = /^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\/([a-z0-9]([-a-z0-9]*[a-z0-9])?|\*))?)$/;

const requestersSchema = z.array(
  z.string().max(127).regex(REQUESTER, {
    error: "is not a requester; write NAME, NAMESPACE/NAME, NAMESPACE/* or *",
  }),
).max(2048);

const endpointSchema = z.string().min(1).max(2048).superRefine((url, context) => {
  const endpoint = parseEndpoint("", url);
  if (typeof endpoint === "string") context.addIssue({ code: "custom", message: endpoint });
}).meta({
  // What the API server can check; the operator checks the rest.
  pattern: "^[^@?#\\s]+$",
});

const specShape = z.strictObject({
  endpoints: z.record(z.string(), endpointSchema).describe("URLs by name")
    .meta({ minProperties: 1, maxProperties: 64 }),
  allowed_requesters: requestersSchema.describe("Who may call; the same as allowedRequesters")
    .exactOptional(),
  allowedRequesters: requestersSchema
    .describe("Who may call: NAME, NAMESPACE/NAME, NAMESPACE/* or * for everyone; empty: nobody")
    .exactOptional(),
  resolution: z.enum(["dns", "static"]).default("dns").describe("How hosts become addresses"),
  description: z.string().max(4096).describe("Text for people").exactOptional(),
}).describe("What is wanted of an external service").meta(cel({
  rule: "!has(self.allowed_requesters) || !has(self.allowedRequesters) || " +
    "self.allowed_requesters == self.allowedRequesters",
  message: "allowed_requesters and allowedRequesters differ: write one of them",
  fieldPath: ".allowedRequesters",
}));

/** `spec` of a LatticeExternalService. */
export const externalServiceSpecSchema: z.ZodType<LatticeExternalServiceSpec> = specShape
  .superRefine((spec, context) => {
    const { allowed_requesters: snake, allowedRequesters: camel } = spec;
    if (snake && camel && JSON.stringify(snake) !== JSON.stringify(camel)) {
      context.addIssue({
        code: "custom",
        path: ["allowedRequesters"],
        message: "and allowed_requesters differ; write one of them",
      });
    }
  })
  .transform(({ allowed_requesters: snake, allowedRequesters: camel, ...spec }) => {
    const read = { ...spec, allowedRequesters: camel ?? snake ?? [] };
    if (camel) camelSpecs.add(read);
    return read;
  });

const camelSpecs = new WeakSet<LatticeExternalServiceSpec>();

/**
 * How the field with the callers is spelt, for advice that fits the file.
 *
 * @param spec as the schema returned it
 * @returns the spelling of the input; that of the README for what did not come from the schema
 */
export function requestersField(
  spec: LatticeExternalServiceSpec,
): "allowed_requesters" | "allowedRequesters" {
  return camelSpecs.has(spec) ? "allowedRequesters" : "allowed_requesters";
}

/** `status` of a LatticeExternalService. */
export const externalServiceStatusSchema: z.ZodType<LatticeExternalServiceStatus> = z.object({
  phase: z.enum(["Pending", "Ready", "Failed"]).describe("Where it is in its life")
    .exactOptional(),
  message: z.string().describe("Sentence for people").exactOptional(),
  conditions: conditionsSchema.exactOptional(),
  observedGeneration: z.int().min(0).describe("Generation that the status is about")
    .exactOptional(),
}).describe("What was seen of an external service");

/** A LatticeExternalService, as a person writes it or an API server returns it; fills in defaults. */
export const latticeExternalServiceSchema: z.ZodType<LatticeExternalService> = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal(EXTERNAL_SERVICE_KIND),
  metadata: metadataSchema,
  spec: externalServiceSpecSchema,
  status: externalServiceStatusSchema.exactOptional(),
});
