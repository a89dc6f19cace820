/**
 * Comparing the target's copies with their originals. Pure.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { copyFor, differences } from "./content.ts";
import { type Holdings, holdingsOf, sourceUid } from "./creating.ts";
import { displayName, type Listed } from "./graph.ts";
import { type Plan, planned } from "./plan.ts";
import { summary } from "./readiness.ts";

/**
 * Refuses to go on unless the target holds an equal copy of every object of the plan.
 *
 * @param plan What moves.
 * @param created What creating returned, for objects of other namespaces, which are not listed.
 * @param listed What the target's namespace holds, read back.
 * @throws {LatticeError} `conflict`, naming the first differences, without values.
 */
export function verify(
  plan: Plan,
  created: Holdings,
  listed: readonly Listed[],
): void {
  const present = holdingsOf(listed);
  const seen = new Map([...created, ...present]);
  const uids = new Map(
    planned(plan).map((node) => [node.uid, seen.get(node.key)?.metadata.uid ?? ""]),
  );
  const wrong = planned(plan).flatMap((node) => {
    const copy = seen.get(node.key);
    const listedHere = node.object.metadata.namespace === plan.cluster.object.metadata.namespace;
    if (!copy || (listedHere && !present.has(node.key))) {
      return [`${displayName(node.object)} is missing`];
    }
    if (node.shared && sourceUid(copy) !== node.uid) return [];
    return differences(copyFor(node, uids), copy).map((path) =>
      `${displayName(node.object)} differs in ${path}`
    );
  });
  if (wrong.length === 0) return;
  throw new LatticeError(
    "conflict",
    `Cannot hand over: the target's copy is not equal to the source: ${summary(wrong)}`,
    { remedy: "check which controller or webhook of the target changes these objects" },
  );
}
