/**
 * What the supervisor's program may load, and how it ends when there is nothing to supervise.
 * @module
 */

import { deepEqual, equal, ok } from "node:assert/strict";
import { dirname } from "node:path/posix";
import { temporaryHome } from "./testing.ts";

const PROGRAM = import.meta.resolve("./supervisor_main.ts");

async function deno(...args: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "null" })
    .output();
  return { code, text: new TextDecoder().decode(stdout) };
}

Deno.test("the supervisor loads nothing from outside this room", async () => {
  const { text } = await deno("info", "--no-config", "--no-lock", "--json", PROGRAM);
  const modules =
    (JSON.parse(text) as { modules: { specifier: string; error?: string }[] }).modules;
  const room = dirname(PROGRAM);
  const foreign = modules.filter(({ specifier }) =>
    !specifier.startsWith("node:") && dirname(specifier) !== room
  );
  deepEqual(foreign, []);
  ok(modules.every(({ error }) => error === undefined));
  ok(modules.some(({ specifier }) => specifier.endsWith("supervisor.ts")));
});

const ENDS: [string, string[], number][] = [
  ["without arguments", [], 2],
  ["for a name that is none", ["HOME", "../x"], 2],
  ["for a cluster that does not exist", ["HOME", "absent"], 0],
];
for (const [what, args, expected] of ENDS) {
  Deno.test(`the supervisor ends at once ${what}`, async () => {
    await using home = await temporaryHome();
    const real = args.map((arg) => arg === "HOME" ? home.path : arg);
    const permissions = [`--allow-read=${home.path}`, `--allow-write=${home.path}`];
    const { code } = await deno(
      "run",
      "--no-config",
      "--no-lock",
      ...permissions,
      PROGRAM,
      ...real,
    );
    equal(code, expected);
  });
}
