/**
 * Types of `LatticeService`: a workload, what it calls and who may call it.
 *
 * @module
 */
import type { Condition, Json, ObjectMeta } from "./objects.ts";

/** A workload with its declared dependencies and callers. Namespaced. */
export interface LatticeService {
  /** Always `lattice.dev/v1alpha1`. */
  apiVersion: "lattice.dev/v1alpha1";
  /** Always `LatticeService`. */
  kind: "LatticeService";
  /** Metadata; `parseDocuments` fills in the namespace `default`. */
  metadata: ObjectMeta;
  /** What is wanted. */
  spec: LatticeServiceSpec;
  /** What was seen; written by the operator only. */
  status?: LatticeServiceStatus;
}

/** What is wanted of a service. */
export interface LatticeServiceSpec {
  /** Containers by name; at least one. */
  containers: Record<string, ServiceContainer>;
  /** Peers, volumes and secrets by name. Default: none. */
  resources: Record<string, ServiceResource>;
  /** Ports under which others reach it. Absent: nobody can. */
  service?: { ports: Record<string, ServicePort> };
  /** Number of pods. Default: `{min: 1}`. */
  replicas: ServiceReplicas;
  /** How a change is rolled out. Default: rolling. */
  deploy: ServiceDeploy;
  /** Access from outside of the cluster. Absent: none. */
  ingress?: ServiceIngress;
  /** Helpers beside the containers, by name. Default: none. */
  sidecars: Record<string, ServiceSidecar>;
  /** Kernel parameters of the pod. Default: none. */
  sysctls: Record<string, string>;
  /** The node's network; only for a service without peers and ports, since no policy reaches it there. */
  hostNetwork?: boolean;
  /** One process namespace for all containers. */
  shareProcessNamespace?: boolean;
}

/** A container. */
export interface ServiceContainer {
  /** Image; `.` when it is supplied at render time. */
  image: string;
  /** Replaces the image's entry point. */
  command?: string[];
  /** Arguments. */
  args?: string[];
  /** Environment; values are templates. Default: none. */
  variables: Record<string, string>;
  /** Compute resources. */
  resources?: { requests?: ServiceQuantities; limits?: ServiceQuantities };
  /** Files by absolute path. Default: none. */
  files: Record<string, ServiceFile>;
  /** Volumes by mount path. Default: none. */
  volumes: Record<string, ServiceVolumeMount>;
  /** Restarts the container when it fails. */
  livenessProbe?: ServiceProbe;
  /** Takes the pod out of the Service when it fails. */
  readinessProbe?: ServiceProbe;
  /** Holds the other probes back until it succeeds. */
  startupProbe?: ServiceProbe;
  /** Rights of the processes. Absent: the strictest. */
  security?: ServiceSecurity;
}

/** A helper container. */
export interface ServiceSidecar extends ServiceContainer {
  /** Whether it runs to its end before the others start. Default: false. */
  init?: boolean;
}

/** Amounts in the grammar of Kubernetes, e.g. `250m`, `512Mi`. */
export interface ServiceQuantities {
  /** CPU. */
  cpu?: string;
  /** Memory. */
  memory?: string;
}

/** A file in a container; exactly one of `content`, `binaryContent` and `source`. */
export interface ServiceFile {
  /** Text; a template. */
  content?: string;
  /** Base64. */
  binaryContent?: string;
  /** Reference to where the text comes from; a template. */
  source?: string;
  /** Mode in octal, e.g. `0644`. */
  mode?: string;
  /** Take the content as it is. Default: false. */
  noExpand: boolean;
  /** `$${…}` expands and `${…}` is literal. Default: false. */
  reverseExpand: boolean;
}

/** A volume in a container. */
export interface ServiceVolumeMount {
  /** `${resources.NAME}`. */
  source: string;
  /** Path inside of the volume. */
  path?: string;
  /** Default: false. */
  readOnly?: boolean;
}

/** A health check; exactly one of `httpGet`, `tcpSocket` and `exec`. */
export interface ServiceProbe {
  /** Succeeds on a status below 400. */
  httpGet?: {
    path: string;
    port: number;
    scheme?: "HTTP" | "HTTPS";
    host?: string;
    httpHeaders?: { name: string; value: string }[];
  };
  /** Succeeds when a connection is accepted. */
  tcpSocket?: { port: number; host?: string };
  /** Succeeds on exit code 0. */
  exec?: { command: string[] };
  /** Seconds before the first check. */
  initialDelaySeconds?: number;
  /** Seconds between checks. */
  periodSeconds?: number;
  /** Seconds that a check may take. */
  timeoutSeconds?: number;
  /** Successes in a row that count as healthy. */
  successThreshold?: number;
  /** Failures in a row that count as unhealthy. */
  failureThreshold?: number;
}

