/**
 * Pieces of the schemas of services: names, quantities, containers.
 *
 * Patterns are written for RE2, since the same pattern goes into the CRD.
 *
 * @module
 */
import { z } from "zod";
import { cel, count, text } from "./schema_parts.ts";
import type {
  ServiceContainer,
  ServiceFile,
  ServiceProbe,
  ServiceQuantities,
  ServiceSecurity,
  ServiceSidecar,
  ServiceVolumeMount,
} from "./service_types.ts";

/** A quantity of Kubernetes that is not negative. */
export const QUANTITY =
  /^([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]{1,3})?$/;
/** DNS label as namespaces and objects have it: a digit may come first. */
export const OBJECT_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** A port number. */
export const portNumber = (description: string): z.ZodInt => count(description, 1, 65535);

const template = (description: string) => z.string().max(65536).describe(description);

// A number is legal, too, as it is for Kubernetes; inside it is text.
const quantity = (description: string) =>
  z.union([
    z.int().min(0),
    z.string().max(32).regex(QUANTITY, {
      error: 'is not a quantity; write it in quotes, with a unit of Kubernetes, e.g. "250m"',
    }),
  ], { error: 'is not a quantity; write it in quotes, with a unit of Kubernetes, e.g. "250m"' })
    .transform(String)
    .describe(description);

// `anyOf` of just the two types is the one form in which a CRD may say "number or text".
const intOrString = {
  anyOf: [{ type: "integer" }, { type: "string" }],
  "x-kubernetes-int-or-string": true,
  pattern: QUANTITY.source,
  maxLength: 32,
};

const quantitiesSchema: z.ZodType<ServiceQuantities> = z.strictObject({
  cpu: quantity("CPU, e.g. 250m").meta(intOrString).exactOptional(),
  memory: quantity("Memory, e.g. 512Mi").meta(intOrString).exactOptional(),
});

const fileSchema: z.ZodType<ServiceFile> = z.strictObject({
  content: z.string().max(1_000_000).describe("Text; a template").exactOptional(),
  binaryContent: z.string().max(1_400_000).describe("Base64").exactOptional(),
  source: template("Where the text comes from; a template").exactOptional(),
  mode: z.string().regex(/^0?[0-7]{3,4}$/, {
    error: 'is not a file mode; write three or four octal digits in quotes, e.g. "0644"',
  }).describe("Mode in octal").exactOptional(),
  noExpand: z.boolean().default(false).describe("Take the content as it is"),
  reverseExpand: z.boolean().default(false).describe("$${…} expands and ${…} is literal"),
}).describe("A file").meta(cel({
  rule: "(has(self.content) ? 1 : 0) + (has(self.binaryContent) ? 1 : 0) + " +
    "(has(self.source) ? 1 : 0) == 1",
  message: "exactly one of content, binaryContent and source must be set",
}));

const mountSchema: z.ZodType<ServiceVolumeMount> = z.strictObject({
  source: text("${resources.NAME}", 1024),
  path: text("Path inside of the volume", 1024).exactOptional(),
  readOnly: z.boolean().describe("Whether it cannot be written").exactOptional(),
}).describe("A volume");

const seconds = (description: string, minimum: number) =>
  count(description, minimum, 86_400).exactOptional();

