/**
 * Chance for the supervisor, which runs without the workspace's packages and so cannot ask
 * `@lattice/kube`.
 *
 * @module
 */

/** A number in [0, 1) with 53 random bits, for jitter and for names that must not meet. No secret. */
export function randomFraction(): number {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return ((high ?? 0) * 2 ** 21 + ((low ?? 0) >>> 11)) / 2 ** 53;
}
