/**
 * Brings the policies of one key to what both sides agreed on.
 *
 * Keys are `namespace/name` of services and external services, `namespace` for its part in the mesh, and `*` for the
 * policies of the cluster itself.
 *
 * @module
 */
import type { KubeObject } from "@lattice/kube";
import { compile, infrastructurePolicies, namespaceObject } from "@lattice/policy";
import { needsApply, ownedFields } from "../cluster/difference.ts";
import { act, type ActContext } from "./act.ts";
import {
  CLEAR,
  CLUSTER_KEY,
  frozenOf,
  isClosing,
  type LayerOutcome,
  type MeshContext,
  notePruned,
  viewOf,
} from "./context.ts";
import { decidePolicies, type MeshPlan, type MeshWrite } from "./decide.ts";
import { MESH_MANAGER } from "./kinds.ts";
import { causeOf, withOwner } from "./ownership.ts";

/** A reconcile in two parts, between which others may be tightened. */
export interface PolicyWork {
  /** Takes rights away. */
  tighten(): Promise<void>;
  /** Whether there is anything to loosen. */
  readonly loosens: boolean;
  /** Gives rights. */
  loosen(): Promise<void>;
  /** What became of it. */
  outcome(): LayerOutcome;
}

/**
 * Compares a key with what there is.
 *
 * @param context What the controllers share.
 * @param key Key.
 * @param signal Ends its writes early.
 */
export function policyWork(context: MeshContext, key: string, signal: AbortSignal): PolicyWork {
  const acting = { client: context.client, inventory: context.inventory, signal };
  if (key === CLUSTER_KEY) return clusterWork(context, acting);
  if (!key.includes("/")) return namespaceWork(context, key, acting);
  const namespace = key.slice(0, key.indexOf("/"));
  if (isClosing(context, namespace)) return workOf(NOTHING, acting);
  return workOf(plan(context, key), acting, (names) => notePruned(context, key, names));
}

const NOTHING: MeshPlan = { tighten: [], loosen: [], missing: [], taken: [] };

function plan(context: MeshContext, key: string): MeshPlan {
  const { model, clusterName } = context;
  const started = performance.now();
  const objects = compile(model.graph, key, { cluster: clusterName });
  context.meter.compiled("policy", (performance.now() - started) / 1000);
  const wanted = objects.flatMap((object) => {
    const cause = causeOf(object);
    const owner = cause && model.get(cause.kind, cause.key)?.raw;
    return owner ? [withOwner(object, owner)] : [];
  });
  return decidePolicies(key, wanted, viewOf(context), frozenOf(model, key));
}

function workOf(
  plan: MeshPlan,
  acting: ActContext,
  onPruned: (names: readonly string[]) => void = () => {},
): PolicyWork {
  const taken = [...plan.taken];
  const carryOut = async (writes: readonly MeshWrite[]) => {
    const acted = await act(writes, acting);
    taken.push(...acted.taken);
    onPruned(acted.pruned);
  };
  return {
    tighten: () => carryOut(plan.tighten),
    loosens: plan.loosen.length > 0,
    loosen: () => carryOut(plan.loosen),
    outcome: () => ({ ...CLEAR, missing: plan.missing, taken }),
  };
}

/** The default deny takes rights away, and what it excepts is useless without it: everything counts as tightening. */
function clusterWork(context: MeshContext, acting: ActContext): PolicyWork {
  const wanted = infrastructurePolicies({ cluster: context.clusterName });
  const plan = decidePolicies(undefined, wanted, viewOf(context));
  const homes = new Set(
    wanted.filter((object) => context.inventory.isReady(object))
      .flatMap(({ metadata: { namespace } }) => namespace ?? []),
  );
  const all = { ...plan, tighten: [...plan.tighten, ...plan.loosen], loosen: [] };
  const work = workOf(all, acting);
  return {
    ...work,
    tighten: async () => {
      for (const name of homes) if (context.namespaces.get(name) === undefined) await create(name);
      await work.tighten();
    },
  };

  // The deny has to be there before what it is for, which would bring its namespace.
  async function create(name: string): Promise<void> {
    await applyNamespace({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, acting);
  }
}

/** A namespace takes part in the mesh as long as anything in it does; leaving comes last. */
function namespaceWork(context: MeshContext, name: string, acting: ActContext): PolicyWork {
  const live = context.namespaces.get(name);
  const wanted = namespaceObject(context.model.graph, name);
  const idle = workOf(NOTHING, acting);
  if (live === undefined || isClosing(context, name)) return idle;
  if (wanted !== undefined) {
    const isThere = !needsApply(wanted, live, MESH_MANAGER);
    return isThere ? idle : { ...idle, tighten: () => applyNamespace(wanted, acting) };
  }
  const owned = ownedFields(live, MESH_MANAGER) ?? {};
  if (Object.keys(owned).length === 0) return idle;
  const bare = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
  return { ...idle, loosens: true, loosen: () => applyNamespace(bare, acting) };
}

async function applyNamespace(object: KubeObject, { client, signal }: ActContext): Promise<void> {
  await client.apply(object, { manager: MESH_MANAGER, force: true, signal });
}
