/**
 * Controllers of the local provider: they make CAPI believe in machines that are processes and simulated nodes.
 *
 * Every controller is four steps: gather (read the world once), decide (pure: what to write, what to report),
 * act (write it), report (conditions and status). None of them keeps a memory between two runs, so that the
 * operator which receives the objects of a cluster in a pivot continues where the former owner stopped.
 *
 * *Expected flow*: CAPI sets owners and asks; `LocalCluster` reserves the endpoint; `LocalControlPlane` brings the
 * API server up and makes control-plane Machines; `LocalMachine` registers the Node of each Machine.
 *
 * *Guarantees*: nothing is written to objects of a paused or fenced cluster except the condition `Paused`; a Node,
 * a Machine or a process that is there already is adopted, never made twice.
 *
 * *Assumptions*: one operator of a cluster runs these controllers at a time (lease).
 *
 * @module
 */
export { type LocalControllersOptions, startLocalControllers } from "./start.ts";
