/**
 * The zod schema of `LatticeService`: shapes, bounds and defaults. The CRD is generated from it.
 *
 * Rules that look at several fields are in `service_validate.ts`, and beside it as CEL in the metadata here.
 *
 * @module
 */
import { z } from "zod";
import { metadataSchema } from "./cluster_schema.ts";
import { API_VERSION, INGRESS_GATEWAY_CLASS, SERVICE_KIND } from "./constants.ts";
import type { Json } from "./objects.ts";
import { cel, count, text } from "./schema_parts.ts";
import { containerSchema, portNumber, sidecarSchema } from "./service_parts.ts";
import type {
  InboundRules,
  LatticeService,
  LatticeServiceSpec,
  LatticeServiceStatus,
  OutboundRules,
  ServiceIngress,
  ServicePort,
  ServiceResource,
} from "./service_types.ts";
import { conditionsSchema } from "./status_schema.ts";

const DURATION = /^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/;
const duration = (description: string) =>
  z.string().max(32).regex(DURATION, {
    error: "is not a duration; write a number with a unit, e.g. 500ms or 10s",
  }).describe(description);

const rateLimitShape = {
  requestsPerInterval: count("Requests", 1, 4_294_967_295),
  intervalSeconds: count("Seconds", 1, 86_400).default(60),
};

const inboundSchema: z.ZodType<InboundRules> = z.strictObject({
  methods: z.array(
    z.string().max(32).regex(/^[A-Z]+$/, {
      error: "is not an HTTP method; write it in capitals, e.g. GET",
    }),
  ).min(1).max(16).describe("HTTP methods; absent: all").exactOptional(),
  paths: z.array(
    z.string().max(1024).regex(/^\/[^*\s{}]*\*?$/, {
      error: "is not a path; start with / and put * at the end only, e.g. /v1/*",
    }),
  ).min(1).max(64).describe("Paths, exact or with a trailing *; absent: all").exactOptional(),
  rateLimit: z.strictObject(rateLimitShape).describe("Most requests").exactOptional(),
}).describe("Rules for calls from the peer");

const outboundSchema: z.ZodType<OutboundRules> = z.strictObject({
  retries: z.strictObject({
    attempts: count("Further attempts after a failure", 0, 100),
    perTryTimeout: duration("Longest time of an attempt").exactOptional(),
    retryOn: z.array(text("Condition")).max(16).describe("What counts as a failure")
      .exactOptional(),
  }).describe("Further attempts").exactOptional(),
  timeout: z.strictObject({ request: duration("Longest time of a request") })
    .describe("Longest time").exactOptional(),
}).describe("How calls to the peer are made");

const jsonSchema: z.ZodType<Json> = z.any().meta({ "x-kubernetes-preserve-unknown-fields": true });

const resourceSchema: z.ZodType<ServiceResource> = z.strictObject({
  type: z.string().max(63).regex(/^[a-z][a-z0-9-]*$/, {
    error: "is not a type; write service, external-service, volume, secret or a type of your own",
  }).describe("service, external-service, volume, secret, or a type of your own"),
  class: text("Variant, for provisioners").exactOptional(),
  id: text("Name of the peer, identity of the volume or path of the secret; absent: the key", 1024)
    .exactOptional(),
  metadata: z.strictObject({
    annotations: z.record(z.string(), z.string()).describe("Annotations").exactOptional(),
  }).describe("For provisioners").exactOptional(),
  params: z.record(z.string(), jsonSchema).describe("Parameters of a volume or secret")
    .meta({ "x-kubernetes-preserve-unknown-fields": true }).exactOptional(),
  direction: z.enum(["outbound", "inbound", "both"]).default("outbound")
    .describe("outbound: I call it; inbound: it may call me"),
  namespace: z.string().max(63).regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?|\*)$/, {
    error: 'is not a namespace; write its name, or * together with id: "*"',
  }).describe("Namespace of the peer; absent: one's own").exactOptional(),
  inbound: inboundSchema.exactOptional(),
  outbound: outboundSchema.exactOptional(),
}).describe("A peer, a volume or a secret").meta(cel(
  {
    rule: "!has(self.namespace) || self.namespace != '*' || (has(self.id) && self.id == '*')",
    message: 'namespace "*" needs id "*"',
    fieldPath: ".namespace",
  },
  {
    rule: "self.type != 'external-service' || self.direction == 'outbound'",
    message: "an external service can only be called: direction must be outbound",
    fieldPath: ".direction",
  },
  {
    rule: "!has(self.inbound) || self.direction != 'outbound'",
    message: "inbound rules need direction inbound or both",
    fieldPath: ".inbound",
  },
  {
    rule: "!has(self.outbound) || self.direction != 'inbound'",
    message: "outbound rules need direction outbound or both",
    fieldPath: ".outbound",
  },
));

const portSchema: z.ZodType<ServicePort> = z.strictObject({
  port: portNumber("Port of the Service"),
  targetPort: portNumber("Port of the container; absent: port").exactOptional(),
  protocol: z.enum(["TCP", "UDP"]).default("TCP").describe("Protocol"),
}).describe("A port");

