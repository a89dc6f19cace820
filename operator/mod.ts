/**
 * The operator of a cluster: the ClusterController and the wiring around it.
 *
 * @module
 */
export { type LocalOptions, type OperatorOptions, runOperator } from "./run.ts";
