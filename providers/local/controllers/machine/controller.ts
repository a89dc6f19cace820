/**
 * Reconciles a LocalMachine: gathers, decides, acts, reports.
 *
 * @module
 */
import { CAPI_CLUSTER_LABEL } from "@lattice/api";
import {
  type ControllerCache,
  type KubeClient,
  type KubeObject,
  type Request,
  type Result,
  runController,
} from "@lattice/kube";
import { ASIDE_MS, type LocalContext, membership } from "../context.ts";
import { ownerOf, pausedCondition } from "../lifecycle.ts";
import {
  CLUSTER,
  LOCAL_MACHINE,
  MACHINE,
  MACHINE_FINALIZER,
  MANAGER,
  NODE,
  providerId,
} from "../names.ts";
import { keptFields, refOf, setFinalizer, writePaused, writeStatus } from "../objects.ts";
import { localMachineView, type MachineView, machineView, nodeView, view } from "../views.ts";
import type { LocalMachineView, NodeView } from "../views.ts";
import { decideMachine, type MachineAction } from "./decide.ts";
import { keptNode, newNode } from "./node.ts";

/** Name of the controller, in logs and metrics. */
const CONTROLLER = "local-machine";
/** Field manager of what a kubelet would write: it must not be the one that applies. */
const KUBELET = "lattice-kubelet";

/**
 * Runs the controller until the signal.
 *
 * @param context What the controllers share.
 * @param signal Ends the controller.
 */
export function runMachineController(context: LocalContext, signal: AbortSignal): Promise<void> {
  // The first reconcile brings the cache; before it, there is no LocalMachine that a Cluster could concern.
  let cache: ControllerCache | undefined;
  return runController({
    name: CONTROLLER,
    client: context.client,
    for: LOCAL_MACHINE,
    watches: [
      { ...MACHINE, map: infrastructureOf },
      { ...CLUSTER, map: (cluster) => machinesOf(cluster, cache) },
    ],
    concurrency: 8,
    resyncMs: 60_000,
    signal,
    reconcile: (request, reconcileContext) => {
      cache = reconcileContext.cache;
      const run = () => reconcileMachine(context, request, reconcileContext.signal);
      return context.observe(CONTROLLER, run);
    },
  });
}

/** A Cluster that is paused or resumed concerns all its machines: a mover waits until each has confirmed it. */
function machinesOf({ metadata }: KubeObject, cache: ControllerCache | undefined): Request[] {
  const { name, namespace } = metadata;
  return (cache?.list(LOCAL_MACHINE, { namespace }) ?? [])
    .filter((local) => local.metadata.labels?.[CAPI_CLUSTER_LABEL] === name)
    .map((local) => ({ name: local.metadata.name, namespace }));
}

async function machineOf(
  client: KubeClient,
  object: LocalMachineView,
  namespace: string,
  signal: AbortSignal,
): Promise<MachineView | undefined> {
  const owner = ownerOf(object.metadata.ownerReferences, "Machine", "cluster.x-k8s.io");
  if (owner === undefined) return undefined;
  const raw = await client.find({ ...MACHINE, namespace, name: owner.name }, { signal });
  const machine = raw === undefined ? undefined : view(machineView, raw);
  return machine?.metadata.uid === owner.uid ? machine : undefined;
}

async function findNode(
  workload: KubeClient,
  name: string,
  signal: AbortSignal,
): Promise<NodeView | undefined> {
  const raw = await workload.find({ ...NODE, name }, { signal });
  return raw === undefined ? undefined : view(nodeView, raw);
}

function infrastructureOf(object: KubeObject): Request[] {
  const { metadata, spec } = view(machineView, object);
  if (spec.infrastructureRef.kind !== LOCAL_MACHINE.kind) return [];
  return [{ name: spec.infrastructureRef.name, namespace: metadata.namespace }];
}

/** What one run works with. */
interface Run {
  readonly context: LocalContext;
  readonly object: LocalMachineView;
  readonly machine: MachineView | undefined;
  readonly workload: KubeClient | undefined;
  readonly signal: AbortSignal;
}

/**
 * Reconciles one LocalMachine.
 *
 * @param context What the controllers share.
 * @param request Names the LocalMachine.
 * @param signal Ends the run early.
 */
export async function reconcileMachine(
  context: LocalContext,
  request: Request,
  signal: AbortSignal,
): Promise<Result | void> {
  const { client } = context;
  const namespace = request.namespace ?? "";
  const raw = await client.find({ ...LOCAL_MACHINE, ...request }, { signal });
  if (raw === undefined) return;
  const object = view(localMachineView, raw);
  const machine = await machineOf(client, object, namespace, signal);
  const clusterName = machine?.spec.clusterName ?? object.metadata.labels[CAPI_CLUSTER_LABEL];
  const { cluster, gate } = await membership(context, object, namespace, clusterName, signal);
  if (gate === "fenced") return { requeueAfterMs: ASIDE_MS };
  if (gate === "paused") {
    await writePaused(client, object, context.now(), signal);
    return { requeueAfterMs: ASIDE_MS };
  }
  const clusterGoes = cluster === undefined || cluster.metadata.deletionTimestamp !== undefined;
  const workload =
    clusterName === undefined || (clusterGoes && object.metadata.deletionTimestamp !== undefined)
      ? undefined
      : await context.workloads.get(namespace, clusterName, signal);
  const node = workload && await findNode(workload, machine?.metadata.name ?? request.name, signal);
  const plan = decideMachine({ object, machine, cluster, reachable: workload !== undefined, node });
  const run: Run = { context, object, machine, workload, signal };
  for (const action of plan.actions) await act(action, run);
  if (plan.ready && !plan.actions.includes("remove-finalizer")) {
    const stated = [plan.ready, pausedCondition(false)];
    const fields = plan.status ?? keptFields(object);
    await writeStatus(client, object, fields, stated, context.now(), signal);
  }
  return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
}

async function act(action: MachineAction, run: Run): Promise<void> {
  const { context: { client }, object, machine, workload, signal } = run;
  const apply = { manager: MANAGER, force: true, signal };
  switch (action) {
    case "add-finalizer":
      return await setFinalizer(client, object, MACHINE_FINALIZER, true, signal);
    case "remove-finalizer":
      return await setFinalizer(client, object, MACHINE_FINALIZER, false, signal);
    case "create-node":
      if (workload && machine) {
        await workload.create(newNode(machine), { fieldManager: KUBELET, signal });
        await workload.apply(keptNode(machine), apply);
      }
      return;
    case "update-node":
      if (workload && machine) await workload.apply(keptNode(machine), apply);
      return;
    case "delete-node":
      await workload?.delete({ ...NODE, name: machine?.metadata.name ?? object.metadata.name }, {
        signal,
      });
      return;
    case "set-provider-id": {
      if (!machine) return;
      const providerID = providerId(machine.spec.clusterName, machine.metadata.name);
      const body = { spec: { providerID } };
      await client.patch(refOf(object), { type: "merge", body, manager: MANAGER, signal });
    }
  }
}
