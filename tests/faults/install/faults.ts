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
 * Every fault of an install: each victim before and after each step, and before the first and after each
 * request of the move that changes something. What a move only reads leaves both clusters as they were, so a
 * stop between two reads is the stop after the write before them.
 *
 * @param moveWrites Writes of its move, as a clean install counted them.
 */
export function everyFault(moveWrites: number): Fault[] {
  const steps = numbers(STEPS).flatMap((step) => [`step:${step}`, `after:${step}`]);
  const writes = ["write:1:before", ...numbers(moveWrites).map((write) => `write:${write}:after`)];
  const withOperator = numbers(STEPS).flatMap((step) => [
    ...(step > OPERATOR_FROM && step <= OPERATOR_TO ? [`step:${step}`] : []),
    ...(step >= OPERATOR_FROM && step < OPERATOR_TO ? [`after:${step}`] : []),
  ]);
  return [
    ...faults("self", [...steps, ...writes]),
    ...faults("operator", [...withOperator, ...writes]),
    ...faults("interrupt", steps),
  ];
}

/**
 * A few faults that between them reach the start, both sides of the hand-over, the end and every victim.
 *
 * @param moveWrites Writes of a move.
 */
export function sampleOfFaults(moveWrites: number): Fault[] {
  const at = (share: number): number => Math.max(1, Math.round(moveWrites * share));
  return [
    ...faults("self", ["after:1", `write:${at(0.3)}:after`, `write:${at(0.9)}:after`, "after:6"]),
    ...faults("interrupt", ["step:4"]),
    ...faults("operator", [`write:${at(0.5)}:after`]),
  ];
}

function faults(victim: Victim, points: readonly string[]): Fault[] {
  return points.map((point) => ({ id: `${point},${victim}`, victim }));
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
