/**
 * Networks that every cluster uses inside, and that nothing else may use.
 *
 * @module
 */
import { overlaps, parseCidr } from "./address.ts";
import { POD_CIDR, SERVICE_CIDR } from "./constants.ts";
import type { Problem } from "./errors.ts";

/**
 * Checks that a network does not overlap those that every cluster uses inside.
 *
 * @param field path of the field that holds the network
 * @param cidr network in CIDR notation
 * @returns problems; empty when it is free
 */
export function reservedNetworkProblems(field: string, cidr: string): Problem[] {
  const block = parseCidr(cidr);
  if (!block) return [];
  const used = [["pods", POD_CIDR], ["services", SERVICE_CIDR]] as const;
  return used.flatMap(([what, reserved]) => {
    const other = parseCidr(reserved);
    if (!other || !overlaps(block, other)) return [];
    return [{
      field,
      reason: `${cidr} overlaps the addresses of ${what}, ${reserved}`,
      remedy: "choose a network outside of it",
    }];
  });
}
