/**
 * What the local controllers read of the objects that others own: CAPI's, and the Secrets and Nodes they write.
 *
 * Each view is checked when an object comes in from an API server and holds only the fields that a decision
 * uses, so that a decision can be tested with a few lines of literal data.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { z } from "zod";

const text = z.record(z.string(), z.string());

/** Points to an owner. */
export interface OwnerView {
  /** Group and version. */
  apiVersion: string;
  /** Kind. */
  kind: string;
  /** Name. */
  name: string;
  /** UID. */
  uid: string;
  /** Whether the owner manages the object. */
  controller?: boolean | undefined;
  /** Whether the owner waits for the object when it is deleted in the foreground. */
  blockOwnerDeletion?: boolean | undefined;
}

const owner = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().optional(),
  blockOwnerDeletion: z.boolean().optional(),
});

const metadata = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.number().default(0),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
  labels: text.default({}),
  annotations: text.default({}),
  finalizers: z.array(z.string()).default([]),
  ownerReferences: z.array(owner).default([]),
});

const conditions = z.array(z.object({
  type: z.string(),
  status: z.enum(["True", "False", "Unknown"]),
  reason: z.string().default(""),
  message: z.string().default(""),
  lastTransitionTime: z.string().default(""),
  observedGeneration: z.number().optional(),
})).default([]);

const identity = { apiVersion: z.string(), kind: z.string(), metadata };

const taints = z.array(z.object({
  key: z.string(),
  value: z.string().optional(),
  effect: z.string(),
  propagation: z.string().default("Always"),
})).default([]);

const deletion = z.object({
  nodeDrainTimeoutSeconds: z.number().optional(),
  nodeVolumeDetachTimeoutSeconds: z.number().optional(),
  nodeDeletionTimeoutSeconds: z.number().optional(),
}).default({});

const reference = z.object({ apiGroup: z.string(), kind: z.string(), name: z.string() });

/** CAPI's Cluster. */
export const clusterView = z.object({
  ...identity,
  spec: z.object({
    paused: z.boolean().default(false),
    controlPlaneEndpoint: z.object({ host: z.string().default(""), port: z.number().default(0) })
      .optional(),
  }),
  status: z.object({
    initialization: z.object({
      infrastructureProvisioned: z.boolean().default(false),
      controlPlaneInitialized: z.boolean().default(false),
    }).optional(),
  }).optional(),
});
/** CAPI's Cluster, as far as it matters here. */
export type ClusterView = z.output<typeof clusterView>;

/** CAPI's Machine. */
export const machineView = z.object({
  ...identity,
  spec: z.object({
    clusterName: z.string(),
    version: z.string().default(""),
    providerID: z.string().optional(),
    bootstrap: z.object({ dataSecretName: z.string().optional() }).default({}),
    infrastructureRef: reference,
    deletion,
    taints,
  }),
  status: z.object({
    phase: z.string().default(""),
    nodeRef: z.object({ name: z.string() }).optional(),
    conditions,
  }).default({ phase: "", conditions: [] }),
});
/** CAPI's Machine, as far as it matters here. */
export type MachineView = z.output<typeof machineView>;

/** LocalCluster. */
export const localClusterView = z.object({
  ...identity,
  spec: z.object({
    controlPlaneEndpoint: z.object({ host: z.string(), port: z.number() }).optional(),
  }).default({}),
  status: z.object({ conditions }).loose().optional(),
});
/** LocalCluster, as it was read. */
export type LocalClusterView = z.output<typeof localClusterView>;

/** LocalControlPlane. */
export const localControlPlaneView = z.object({
  ...identity,
  spec: z.object({
    replicas: z.number().default(1),
    version: z.string(),
    flavour: z.enum(["kubeadm", "rke2"]).default("kubeadm"),
    certSANs: z.array(z.string()).default([]),
    machineTemplate: z.object({
      metadata: z.object({ labels: text.default({}), annotations: text.default({}) })
        .default({ labels: {}, annotations: {} }),
      spec: z.object({ infrastructureRef: reference, deletion, taints }),
    }),
  }),
  status: z.object({ conditions }).loose().optional(),
});
/** LocalControlPlane, as it was read. */
export type LocalControlPlaneView = z.output<typeof localControlPlaneView>;

/** LocalMachine. */
export const localMachineView = z.object({
  ...identity,
  spec: z.object({ providerID: z.string().optional() }).default({}),
  status: z.object({ conditions }).loose().optional(),
});
/** LocalMachine, as it was read. */
export type LocalMachineView = z.output<typeof localMachineView>;

/** Any object of which only the identity matters. */
export const objectView = z.object(identity);
/** Any object of which only the identity matters. */
export type ObjectView = z.output<typeof objectView>;

/** Node of a workload cluster. */
export const nodeView = z.object({
  ...identity,
  spec: z.object({ providerID: z.string().optional() }).default({}),
  status: z.object({ conditions }).default({ conditions: [] }),
});
/** Node of a workload cluster, as far as it matters here. */
export type NodeView = z.output<typeof nodeView>;

/** Secret with base64 values. */
export const secretView = z.object({
  ...identity,
  type: z.string().default("Opaque"),
  data: text.default({}),
});
/** Secret, as it was read. */
export type SecretView = z.output<typeof secretView>;

/** A condition, as it was read. */
export type ConditionView = z.output<typeof conditions>[number];

/**
 * Reads an object from an API server through a view.
 *
 * @param schema The view.
 * @param raw What the API server sent.
 * @returns The fields of the view, defaults filled in.
 * @throws LatticeError `internal` that names the object and the first field that does not fit.
 */
export function view<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join(".") ?? "";
  throw new LatticeError(
    "internal",
    `Cannot read ${describe(raw)}: ${issue?.message ?? "unknown shape"}`,
    {
      field,
      remedy: "check that the CRDs in the cluster are those that this operator installed",
    },
  );
}

function describe(raw: unknown): string {
  const named = z.object({ kind: z.string(), metadata: z.object({ name: z.string() }) })
    .safeParse(raw);
  return named.success ? `${named.data.kind} '${named.data.metadata.name}'` : "an object";
}
