/**
 * Chance that is no secret: for jitter, and for names that must not meet.
 *
 * @module
 */

/**
 * A number in [0, 1) with 53 random bits. It spreads retries and tells names apart; keys, tokens and nonces come from
 * `@lattice/crypto`, which would take longer to load than most waits last.
 *
 * @returns The number; the platform's generator makes it, so that processes that start together differ.
 */
export function randomFraction(): number {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return ((high ?? 0) * 2 ** 21 + ((low ?? 0) >>> 11)) / 2 ** 53;
}
