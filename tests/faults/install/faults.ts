/**
 * Where an install can be struck, and what strikes it.
 *
 * @module
 */

/** What happens at a point. */
export type Victim = "self" | "interrupt" | "operator";

/** One fault. */
export interface Fault {
  /** Value of `LATTICE_FAULT`. */
  readonly id: string;
  /** What is struck: the CLI by kill -9, the CLI by Ctrl-C, or the bootstrap's operator by kill -9. */
  readonly victim: Victim;
}

/** Steps of an install. */
const STEPS = 7;
/** The step whose end means that the bootstrap has an operator, and the step that removes it. */
const [OPERATOR_FROM, OPERATOR_TO] = [2, 6];

/**
 * Every fault of an install.
 *
 * @param moveCalls Requests of its move, as a clean install counted them.
 */
export function everyFault(moveCalls: number): Fault[] {
  const steps = numbers(STEPS).flatMap((step) => [`step:${step}`, `after:${step}`]);
  const calls = numbers(moveCalls).flatMap((call) => [`move:${call}:before`, `move:${call}:after`]);
  const withOperator = numbers(STEPS).flatMap((step) => [
    ...(step > OPERATOR_FROM && step <= OPERATOR_TO ? [`step:${step}`] : []),
    ...(step >= OPERATOR_FROM && step < OPERATOR_TO ? [`after:${step}`] : []),
  ]);
  return [
    ...faults("self", [...steps, ...calls]),
    ...faults("interrupt", [...steps, ...calls]),
    ...faults("operator", [...withOperator, ...calls]),
  ];
}

/**
 * A few faults that between them reach every step, both sides of the hand-over and every victim.
 *
 * @param moveCalls Requests of a move.
 */
export function sampleOfFaults(moveCalls: number): Fault[] {
  const at = (share: number): number => Math.max(1, Math.round(moveCalls * share));
  return [
    ...faults("self", ["after:1", `move:${at(0.3)}:after`, `move:${at(0.9)}:before`, "after:6"]),
    ...faults("interrupt", ["step:4"]),
    ...faults("operator", [`move:${at(0.5)}:before`]),
  ];
}

function faults(victim: Victim, points: readonly string[]): Fault[] {
  return points.map((point) => ({ id: `${point},${victim}`, victim }));
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