/** Rights of a container's processes. */
export interface ServiceSecurity {
  /** Capabilities to add. Default: none. */
  capabilities: string[];
  /** Capabilities to drop. Absent: all. */
  dropCapabilities?: string[];
  /** Full rights on the node. */
  privileged?: boolean;
  /** Whether the image's files cannot be changed. */
  readOnlyRootFilesystem?: boolean;
  /** Refuse to run as root. */
  runAsNonRoot?: boolean;
  /** User id. */
  runAsUser?: number;
  /** Group id. */
  runAsGroup?: number;
  /** Whether a child may gain rights. */
  allowPrivilegeEscalation?: boolean;
}

/** Which way calls go: to the peer, from the peer, or both. */
export type Direction = "outbound" | "inbound" | "both";

/** Something that a service uses or serves. */
export interface ServiceResource {
  /** `service`, `external-service`, `volume`, `secret`, or a type of one's own. */
  type: string;
  /** Variant, for provisioners. */
  class?: string;
  /** Name of the peer, identity of the volume or path of the secret. Absent: the key. `*`: any caller. */
  id?: string;
  /** Annotations for provisioners. */
  metadata?: { annotations?: Record<string, string> };
  /** Parameters of a volume or secret. */
  params?: { [key: string]: Json };
  /** Default: outbound. */
  direction: Direction;
  /** Namespace of the peer. Absent: one's own. `*`: any, only together with `id: "*"`. */
  namespace?: string;
  /** Rules for calls from the peer; they need a waypoint. */
  inbound?: InboundRules;
  /** Rules for calls to the peer; they need a waypoint. */
  outbound?: OutboundRules;
}

/** What a caller may do. */
export interface InboundRules {
  /** HTTP methods. Absent: all. */
  methods?: string[];
  /** Paths, exact or with a trailing `*`. Absent: all. */
  paths?: string[];
  /** Most requests. */
  rateLimit?: RateLimit;
}

/** Most requests in an interval. */
export interface RateLimit {
  /** Requests. */
  requestsPerInterval: number;
  /** Seconds. Default: 60. */
  intervalSeconds: number;
}

/** How calls are made. */
export interface OutboundRules {
  /** Further attempts after a failure. */
  retries?: { attempts: number; perTryTimeout?: string; retryOn?: string[] };
  /** Longest time. */
  timeout?: { request: string };
}

/** A port. */
export interface ServicePort {
  /** Port of the Service. */
  port: number;
  /** Port of the container. Absent: `port`. */
  targetPort?: number;
  /** Default: TCP. */
  protocol: "TCP" | "UDP";
}

/** Number of pods. */
export interface ServiceReplicas {
  /** Smallest number. Default: 1. */
  min: number;
  /** Largest number; with it an autoscaler owns the number. */
  max?: number;
}

/** How a change is rolled out. */
export interface ServiceDeploy {
  /** Default: rolling. */
  strategy: "rolling" | "canary";
  /** Steps of a canary. */
  canary?: { interval?: string; threshold?: number; maxWeight?: number; stepWeight?: number };
}

/** Access from outside of the cluster. */
export interface ServiceIngress {
  /** Host names; at least one. */
  hosts: string[];
  /** Paths. Absent: everything. */
  paths?: { path: string; pathType?: "PathPrefix" | "Exact" }[];
  /** Encryption. Absent: plain HTTP. */
  tls?: {
    mode: "auto" | "manual";
    secretName?: string;
    issuerRef?: { name: string; kind?: string };
  };
  /** Most requests. */
  rateLimit?: RateLimit & { burst?: number };
  /** Default: `istio`, which the mesh brings and whose identity is known. */
  gatewayClass: string;
}

/** What was seen of a service. */
export interface LatticeServiceStatus {
  /** Where it is in its life. */
  phase?: "Pending" | "Compiling" | "Ready" | "Failed";
  /** Sentence for people. */
  message?: string;
  /** Observed aspects. */
  conditions?: Condition[];
  /** When policies were compiled last (RFC 3339). */
  lastCompiledAt?: string;
  /** Generation that the status is about. */
  observedGeneration?: number;
  /** URL of each dependency by the name of its resource. */
  resolvedDependencies?: Record<string, string>;
  /** Edges that it declares, or that are declared to it. */
  edges?: EdgeStatus[];
}

/** State of one edge. */
export interface EdgeStatus {
  /** `namespace/name` of the other side. */
  peer: string;
  /** Which way calls go, seen from this service. */
  direction: "outbound" | "inbound";
  /** What holds it back. */
  state: "agreed" | "waiting-for-callee" | "waiting-for-caller" | "unknown-target";
}