const ingressSchema: z.ZodType<ServiceIngress> = z.strictObject({
  hosts: z.array(text("Host name")).min(1).max(64).describe("Host names"),
  paths: z.array(z.strictObject({
    path: z.string().min(1).max(1024).regex(/^\/\S*$/, {
      error: "is not a path; start with /",
    }).describe("Path"),
    pathType: z.enum(["PathPrefix", "Exact"]).describe("Default: PathPrefix").exactOptional(),
  })).min(1).max(64).describe("Paths; absent: everything").exactOptional(),
  tls: z.strictObject({
    mode: z.enum(["auto", "manual"]).default("auto").describe("Where the certificate comes from"),
    secretName: text("Secret with the certificate").exactOptional(),
    issuerRef: z.strictObject({
      name: text("Name"),
      kind: text("Default: ClusterIssuer").exactOptional(),
    }).describe("cert-manager's issuer").exactOptional(),
  }).describe("Encryption").exactOptional(),
  rateLimit: z.strictObject({
    ...rateLimitShape,
    burst: count("Requests above the rate", 0, 4_294_967_295).exactOptional(),
  }).describe("Most requests").exactOptional(),
  gatewayClass: text("GatewayClass").default(INGRESS_GATEWAY_CLASS),
}).describe("Access from outside of the cluster");

const portsSchema = z.record(z.string(), portSchema).describe("Ports by name").meta({
  minProperties: 1,
  maxProperties: 32,
  ...cel(
    {
      rule: "self.all(n, n.size() <= 15 && n.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'))",
      message: "the name of a port must be a DNS label of at most 15 characters",
    },
    {
      rule: "self.all(a, self.all(b, a == b || self[a].port != self[b].port || " +
        "self[a].protocol != self[b].protocol))",
      message: "two ports must not have the same number and protocol",
    },
  ),
});

const weight = (description: string) => count(description, 0, 1_000_000).exactOptional();

/** `spec` of a LatticeService. */
export const serviceSpecSchema: z.ZodType<LatticeServiceSpec> = z.strictObject({
  containers: z.record(z.string(), containerSchema).describe("Containers by name")
    .meta({ minProperties: 1, maxProperties: 16 }),
  resources: z.record(z.string(), resourceSchema).default({})
    .describe("Peers, volumes and secrets by name").meta({ maxProperties: 2048 }),
  service: z.strictObject({ ports: portsSchema })
    .describe("Ports under which others reach it").exactOptional(),
  replicas: z.strictObject({
    min: count("Smallest number", 0, 10_000).default(1),
    max: count("Largest number; with it an autoscaler owns the number", 1, 10_000).exactOptional(),
  }).default({ min: 1 }).describe("Number of pods").meta(cel(
    {
      rule: "!has(self.max) || self.min <= self.max",
      message: "min must not be above max",
      fieldPath: ".min",
    },
    {
      rule: "!has(self.max) || self.min >= 1",
      message: "an autoscaler cannot go to 0: min must be at least 1 when max is set",
      fieldPath: ".min",
    },
  )),
  deploy: z.strictObject({
    strategy: z.enum(["rolling", "canary"]).default("rolling").describe("Strategy"),
    canary: z.strictObject({
      interval: duration("Time between steps").exactOptional(),
      threshold: weight("Failed checks before it is rolled back"),
      maxWeight: weight("Largest share of the traffic, in percent"),
      stepWeight: weight("Step, in percent"),
    }).describe("Steps").exactOptional(),
  }).default({ strategy: "rolling" }).describe("How a change is rolled out"),
  ingress: ingressSchema.exactOptional(),
  sidecars: z.record(z.string(), sidecarSchema).default({}).describe("Helpers by name")
    .meta({ maxProperties: 16 }),
  sysctls: z.record(z.string(), z.string().max(1024)).default({})
    .describe("Kernel parameters of the pod").meta({ maxProperties: 64 }),
  hostNetwork: z.boolean().describe("The node's network; only without peers and ports")
    .exactOptional(),
  shareProcessNamespace: z.boolean().describe("One process namespace for all containers")
    .exactOptional(),
}).describe("What is wanted of a service").meta(cel(
  {
    rule: "!has(self.sidecars) || !self.sidecars.exists(n, n in self.containers)",
    message: "a sidecar must not have the name of a container",
    fieldPath: ".sidecars",
  },
  {
    rule: "!has(self.ingress) || has(self.service)",
    message: "ingress needs service.ports",
    fieldPath: ".ingress",
  },
  {
    rule: "!has(self.hostNetwork) || !self.hostNetwork || (!has(self.service) && " +
      "(!has(self.resources) || !self.resources.exists(n, self.resources[n].type in ['service', 'external-service'])))",
    message: "hostNetwork escapes every policy: it is legal only without peers and ports",
    fieldPath: ".hostNetwork",
  },
));

const edgeSchema = z.object({
  peer: z.string().describe("namespace/name of the other side"),
  direction: z.enum(["outbound", "inbound"]).describe("Which way calls go"),
  state: z.enum(["agreed", "waiting-for-callee", "waiting-for-caller", "unknown-target"])
    .describe("What holds it back"),
});

/** `status` of a LatticeService. */
export const serviceStatusSchema: z.ZodType<LatticeServiceStatus> = z.object({
  phase: z.enum(["Pending", "Compiling", "Ready", "Failed"]).describe("Where it is in its life")
    .exactOptional(),
  message: z.string().describe("Sentence for people").exactOptional(),
  conditions: conditionsSchema.exactOptional(),
  lastCompiledAt: z.string().describe("When policies were compiled last")
    .meta({ format: "date-time" }).exactOptional(),
  observedGeneration: z.int().min(0).describe("Generation that the status is about")
    .exactOptional(),
  resolvedDependencies: z.record(z.string(), z.string()).describe("URLs by resource")
    .exactOptional(),
  edges: z.array(edgeSchema).max(4096).describe("Edges that it has a part in").exactOptional(),
}).describe("What was seen of a service");

/** A LatticeService, as a person writes it or an API server returns it; fills in defaults. */
export const latticeServiceSchema: z.ZodType<LatticeService> = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal(SERVICE_KIND),
  metadata: metadataSchema,
  spec: serviceSpecSchema,
  status: serviceStatusSchema.exactOptional(),
});
