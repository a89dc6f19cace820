/**
 * What the supervisor decides, in tables and as laws.
 * @module
 */

import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  type Action,
  type ComponentState,
  decide,
  digestOf,
  FIRST_DELAY_MS,
  HUNG_AFTER_SILENCES,
  LONGEST_DELAY_MS,
  newComponent,
  REMOVAL_GRACE_MS,
  SETTLED_AFTER_MS,
  withoutProcess,
  withProbe,
  withProcess,
  withSignal,
  withStartCondition,
} from "./component_state.ts";
import type { ComponentId, ComponentSpec, DesiredRunState } from "./model.ts";

const NOW = 1_000_000;

function spec(name: ComponentId, dependsOn: ComponentId[] = [], more = {}): ComponentSpec {
  return {
    name,
    argv: [`/bin/${name}`],
    env: {},
    cwd: "/",
    dependsOn,
    readiness: { url: "http://127.0.0.1:1/" },
    stopGraceMs: 5_000,
    ...more,
  };
}

const ETCD = spec("etcd");
const API = spec("kube-apiserver", ["etcd"]);
const KWOK = spec("kwok", ["kube-apiserver"], { startWhen: { url: "http://127.0.0.1:1/" } });

function fresh(of: ComponentSpec): ComponentState {
  return newComponent(of, digestOf(of), NOW);
}

function started(of: ComponentSpec, startedAt = NOW): ComponentState {
  const process = { pid: 7, startTime: "1", digest: digestOf(of), owned: true, startedAt };
  return withProcess(fresh(of), process, 1);
}

function ready(of: ComponentSpec): ComponentState {
  return withProbe(started(of), "ready", NOW);
}

function silent(of: ComponentSpec, times: number): ComponentState {
  let state = ready(of);
  for (let count = 0; count < times; count++) state = withProbe(state, "silent", NOW);
  return state;
}

const term = (name: ComponentId): Action => ({ do: "signal", name, signal: "SIGTERM" });
const kill = (name: ComponentId): Action => ({ do: "signal", name, signal: "SIGKILL" });
const start = (name: ComponentId): Action => ({ do: "start", name });

const CASES: [string, ComponentState[], DesiredRunState, number, Action[]][] = [
  ["starts first what depends on nothing", [fresh(ETCD), fresh(API)], "running", 0, [
    start("etcd"),
  ]],
  ["waits for a dependency to be ready", [started(ETCD), fresh(API)], "running", 0, []],
  [
    "starts what has all that it needs",
    [ready(ETCD), fresh(API)],
    "running",
    0,
    [start("kube-apiserver")],
  ],
  ["waits for the condition to start", [ready(ETCD), ready(API), fresh(KWOK)], "running", 0, []],
  [
    "starts once the condition holds",
    [ready(ETCD), ready(API), withStartCondition(fresh(KWOK), "ready")],
    "running",
    0,
    [start("kwok")],
  ],
  ["leaves alone what runs", [ready(ETCD), ready(API)], "running", 0, []],
  ["waits before a restart", [withoutProcess(started(ETCD), NOW)], "running", 0, []],
  [
    "restarts after the delay",
    [withoutProcess(started(ETCD), NOW)],
    "running",
    FIRST_DELAY_MS,
    [start("etcd")],
  ],
  [
    "stops what was started differently",
    [{ ...ready(ETCD), digest: "other" }],
    "running",
    0,
    [term("etcd")],
  ],
  [
    "stops what hangs",
    [silent(ETCD, HUNG_AFTER_SILENCES)],
    "running",
    0,
    [term("etcd")],
  ],
  ["is patient with silence", [silent(ETCD, HUNG_AFTER_SILENCES - 1)], "running", 0, []],
  [
    "does not blame a component for its dependency",
    [started(ETCD), silent(API, HUNG_AFTER_SILENCES)],
    "running",
    0,
    [],
  ],
  ["stops dependants first", [ready(ETCD), ready(API)], "stopped", 0, [term("kube-apiserver")]],
  ["stops what nobody needs any more", [ready(ETCD), fresh(API)], "stopped", 0, [term("etcd")]],
  ["gives time to stop", [withSignal(ready(ETCD), "SIGTERM", NOW)], "stopped", 4_999, []],
  [
    "kills after the grace",
    [withSignal(ready(ETCD), "SIGTERM", NOW)],
    "stopped",
    5_000,
    [kill("etcd")],
  ],
  ["kills once", [withSignal(ready(ETCD), "SIGKILL", NOW)], "stopped", 60_000, []],
  ["has nothing to stop", [fresh(ETCD), fresh(API)], "stopped", 0, []],
  [
    "removes everything at once",
    [ready(ETCD), ready(API)],
    "removed",
    0,
    [term("etcd"), term("kube-apiserver")],
  ],
  [
    "is brief when the data are deleted anyway",
    [withSignal(ready(ETCD), "SIGTERM", NOW)],
    "removed",
    REMOVAL_GRACE_MS,
    [kill("etcd")],
  ],
  ["stops what is obsolete", [{ ...ready(KWOK), obsolete: true }], "running", 0, [term("kwok")]],
  ["finishes a stop that was begun", [withSignal(ready(ETCD), "SIGTERM", NOW)], "running", 5_000, [
    kill("etcd"),
  ]],
];

