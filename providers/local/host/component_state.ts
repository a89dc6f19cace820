/**
 * What the supervisor knows of each component, and what it does next: pure functions.
 *
 * @module
 */

import type { ComponentId, ComponentSpec, DesiredRunState } from "./model.ts";
import type { Answer } from "./probe.ts";

/** First delay before a component that died is started again. */
export const FIRST_DELAY_MS = 200;
/** Longest such delay. */
export const LONGEST_DELAY_MS = 5_000;
/** After this time up, the next death counts as the first. */
export const SETTLED_AFTER_MS = 30_000;
/** Probes that may stay unanswered in a row, after one was, before a process counts as hung. */
export const HUNG_AFTER_SILENCES = 30;
/** When the state is deleted anyway, processes get only this long to end by themselves. */
export const REMOVAL_GRACE_MS = 500;

/** The process of a component. */
export interface RunningProcess {
  /** Process id. */
  readonly pid: number;
  /** Start time in the words of the operating system. */
  readonly startTime: string;
  /** Digest of the spec that it was started with. */
  readonly digest: string;
  /** Started by this supervisor, which therefore learns of its end at once. */
  readonly owned: boolean;
  /** When it was started, or adopted. Milliseconds. */
  readonly startedAt: number;
  /** When SIGTERM was sent. */
  readonly stopSentAt?: number;
  /** SIGKILL was sent. */
  readonly killed?: boolean;
}

/** What is known of one component. */
export interface ComponentState {
  /** How it is started. */
  readonly spec: ComponentSpec;
  /** Digest of {@linkcode ComponentState.spec}. */
  readonly digest: string;
  /** No longer part of the cluster: stop it. */
  readonly obsolete: boolean;
  /** Its process, while there is one. */
  readonly process?: RunningProcess;
  /** What it waits for before it starts, besides other components, is there. */
  readonly mayStart: boolean;
  /** The newest probe succeeded. */
  readonly ready: boolean;
  /** Probes unanswered in a row; counted only after a first success. */
  readonly silences: number;
  /** A probe of this process succeeded once. */
  readonly wasReady: boolean;
  /** Processes that it has had so far. */
  readonly starts: number;
  /** Since when process and readiness are what they are. Milliseconds. */
  readonly since: number;
  /** Not to be started before. Milliseconds. */
  readonly notBefore: number;
  /** Delay after the next death. */
  readonly delayMs: number;
}

/** What to do next. */
export type Action =
  | { readonly do: "start"; readonly name: ComponentId }
  | { readonly do: "signal"; readonly name: ComponentId; readonly signal: "SIGTERM" | "SIGKILL" };

/** A component that nothing is known of. */
export function newComponent(spec: ComponentSpec, digest: string, now: number): ComponentState {
  return {
    spec,
    digest,
    obsolete: false,
    mayStart: spec.startWhen === undefined,
    ready: false,
    silences: 0,
    wasReady: false,
    starts: 0,
    since: now,
    notBefore: 0,
    delayMs: FIRST_DELAY_MS,
  };
}

/** The component has a process now, started or adopted. */
export function withProcess(
  state: ComponentState,
  process: RunningProcess,
  starts: number,
): ComponentState {
  return {
    ...state,
    process,
    starts,
    ready: false,
    wasReady: false,
    silences: 0,
    since: process.startedAt,
  };
}

/** The component's process has ended, for whatever reason. */
export function withoutProcess(state: ComponentState, now: number): ComponentState {
  const { process, ...rest } = state;
  if (process === undefined) return state;
  const settled = now - process.startedAt >= SETTLED_AFTER_MS;
  // What was asked to stop did not die: its successor need not wait.
  const asked = process.stopSentAt !== undefined;
  const delayMs = settled || asked ? FIRST_DELAY_MS : state.delayMs;
  return {
    ...rest,
    mayStart: state.spec.startWhen === undefined,
    ready: false,
    wasReady: false,
    silences: 0,
    since: now,
    notBefore: asked ? now : now + delayMs,
    delayMs: Math.min(delayMs * 2, LONGEST_DELAY_MS),
  };
}

