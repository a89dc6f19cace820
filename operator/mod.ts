/**
 * The operator of a cluster: the ClusterController and the wiring around it.
 *
 * @module
 */
export { type OperatorOptions, runOperator } from "./run.ts";