for (const [name, states, wanted, after, expected] of CASES) {
  Deno.test(`decide() ${name}`, () => {
    deepEqual(decide(states, wanted, NOW + after), expected);
  });
}

Deno.test("delays double up to a limit and start anew once a process has settled", () => {
  const delays: number[] = [];
  let state = fresh(ETCD);
  for (let count = 0; count < 8; count++) {
    state = withoutProcess(withProcess(state, started(ETCD).process!, count + 1), NOW);
    delays.push(state.notBefore - NOW);
  }
  deepEqual(delays.slice(0, 3), [200, 400, 800]);
  equal(delays.at(-1), LONGEST_DELAY_MS);
  const settled = withoutProcess(
    withProcess(state, started(ETCD).process!, 9),
    NOW + SETTLED_AFTER_MS,
  );
  equal(settled.notBefore, NOW + SETTLED_AFTER_MS + FIRST_DELAY_MS);
});

Deno.test("digestOf() tells changes apart and ignores the order of variables", () => {
  const one = { ...ETCD, env: { a: "1", b: "2" } };
  equal(digestOf(one), digestOf({ ...one, env: { b: "2", a: "1" } }));
  notEqual(digestOf(one), digestOf({ ...one, argv: ["/bin/etcd", ""] }));
  notEqual(digestOf(one), digestOf({ ...one, env: { a: "12" } }));
  equal(digestOf(one), digestOf({ ...one, stopGraceMs: 1, dependsOn: ["kwok"] }));
});

/** One turn of an imagined machine: things happen to the processes, then the decision is carried out. */
interface Turn {
  elapsed: number;
  die: number;
  answers: boolean[];
  wanted: DesiredRunState;
}

const turns: fc.Arbitrary<Turn[]> = fc.array(
  fc.record({
    elapsed: fc.integer({ min: 1, max: 8_000 }),
    die: fc.integer({ min: 0, max: 9 }),
    answers: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    wanted: fc.constantFrom<DesiredRunState>("running", "running", "running", "stopped"),
  }),
  { maxLength: 60 },
);

function carryOut(states: ComponentState[], action: Action, now: number): ComponentState[] {
  return states.map((state) => {
    if (state.spec.name !== action.name) return state;
    if (action.do === "signal") {
      const signalled = withSignal(state, action.signal, now);
      return action.signal === "SIGKILL" ? withoutProcess(signalled, now) : signalled;
    }
    equal(state.process, undefined, "started twice");
    ok(
      state.spec.dependsOn.every((name) =>
        states.some((other) => other.spec.name === name && other.ready)
      ),
      "started before what it depends on",
    );
    const process = { ...started(state.spec).process!, startedAt: now };
    return withProcess(state, process, state.starts + 1);
  });
}

function happen(states: ComponentState[], turn: Turn, now: number): ComponentState[] {
  return states.map((state, index) => {
    if (turn.die === index) return withoutProcess(state, now);
    return withProbe(state, turn.answers[index] ? "ready" : "unready", now);
  });
}

Deno.test("decide() never starts twice or too soon, and always comes to an end", () => {
  fc.assert(fc.property(turns, (history) => {
    let states = [fresh(ETCD), fresh(API), fresh(spec("operator", ["kube-apiserver"]))];
    let now = NOW;
    const step = (turn: Turn): void => {
      now += turn.elapsed;
      states = happen(states, turn, now);
      for (const action of decide(states, turn.wanted, now)) {
        states = carryOut(states, action, now);
      }
    };
    history.forEach(step);
    const calm = { elapsed: 6_000, die: -1, answers: [true, true, true] };
    for (let count = 0; count < 20; count++) step({ ...calm, wanted: "running" });
    ok(states.every(({ ready }) => ready), "all are up in the end");
    for (let count = 0; count < 20; count++) step({ ...calm, wanted: "stopped" });
    ok(states.every(({ process }) => process === undefined), "all are down in the end");
  }));
});