const probeSchema: z.ZodType<ServiceProbe> = z.strictObject({
  httpGet: z.strictObject({
    path: text("Path", 2048),
    port: portNumber("Port of the container"),
    scheme: z.enum(["HTTP", "HTTPS"]).describe("Default: HTTP").exactOptional(),
    host: text("Host header").exactOptional(),
    httpHeaders: z.array(z.strictObject({ name: text("Name"), value: z.string().max(4096) }))
      .max(32).describe("Further headers").exactOptional(),
  }).describe("Succeeds on a status below 400").exactOptional(),
  tcpSocket: z.strictObject({
    port: portNumber("Port of the container"),
    host: text("Host").exactOptional(),
  }).describe("Succeeds when a connection is accepted").exactOptional(),
  exec: z.strictObject({ command: z.array(z.string().max(4096)).min(1).max(64) })
    .describe("Succeeds on exit code 0").exactOptional(),
  initialDelaySeconds: seconds("Seconds before the first check", 0),
  periodSeconds: seconds("Seconds between checks", 1),
  timeoutSeconds: seconds("Seconds that a check may take", 1),
  successThreshold: count("Successes that count as healthy", 1, 1000).exactOptional(),
  failureThreshold: count("Failures that count as unhealthy", 1, 1000).exactOptional(),
}).describe("A health check").meta(cel({
  rule: "(has(self.httpGet) ? 1 : 0) + (has(self.tcpSocket) ? 1 : 0) + " +
    "(has(self.exec) ? 1 : 0) == 1",
  message: "exactly one of httpGet, tcpSocket and exec must be set",
}));

const capability = z.string().max(63).regex(/^[A-Z][A-Z0-9_]*$/, {
  error: "is not a capability; write its name without CAP_, e.g. NET_BIND_SERVICE",
});
const userId = (description: string) => count(description, 0, 2_147_483_647).exactOptional();

const securitySchema: z.ZodType<ServiceSecurity> = z.strictObject({
  capabilities: z.array(capability).max(64).default([]).describe("Capabilities to add"),
  dropCapabilities: z.array(capability).max(64).describe("Capabilities to drop; absent: all")
    .exactOptional(),
  privileged: z.boolean().describe("Full rights on the node").exactOptional(),
  readOnlyRootFilesystem: z.boolean().describe("The image's files cannot be changed")
    .exactOptional(),
  runAsNonRoot: z.boolean().describe("Refuse to run as root").exactOptional(),
  runAsUser: userId("User id"),
  runAsGroup: userId("Group id"),
  allowPrivilegeEscalation: z.boolean().describe("Whether a child may gain rights")
    .exactOptional(),
}).describe("Rights of the processes");

const arguments_ = (description: string) =>
  z.array(z.string().max(65536)).max(1024).describe(description).exactOptional();

const containerShape = {
  image: z.string().min(1, { error: "must not be empty; write an image, e.g. nginx:1.29" })
    .max(1024).regex(/^[!-~]+$/, {
      error: "holds white space or a character beyond ASCII; write an image without it",
    })
    .describe('Image; "." when it is supplied at render time'),
  command: arguments_("Replaces the image's entry point"),
  args: arguments_("Arguments"),
  variables: z.record(z.string(), template("Value")).default({})
    .describe("Environment; values are templates").meta({ maxProperties: 512 }),
  resources: z.strictObject({
    requests: quantitiesSchema.describe("What is set aside").exactOptional(),
    limits: quantitiesSchema.describe("What it may use at most").exactOptional(),
  }).describe("Compute resources").exactOptional(),
  files: z.record(z.string(), fileSchema).default({}).describe("Files by absolute path")
    .meta({ maxProperties: 64 }),
  volumes: z.record(z.string(), mountSchema).default({}).describe("Volumes by mount path")
    .meta({ maxProperties: 64 }),
  livenessProbe: probeSchema.describe("Restarts the container when it fails").exactOptional(),
  readinessProbe: probeSchema.describe("Takes the pod out of the Service when it fails")
    .exactOptional(),
  startupProbe: probeSchema.describe("Holds the other probes back until it succeeds")
    .exactOptional(),
  security: securitySchema.exactOptional(),
};

/** A container. */
export const containerSchema: z.ZodType<ServiceContainer> = z.strictObject(containerShape)
  .describe("A container");

/** A helper container. */
export const sidecarSchema: z.ZodType<ServiceSidecar> = z.strictObject({
  ...containerShape,
  init: z.boolean().describe("Whether it runs to its end before the others start").exactOptional(),
}).describe("A helper container");
