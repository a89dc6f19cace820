/**
 * Brings the workload of one service to what its spec asks for.
 *
 * @module
 */
import { EXTERNAL_SERVICE_KIND, type LatticeService, objectKey, SERVICE_KIND } from "@lattice/api";
import { unsupportedRules, waypointOf } from "@lattice/policy";
import { externalOutputs, renderWorkload, serviceOutputs } from "@lattice/workload";
import type { ResourceOutputs, ResourceTarget, WorkloadResult } from "@lattice/workload";
import { act } from "./act.ts";
import {
  CLEAR,
  isClosing,
  type LayerOutcome,
  type MeshContext,
  notePruned,
  serviceOf,
  viewOf,
} from "./context.ts";
import { ALL_FROZEN, decideWorkload, NOT_FROZEN } from "./decide.ts";
import type { MeshModel } from "./model.ts";
import { withOwner } from "./ownership.ts";

/**
 * Renders a service, compares, and writes.
 *
 * @param context What the controllers share.
 * @param key `namespace/name`; of a service that is gone its objects are deleted.
 * @param signal Ends it early.
 * @throws {ApiError} When the server refuses a write.
 */
export async function reconcileWorkload(
  context: MeshContext,
  key: string,
  signal: AbortSignal,
): Promise<LayerOutcome> {
  const { client, inventory, model } = context;
  const declared = model.get(SERVICE_KIND, key);
  if (isClosing(context, key.slice(0, key.indexOf("/")))) return CLEAR;
  if (declared !== undefined && declared.object === undefined) return CLEAR;
  const rendered = declared?.object ? render(context, declared.object) : NOTHING;
  const raw = declared?.raw;
  const wanted = raw ? rendered.objects.map((object) => withOwner(object, raw)) : [];
  const frozen = rendered.blocked ? ALL_FROZEN : NOT_FROZEN;
  const plan = decideWorkload(key, wanted, viewOf(context), frozen);
  const { taken, pruned } = await act(plan.loosen, { client, inventory, signal });
  notePruned(context, key, pruned);
  return {
    missing: plan.missing,
    taken: [...plan.taken, ...taken],
    problems: rendered.problems,
    blocked: rendered.blocked,
    error: undefined,
  };
}

const NOTHING: WorkloadResult = { objects: [], problems: [], blocked: false };

function render(context: MeshContext, service: LatticeService): WorkloadResult {
  const waypoint = waypointOf(service);
  const started = performance.now();
  const result = renderWorkload(service, {
    cluster: { name: context.clusterName },
    ...(waypoint !== undefined && { waypoint }),
    resolve: (target) => outputsOf(context.model, target),
  });
  context.meter.compiled("workload", (performance.now() - started) / 1000);
  return { ...result, problems: [...unsupportedRules(service), ...result.problems] };
}

/**
 * What a dependency offers.
 *
 * @param model What people declared.
 * @param target The dependency.
 * @returns Undefined when there is no such valid object.
 */
export function outputsOf(
  model: MeshModel,
  { type, name, namespace }: ResourceTarget,
): ResourceOutputs | undefined {
  const key = objectKey({ metadata: { name, namespace } });
  if (type === "service") {
    const service = serviceOf(model, key);
    return service && serviceOutputs(service);
  }
  const external = model.get(EXTERNAL_SERVICE_KIND, key)?.object;
  return external && externalOutputs(external);
}
