/**
 * What the ClusterController reads of CAPI's objects. Each view holds only the fields that a decision uses.
 *
 * @module
 */
import { CAPI_DEPLOYMENT_LABEL } from "@lattice/api";
import { LatticeError } from "@lattice/api/errors";
import { z } from "zod";

const text = z.record(z.string(), z.string());

const metadata = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string().default(""),
  resourceVersion: z.string().default(""),
  generation: z.number().default(0),
  deletionTimestamp: z.string().optional(),
  labels: text.default({}),
  annotations: text.default({}),
});

const conditions = z.array(z.object({
  type: z.string(),
  status: z.enum(["True", "False", "Unknown"]),
  reason: z.string().default(""),
  message: z.string().default(""),
})).default([]);

const counts = {
  replicas: z.number().default(0),
  readyReplicas: z.number().default(0),
  upToDateReplicas: z.number().default(0),
};

/** CAPI's Cluster. */
export const capiClusterView = z.object({
  metadata,
  spec: z.object({
    paused: z.boolean().default(false),
    controlPlaneEndpoint: z.object({ host: z.string().default(""), port: z.number().default(0) })
      .optional(),
  }),
  status: z.object({
    initialization: z.object({
      infrastructureProvisioned: z.boolean().default(false),
      controlPlaneInitialized: z.boolean().default(false),
    }).default({ infrastructureProvisioned: false, controlPlaneInitialized: false }),
    controlPlane: z.object({ ...counts, observedGeneration: z.number().optional() })
      .default({ replicas: 0, readyReplicas: 0, upToDateReplicas: 0 }),
    conditions,
  }).optional(),
});
/** CAPI's Cluster, as far as it matters here. */
export type CapiClusterView = z.output<typeof capiClusterView>;

const reference = z.object({ kind: z.string(), name: z.string() });

/** CAPI's MachineDeployment. */
export const machineDeploymentView = z.object({
  metadata,
  spec: z.object({
    replicas: z.number().default(0),
    template: z.object({
      spec: z.object({
        version: z.string().default(""),
        infrastructureRef: reference.optional(),
        bootstrap: z.object({ configRef: reference.optional() }).default({}),
      }),
    }),
  }),
  status: z.object({ ...counts, observedGeneration: z.number().default(0) })
    .default({ replicas: 0, readyReplicas: 0, upToDateReplicas: 0, observedGeneration: 0 }),
});
/** CAPI's MachineDeployment, as far as it matters here. */
export type MachineDeploymentView = z.output<typeof machineDeploymentView>;

/**
 * The templates that a MachineDeployment, or a MachineSet of the same shape, refers to.
 *
 * @param deployment The MachineDeployment.
 * @returns Keys as {@linkcode templateKey} makes them.
 */
export function templatesOf(deployment: MachineDeploymentView): string[] {
  const { infrastructureRef, bootstrap } = deployment.spec.template.spec;
  return [infrastructureRef, bootstrap.configRef]
    .filter((one) => one !== undefined)
    .map(({ kind, name }) => templateKey(kind, name));
}

/**
 * Whether no machine of a MachineDeployment is made from an older template. CAPI's own count of machines that are up to date
 * lags: it is still about the old template for a moment after CAPI says that it has seen the new one.
 *
 * @param deployment The MachineDeployment.
 * @param sets MachineSets of the cluster.
 */
export function isRolledOut(
  deployment: MachineDeploymentView,
  sets: readonly MachineDeploymentView[],
): boolean {
  const present = shapeOf(deployment);
  return sets
    .filter(({ metadata: { labels } }) =>
      labels[CAPI_DEPLOYMENT_LABEL] === deployment.metadata.name
    )
    .filter(({ spec, status }) => spec.replicas > 0 || status.replicas > 0)
    .every((set) => shapeOf(set) === present);
}

function shapeOf(deployment: MachineDeploymentView): string {
  return [deployment.spec.template.spec.version, ...templatesOf(deployment)].join(" ");
}

/**
 * Names a template within a namespace. The kind belongs to it: the templates of a pool share one name.
 *
 * @param kind Kind.
 * @param name Name.
 */
export function templateKey(kind: string, name: string): string {
  return `${kind}/${name}`;
}

/** A control plane of any provider: contract v1beta2, or v1beta1, where one count has another name. */
export const controlPlaneView = z.object({
  metadata,
  spec: z.object({ replicas: z.number().default(1) }),
  status: z.object({
    replicas: z.number().default(0),
    upToDateReplicas: z.number().optional(),
    updatedReplicas: z.number().optional(),
    observedGeneration: z.number().default(0),
  }).default({ replicas: 0, observedGeneration: 0 }),
});
/** A control plane, as far as it matters here. */
export type ControlPlaneView = z.output<typeof controlPlaneView>;

/**
 * Whether a control plane has seen its present spec and every machine of it is as that says.
 *
 * @param controlPlane The control plane.
 */
export function isSettled({ metadata, spec, status }: ControlPlaneView): boolean {
  return status.observedGeneration >= metadata.generation && status.replicas === spec.replicas &&
    (status.upToDateReplicas ?? status.updatedReplicas) === spec.replicas;
}

/** The journal of a move, as its ConfigMap shows it to people. */
export const journalView = z.object({
  data: z.object({ phase: z.string().default("") }).default({ phase: "" }),
});

/**
 * Reads an object from an API server through a view.
 *
 * @param schema The view.
 * @param raw What the API server sent.
 * @returns The fields of the view, defaults filled in.
 * @throws {LatticeError} `internal` that names the first field that does not fit.
 */
export function view<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new LatticeError(
    "internal",
    `Cannot read a CAPI object: ${issue?.message ?? "bad shape"}`,
    {
      field: issue?.path.join(".") ?? "",
      remedy: "check that the CRDs in the cluster are those that this operator installed",
      cause: parsed.error,
    },
  );
}