/** The component's condition for starting was looked at. */
export function withStartCondition(state: ComponentState, answer: Answer): ComponentState {
  return { ...state, mayStart: answer === "ready" || state.spec.startWhen === undefined };
}

/** A probe of the component's process came back. */
export function withProbe(state: ComponentState, answer: Answer, now: number): ComponentState {
  if (state.process === undefined) return state;
  const ok = answer === "ready";
  return {
    ...state,
    ready: ok,
    wasReady: state.wasReady || ok,
    silences: answer === "silent" && state.wasReady ? state.silences + 1 : 0,
    since: ok === state.ready ? state.since : now,
  };
}

/** A signal was sent to the component's process. */
export function withSignal(
  state: ComponentState,
  signal: "SIGTERM" | "SIGKILL",
  now: number,
): ComponentState {
  if (state.process === undefined) return state;
  const process: RunningProcess = {
    ...state.process,
    stopSentAt: state.process.stopSentAt ?? now,
    ...(signal === "SIGKILL" ? { killed: true } : {}),
  };
  return { ...state, process };
}

/**
 * What to do now so that the components become what is wanted.
 *
 * @param states all components, each after those that it depends on
 * @param wanted what is wanted of them
 * @param now present time in milliseconds
 * @returns things to do, in order; doing none of them is safe, they come again
 */
export function decide(
  states: readonly ComponentState[],
  wanted: DesiredRunState,
  now: number,
): Action[] {
  const actions = states.map((state) => {
    if (wanted === "removed") return stop(state, now, REMOVAL_GRACE_MS);
    if (wanted === "stopped" || state.obsolete) {
      return hasLivingDependant(states, state) ? undefined : stop(state, now);
    }
    return keepRunning(states, state, now);
  });
  return actions.filter((action) => action !== undefined);
}

/**
 * Whether everything that a component needs is ready.
 *
 * @param states all components
 * @param spec the component
 */
export function areDependenciesReady(
  states: readonly ComponentState[],
  spec: ComponentSpec,
): boolean {
  return spec.dependsOn.every((name) =>
    states.some(({ spec: { name: other }, ready, process }) =>
      // What was asked to stop may still answer, but not for long.
      other === name && ready && process?.stopSentAt === undefined
    )
  );
}

function keepRunning(
  states: readonly ComponentState[],
  state: ComponentState,
  now: number,
): Action | undefined {
  const { spec, process } = state;
  const dependenciesReady = areDependenciesReady(states, spec);
  if (process === undefined) {
    const due = dependenciesReady && state.mayStart && now >= state.notBefore;
    return due ? { do: "start", name: spec.name } : undefined;
  }
  const outdated = process.digest !== state.digest;
  const hung = state.silences >= HUNG_AFTER_SILENCES && dependenciesReady;
  const stopping = process.stopSentAt !== undefined;
  return outdated || hung || stopping ? stop(state, now) : undefined;
}

function stop(state: ComponentState, now: number, atMostMs = Infinity): Action | undefined {
  const { spec: { name, stopGraceMs }, process } = state;
  if (process === undefined || process.killed) return undefined;
  if (process.stopSentAt === undefined) return { do: "signal", name, signal: "SIGTERM" };
  const graceOver = now - process.stopSentAt >= Math.min(stopGraceMs, atMostMs);
  return graceOver ? { do: "signal", name, signal: "SIGKILL" } : undefined;
}

function hasLivingDependant(states: readonly ComponentState[], state: ComponentState): boolean {
  return states.some((other) =>
    other.process !== undefined && other.spec.dependsOn.includes(state.spec.name)
  );
}

/**
 * A digest of what a process was started with. It tells changes apart and protects nothing, so it
 * needs no cryptography (64-bit FNV-1a).
 *
 * @param spec spec of the component
 * @returns 16 hexadecimal digits
 */
export function digestOf({ argv, env, cwd }: ComponentSpec): string {
  const names = Object.keys(env).sort();
  const text = JSON.stringify([argv, names.map((name) => [name, env[name]]), cwd]);
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}
