/**
 * What tests of single situations share: a fleet for each, hooks that interfere, and expectations.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { ErrorCode } from "@lattice/api/errors";
import type { KubeClient, KubeObject, Ref } from "@lattice/kube";
import type { CallHook, MoveOptions } from "@lattice/pivot";
import type { ApiServer } from "../../support/apiserver.ts";
import { makeFleet } from "./fleet.ts";
import { type Pair, startPair } from "./pair.ts";
import { readState, type State } from "./state.ts";

/** Group and version of CAPI's core kinds. */
export const CAPI = "cluster.x-k8s.io/v1beta2";
/** Name of the cluster in every scene. */
export const CLUSTER = "prod";
/** Options of a move that shall not wait for a dead server. */
export const IMPATIENT = { timeouts: { unreachableMs: 200 } } as const;

/** A fleet in a namespace of its own, and everything to move it. */
export interface Scene {
  readonly pair: Pair;
  readonly source: KubeClient;
  readonly target: KubeClient;
  readonly namespace: string;
  readonly objects: number;
  readonly before: State;
  readonly options: MoveOptions;
}

/** What happens in a scene. */
export type Act = (scene: Scene) => Promise<void>;

/**
 * Plays scenes, each as a step of its own with a fresh fleet, between the same two API servers.
 *
 * @param t Test context.
 * @param scenes What happens, by name.
 */
export async function play(
  t: Deno.TestContext,
  scenes: Readonly<Record<string, Act>>,
): Promise<void> {
  await using pair = await startPair();
  const [source, target] = [pair.source.client, pair.target.client];
  for (const [index, [name, act]] of Object.entries(scenes).entries()) {
    await t.step(name, async () => {
      const namespace = `capi-edge-${index}`;
      const objects = await makeFleet(source, { namespace, name: CLUSTER });
      const before = await readState(source, namespace);
      const options = { source, target, namespace, cluster: CLUSTER, runId: "run-1" };
      await act({ pair, source, target, namespace, objects, before, options });
    });
  }
}

/** Expects a refusal with this code and these words. */
export async function rejects(
  call: Promise<unknown>,
  code: ErrorCode,
  message: RegExp,
): Promise<void> {
  await assert.rejects(call, (error: Error & { code?: string }) => {
    assert.match(error.message, message);
    assert.equal(error.code, code);
    return true;
  });
}

/** Kills the mover before a call: nothing is sent from then on. */
export function killAt(description: string): CallHook {
  let dead = false;
  return (_n, what) => {
    dead ||= what === description;
    if (dead) throw new Error(`killed at ${description}`);
  };
}

/** Does something at the first time that a call is announced. */
export function once(description: string, moment: string, act: () => Promise<void>): CallHook {
  let acted = false;
  return async (_n, what, { when }) => {
    if (acted || what !== description || when !== moment) return;
    acted = true;
    await act();
  };
}

/** Merges into an object. */
export async function patch(client: KubeClient, ref: Ref, body: unknown): Promise<void> {
  await client.patch(ref, { type: "merge", body, manager: "fleet" });
}

/** Gives an object a Paused condition. */
export async function setPaused(
  client: KubeClient,
  ref: Ref,
  status: "True" | "False",
): Promise<void> {
  const condition = {
    type: "Paused",
    status,
    reason: status === "True" ? "Paused" : "NotPaused",
    message: "",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
  const body = { status: { conditions: [condition] } };
  await client.patch(ref, { type: "merge", subresource: "status", body, manager: "fleet" });
}

/** The CAPI Cluster of a scene. */
export function clusterRef(namespace: string): Ref {
  return { apiVersion: CAPI, kind: "Cluster", name: CLUSTER, namespace };
}

/** The journal of a scene. */
export function journalRef(namespace: string): Ref {
  return { apiVersion: "v1", kind: "ConfigMap", name: "lattice-move", namespace };
}

/** `spec.paused` of a Cluster. */
export function pausedFlag(cluster: KubeObject): boolean | undefined {
  return (cluster["spec"] as { paused?: boolean }).paused;
}

/** Port of a URL. */
export function portOf(url: string): number {
  return Number(new URL(url).port);
}

/** The kubeconfig of a server with another port. */
export function through({ kubeconfig, url }: ApiServer, port: number): string {
  return kubeconfig.replace(url, `https://127.0.0.1:${port}`);
}

/** The same kubeconfig with a port at which nobody listens. */
export function deadServer(kubeconfig: string): string {
  return kubeconfig.replace(/127\.0\.0\.1:\d+/, "127.0.0.1:1");
}
