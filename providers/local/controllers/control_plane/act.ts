/**
 * Carries out what was decided about a LocalControlPlane.
 *
 * @module
 */
import { applyAccess } from "@lattice/addons";
import { bareVersion } from "@lattice/api";
import { connect } from "@lattice/kube";
import {
  planCluster,
  readRecord,
  requestSupervisor,
  setDesiredState,
} from "@lattice/providers/local/host";
import type { LocalContext } from "../context.ts";
import {
  CLUSTER,
  CONTROL_PLANE_FINALIZER,
  LOCAL_MACHINE_TEMPLATE,
  MACHINE,
  MANAGER,
} from "../names.ts";
import { mergeConditions } from "../lifecycle.ts";
import { setFinalizer } from "../objects.ts";
import type { LocalControlPlaneView } from "../views.ts";
import { objectView, view } from "../views.ts";
import type { ControlPlaneAction, ControlPlaneWorld } from "./decide.ts";
import { newLocalMachine, newMachine } from "./machine_objects.ts";
import { clusterSecrets, secretObject } from "./secrets.ts";

/** Common names of the client certificates that a local cluster's programs use (architecture, section 8). */
const USERS = {
  operatorUser: "lattice-operator",
  capiUser: "capi-manager",
  kwokUser: "kwok-controller",
};

/** One run of the controller. */
export interface ControlPlaneRun {
  /** What the controllers share. */
  readonly context: LocalContext;
  /** What was read. */
  readonly world: ControlPlaneWorld;
  /** Name of the cluster. */
  readonly cluster: string;
  /** Ends the run early. */
  readonly signal: AbortSignal;
}

/**
 * Carries out one action. Each is idempotent, or guarded by a name that the API server made up.
 *
 * @param action The action.
 * @param run What it works with.
 */
export async function actControlPlane(
  action: ControlPlaneAction,
  run: ControlPlaneRun,
): Promise<void> {
  const { context: { client }, world: { object }, signal } = run;
  switch (action.do) {
    case "add-finalizer":
    case "remove-finalizer": {
      const present = action.do === "add-finalizer";
      return await setFinalizer(client, object, CONTROL_PLANE_FINALIZER, present, signal);
    }
    case "plan-processes":
      return await planProcesses(run);
    case "start-processes":
      return await requestSupervisor(run.context.home, run.context.clusterName, run.cluster);
    case "remove-processes":
      return await removeProcesses(run);
    case "grant-access":
      return await grantAccess(run);
    case "write-secrets":
      return await writeSecrets(run);
    case "own-template":
      return await ownTemplate(run);
    case "create-machine":
      return await createMachine(run, await createLocalMachine(run));
    case "adopt-machine":
      return await createMachine(run, action.name);
    case "delete-machine":
      await client.delete({ ...MACHINE, ...inNamespace(object), name: action.name }, { signal });
      return;
    case "update-machine":
      return await patchMachine(run, action.name, action.changes);
    case "mark-machine":
      return await markMachine(run, action.name, action.upToDate);
  }
}

function inNamespace(object: LocalControlPlaneView): { namespace: string } {
  return { namespace: object.metadata.namespace ?? "" };
}

async function planProcesses(run: ControlPlaneRun): Promise<void> {
  const { context, world: { object, base }, cluster: name } = run;
  const own = await readRecord(context.home, context.clusterName);
  await planCluster({
    home: context.home,
    name,
    role: "workload",
    version: bareVersion(object.spec.version),
    flavour: object.spec.flavour,
    certSANs: object.spec.certSANs,
    runId: own?.runId ?? context.clusterName,
    tools: context.tools,
    operator: await context.operatorCommand(),
    ...(base === undefined ? {} : { base }),
  });
}

async function removeProcesses({ context, world, cluster }: ControlPlaneRun): Promise<void> {
  context.workloads.forget(world.object.metadata.namespace ?? "", cluster);
  await setDesiredState(context.home, cluster, "removed");
  // Only a supervisor can stop what runs; if the cluster has none, ours starts one for the purpose.
  if (!world.supervised) await requestSupervisor(context.home, context.clusterName, cluster);
}

async function grantAccess({ context, cluster, signal }: ControlPlaneRun): Promise<void> {
  const record = await readRecord(context.home, cluster);
  if (record === undefined) return;
  using admin = await connect({ kubeconfig: record.kubeconfig, userAgent: MANAGER });
  await applyAccess(admin, { ...USERS, signal });
}

async function writeSecrets({ context, world, cluster, signal }: ControlPlaneRun): Promise<void> {
  const record = await readRecord(context.home, cluster);
  if (record === undefined) return;
  for (const wanted of await clusterSecrets(record)) {
    const secret = secretObject(wanted, world.object, cluster);
    await context.client.apply(secret, { manager: MANAGER, force: true, signal });
  }
}

async function ownTemplate({ context, world, signal }: ControlPlaneRun): Promise<void> {
  const { object, cluster } = world;
  if (cluster === undefined) return;
  const ref = {
    ...LOCAL_MACHINE_TEMPLATE,
    ...inNamespace(object),
    name: object.spec.machineTemplate.spec.infrastructureRef.name,
  };
  const { metadata } = view(objectView, await context.client.get(ref, { signal }));
  const ownerReferences = [
    ...metadata.ownerReferences.filter((owner) => owner.kind !== CLUSTER.kind),
    { ...CLUSTER, name: cluster.metadata.name, uid: cluster.metadata.uid },
  ];
  const body = { metadata: { resourceVersion: metadata.resourceVersion, ownerReferences } };
  await context.client.patch(ref, { type: "merge", body, manager: MANAGER, signal });
}

/** Clones the machine template and returns the name that the API server completed. */
async function createLocalMachine(run: ControlPlaneRun): Promise<string> {
  const { context: { client }, world, cluster, signal } = run;
  const local = newLocalMachine(world.object, cluster);
  const created = await client.create(local, { fieldManager: MANAGER, signal });
  return created.metadata.name;
}

async function createMachine(run: ControlPlaneRun, name: string): Promise<void> {
  const { context: { client }, world, cluster, signal } = run;
  const machine = newMachine(world.object, cluster, name);
  await client.create(machine, { fieldManager: MANAGER, signal });
}

async function patchMachine(run: ControlPlaneRun, name: string, body: unknown): Promise<void> {
  const { context: { client }, world: { object }, signal } = run;
  const ref = { ...MACHINE, ...inNamespace(object), name };
  await client.patch(ref, { type: "merge", body, manager: MANAGER, signal });
}

async function markMachine(run: ControlPlaneRun, name: string, upToDate: boolean): Promise<void> {
  const { context, world: { object, machines }, signal } = run;
  const machine = machines.find(({ metadata }) => metadata.name === name);
  const stated = upToDate
    ? { type: "UpToDate", status: "True" as const, reason: "UpToDate" }
    : { type: "UpToDate", status: "False" as const, reason: "NotUpToDate" };
  const generation = machine?.metadata.generation ?? 0;
  const present = machine?.status.conditions.filter(({ type }) => type === "UpToDate");
  const status = { conditions: mergeConditions(present, [stated], generation, context.now()) };
  const metadata = { name, ...inNamespace(object) };
  const options = { manager: MANAGER, force: true, subresource: "status", signal };
  const marked = { ...MACHINE, metadata, status };
  await context.client.apply(marked, options);
}
