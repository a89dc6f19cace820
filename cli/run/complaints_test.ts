import assert from "node:assert/strict";
import { complaintIn, lastComplaint } from "./complaints.ts";

const START = 'I1123 18:00:00.1 1 main.go:1] "starting manager"';
const REFUSED =
  'E1123 18:00:01.1 1 controller.go:474] "Reconciler error" err="failed: Get \\"http://127.0.0.1:1\\": dial tcp" controller="x"';
const CONFLICT =
  'E1123 18:00:02.1 1 controller.go:474] "Reconciler error" err="Operation cannot be fulfilled on x"';
const SEVERAL = [
  'E1123 18:00:01.1 1 controller.go:316] "Reconciler error" err=<',
  "\tno scope: dial tcp",
  "\tat a.go",
  "github.com/x/y.F",
  "\tgithub.com/x/y/f.go:12",
  "runtime.goexit",
  ' > controller="x"',
];
const BARE = 'E1123 18:00:03.1 1 main.go:9] "unable to set up"';

const CASES:
  readonly (readonly [name: string, lines: readonly string[], says: string | undefined])[] = [
    ["no error", [START], undefined],
    ["its words without the frame", [START, REFUSED], 'failed: Get "http://127.0.0.1:1": dial tcp'],
    [
      "an error that passes is no complaint",
      [REFUSED, CONFLICT],
      'failed: Get "http://127.0.0.1:1": dial tcp',
    ],
    ["the last one counts", [REFUSED, BARE], "unable to set up"],
    [
      "a value of several lines",
      [START, ...SEVERAL, BARE.replace("E", "I")],
      "no scope: dial tcp at a.go",
    ],
    ["only errors that pass", [CONFLICT], undefined],
  ];

for (const [name, lines, says] of CASES) {
  Deno.test(`complaintIn(): ${name}`, () => assert.equal(complaintIn(lines.join("\n")), says));
}

Deno.test("a log that is not there complains about nothing", async () => {
  assert.equal(await lastComplaint("/nowhere/at/all.log"), undefined);
});
