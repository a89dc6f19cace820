import { deepEqual, equal, ok } from "node:assert/strict";
import { ApiError } from "./errors.ts";
import type { KubeObject } from "./types.ts";
import { LISTING, step, WatchError, type WatchInput, type WatchState } from "./watch_state.ts";

const WATCHING: WatchState = { name: "watching", resourceVersion: "5" };

function object(name: string, resourceVersion: string): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, resourceVersion } };
}

function refusal(httpStatus: number): ApiError {
  return new ApiError({ httpStatus, status: {}, method: "GET", path: "/" });
}

function line(type: string, content: unknown): WatchInput {
  return { type: "line", line: { type, object: content } };
}

Deno.test("step joins pages and yields SYNC with the last one", () => {
  const first = step(LISTING, {
    type: "page",
    items: [object("a", "1")],
    resourceVersion: "9",
    next: "n",
  });
  deepEqual(first, { state: { name: "listing", next: "n", items: [object("a", "1")] } });
  const last = step(first.state, {
    type: "page",
    items: [object("b", "2")],
    resourceVersion: "9",
    next: undefined,
  });
  deepEqual(last.state, { name: "watching", resourceVersion: "9" });
  deepEqual(last.emit, {
    type: "SYNC",
    objects: [object("a", "1"), object("b", "2")],
    resourceVersion: "9",
  });
});

for (const type of ["ADDED", "MODIFIED", "DELETED"] as const) {
  Deno.test(`step yields ${type} and moves the version`, () => {
    const { state, emit } = step(WATCHING, line(type, object("a", "7")));
    deepEqual(state, { name: "watching", resourceVersion: "7" });
    deepEqual(emit, { type, object: object("a", "7") });
  });
}

Deno.test("step lets a bookmark only move the version", () => {
  const { state, emit, failure } = step(WATCHING, line("BOOKMARK", object("", "8")));
  deepEqual(state, { name: "watching", resourceVersion: "8" });
  deepEqual([emit, failure], [undefined, undefined]);
});

const failures: readonly [string, WatchState, WatchInput, WatchState][] = [
  [
    "resumes after a lost connection",
    WATCHING,
    { type: "failed", error: new Error("x") },
    WATCHING,
  ],
  ["resumes after a 503", WATCHING, { type: "failed", error: refusal(503) }, WATCHING],
  ["lists again after a 410 response", WATCHING, { type: "failed", error: refusal(410) }, LISTING],
  ["lists again after a 410 event", WATCHING, line("ERROR", { code: 410 }), LISTING],
  ["lists again after an Expired event", WATCHING, line("ERROR", { reason: "Expired" }), LISTING],
  ["resumes after another ERROR event", WATCHING, line("ERROR", { code: 500 }), WATCHING],
  ["lists again when an event has no version", WATCHING, line("ADDED", { metadata: {} }), LISTING],
  ["resumes after an event of unknown type", WATCHING, line("WHAT", object("a", "6")), WATCHING],
  [
    "starts the list over when a page fails",
    { name: "listing", next: "n", items: [object("a", "1")] },
    { type: "failed", error: refusal(410) },
    LISTING,
  ],
];

for (const [what, state, input, expected] of failures) {
  Deno.test(`step ${what}`, () => {
    const outcome = step(state, input);
    deepEqual(outcome.state, expected);
    ok(outcome.failure);
    equal(outcome.emit, undefined);
  });
}

Deno.test("WatchError says what the server said", () => {
  equal(new WatchError({ message: "too old" }).message, "API server ended the watch: too old");
});
