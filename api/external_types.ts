/**
 * Types of `LatticeExternalService`: something outside of the cluster, and who may call it.
 *
 * @module
 */
import type { Condition, ObjectMeta } from "./objects.ts";

/** Something outside of the cluster that services may call. Namespaced. */
export interface LatticeExternalService {
  /** Always `lattice.dev/v1alpha1`. */
  apiVersion: "lattice.dev/v1alpha1";
  /** Always `LatticeExternalService`. */
  kind: "LatticeExternalService";
  /** Metadata; `parseDocuments` fills in the namespace `default`. */
  metadata: ObjectMeta;
  /** What is wanted. */
  spec: LatticeExternalServiceSpec;
  /** What was seen; written by the operator only. */
  status?: LatticeExternalServiceStatus;
}

/** What is wanted of an external service. */
export interface LatticeExternalServiceSpec {
  /** URLs by name; at least one. */
  endpoints: Record<string, string>;
  /**
   * Who may call: `NAME` (own namespace), `NAMESPACE/NAME`, `NAMESPACE/*`, or `*` for everyone. Written as
   * `allowed_requesters`, too; after parsing always here. Default: nobody.
   */
  allowedRequesters: string[];
  /** How hosts become addresses; `static` takes IP addresses only. Default: dns. */
  resolution: "dns" | "static";
  /** Text for people. */
  description?: string;
}

/** What was seen of an external service. */
export interface LatticeExternalServiceStatus {
  /** Where it is in its life. */
  phase?: "Pending" | "Ready" | "Failed";
  /** Sentence for people. */
  message?: string;
  /** Observed aspects. */
  conditions?: Condition[];
  /** Generation that the status is about. */
  observedGeneration?: number;
}

/** A URL of an external service, taken apart. */
export interface ExternalEndpoint {
  /** Name in `spec.endpoints`. */
  name: string;
  /** Scheme; a bare `host:port` is `tcp`. */
  protocol: "https" | "http" | "tcp" | "grpc";
  /** DNS name in lower case, or IP address without brackets. */
  host: string;
  /** Whether `host` is an IP address, and which. */
  address?: "ipv4" | "ipv6";
  /** Port. */
  port: number;
  /** `PROTOCOL://HOST:PORT`. */
  url: string;
}
