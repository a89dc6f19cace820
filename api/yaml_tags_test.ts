import assert from "node:assert/strict";
import { parse } from "yaml";
import { kubernetesTags } from "./yaml_tags.ts";

const CASES: readonly [string, unknown][] = [
  ["e1000", "e1000"],
  ["E5", "E5"],
  ["1e3", 1000],
  [".5e1", 5],
  ["12:30", "12:30"],
  ["1:20:30.5", "1:20:30.5"],
  ["010", 8],
  ["0x1F", 31],
  ["no", false],
  ["1.35", 1.35],
  ["1.35.4", "1.35.4"],
  ["~", null],
];

for (const [text, value] of CASES) {
  Deno.test(`kubernetesTags() reads ${text} as ${JSON.stringify(value)}`, () => {
    const data = parse(`a: ${text}`, { version: "1.1", customTags: kubernetesTags });
    assert.deepEqual(data, { a: value });
  });
}
