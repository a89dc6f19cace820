/**
 * The gate as tests: what `deno task ok` checks, and the promises that the repository makes about
 * itself. Each failure names the files and the place.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import root from "../deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MAX_LINES = 400;
/** Longest time of one tool, so that a hanging one fails instead of blocking the run. */
const TOOL_TIMEOUT_MS = 300_000;

interface Outcome {
  readonly success: boolean;
  readonly text: string;
}

async function run(program: string, args: readonly string[]): Promise<Outcome> {
  const output = await new Deno.Command(program, {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(TOOL_TIMEOUT_MS),
  }).output();
  const decoder = new TextDecoder();
  return {
    success: output.success,
    text: decoder.decode(output.stdout) + decoder.decode(output.stderr),
  };
}

async function mustPass(args: readonly string[]): Promise<void> {
  const { success, text } = await run(Deno.execPath(), args);
  assert.ok(success, `deno ${args.join(" ")}:\n${text}`);
}

/** Every file that is, or is about to be, part of the repository. */
async function repositoryFiles(pattern?: string): Promise<string[]> {
  const listed = await run("git", ["ls-files", "-co", "--exclude-standard", "-z"]);
  assert.ok(listed.success, listed.text);
  const names = listed.text.split("\0").filter((name) => name !== "");
  const present = await Promise.all(
    names.map(async (name) =>
      await Deno.stat(join(ROOT, name)).then((info) => info.isFile, () => false)
    ),
  );
  return names.filter((name, index) =>
    present[index] && (pattern === undefined || name.endsWith(pattern))
  );
}

async function read(name: string): Promise<string> {
  return await Deno.readTextFile(join(ROOT, name));
}

/** `FILE:LINE: TEXT` of every line that matches. */
async function grep(names: readonly string[], pattern: RegExp): Promise<string[]> {
  const found = await Promise.all(names.map(async (name) => {
    const lines = (await read(name)).split("\n");
    return lines.flatMap((line, index) =>
      pattern.test(line) ? [`${name}:${index + 1}: ${line.trim()}`] : []
    );
  }));
  return found.flat();
}

const memberSchema = z.object({
  name: z.string(),
  license: z.string(),
  exports: z.record(z.string(), z.string()),
});

interface Member {
  readonly folder: string;
  readonly config: z.infer<typeof memberSchema>;
}

async function members(): Promise<Member[]> {
  return await Promise.all(root.workspace.map(async (folder) => ({
    folder,
    config: memberSchema.parse(JSON.parse(await read(join(folder, "deno.json")))),
  })));
}

async function entryPoints(): Promise<string[]> {
  return (await members()).flatMap(({ folder, config }) =>
    Object.values(config.exports).map((path) => join(folder, path))
  );
}

Deno.test("every file is formatted", () => mustPass(["fmt", "--check"]));

Deno.test("every file passes the linter", () => mustPass(["lint"]));

Deno.test("every file type-checks", async () => {
  await mustPass(["check", ...await repositoryFiles(".ts")]);
});

// All entry points at once: a type of another package of the workspace counts as public then.
Deno.test("every export is documented", async () => {
  await mustPass(["doc", "--lint", ...await entryPoints()]);
});

Deno.test("every package can be published", async () => {
  await mustPass(["publish", "--dry-run", "--allow-dirty", "--no-check"]);
});

Deno.test("every package has a licence, and the repository its text", async () => {
  for (const { config } of await members()) assert.equal(config.license, "Apache-2.0", config.name);
  const licence = await read("LICENSE");
  assert.match(licence, /Apache License\s+Version 2\.0, January 2004/);
  assert.match(licence, /END OF TERMS AND CONDITIONS/);
});

Deno.test("every task that a document names exists", async () => {
  const documents = [...await repositoryFiles(".md"), ".ci/run"];
  const tasks = new Set(Object.keys(root.tasks));
  for (const name of documents) {
    for (
      const [, task] of (await read(name)).matchAll(/deno@[\d.]+ task (?:--quiet )?([\w:-]+)/g)
    ) {
      assert.ok(
        tasks.has(task ?? ""),
        `${name} names the task "${task}", which is not in deno.json`,
      );
    }
  }
});

Deno.test("continuous integration runs the test command of the README", async () => {
  const command = "npx -y deno@2.9.6 task test";
  assert.ok((await read("README.md")).includes(command));
  assert.ok((await read(".ci/run")).includes(command));
});

Deno.test("every relative link of a document leads somewhere", async () => {
  const broken: string[] = [];
  for (const name of await repositoryFiles(".md")) {
    for (const [, target] of (await read(name)).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)) {
      const path = join(ROOT, name, "..", target ?? "");
      if (!await Deno.stat(path).then(() => true, () => false)) broken.push(`${name}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});

Deno.test("no file is longer than one sitting", async () => {
  const long: string[] = [];
  for (const name of await repositoryFiles(".ts")) {
    const lines = (await read(name)).split("\n").length - 1;
    if (lines > MAX_LINES) long.push(`${name}: ${lines} lines`);
  }
  assert.deepEqual(long, [], `split by idea what has more than ${MAX_LINES} lines`);
});

Deno.test("nothing is left for later", async () => {
  const markers = ["TO", "FIX", "XX"].map((head, index) => head + ["DO", "ME", "X"][index]).join(
    "|",
  );
  const sources = (await repositoryFiles()).filter((name) => /\.(ts|md|json|c|h)$/.test(name));
  assert.deepEqual(await grep(sources, new RegExp(`\\b(${markers})\\b`)), []);
});

// Packages come through the clients' own settings, so that a mirror or a proxy is always honoured.
Deno.test("no file names the host of a package registry", async () => {
  const hosts = [
    ["registry", "npmjs", "org"],
    ["registry", "yarnpkg", "com"],
    ["npm", "jsr", "io"],
    ["jsr", "io"],
    ["proxy", "golang", "org"],
    ["sum", "golang", "org"],
    ["pypi", "org"],
    ["files", "pythonhosted", "org"],
    ["static", "crates", "io"],
    ["crates", "io"],
  ].map((parts) => parts.join("\\."));
  const text = (await repositoryFiles()).filter((name) => !/\.(wasm|svg|png)$/.test(name));
  assert.deepEqual(await grep(text, new RegExp(`(^|[^\\w.])(${hosts.join("|")})\\b`)), []);
});

Deno.test("rooms import each other by package name", async () => {
  const rooms = root.workspace.map((folder) => folder.replace("./", ""));
  const wrong: string[] = [];
  for (const name of await repositoryFiles(".ts")) {
    const room = name.split("/")[0] ?? "";
    if (!rooms.includes(room)) continue;
    for (const [, path] of (await read(name)).matchAll(/from "(\.[^"]+)"/g)) {
      const target = join(name, "..", path ?? "").split("/")[0] ?? "";
      if (target !== room && rooms.includes(target)) wrong.push(`${name}: ${path}`);
    }
  }
  assert.deepEqual(wrong, []);
});

/** Runs `.ci/run` with an `npx` that answers `task setup` and `task test` as told. */
async function runCi(setup: string, test: string): Promise<{ code: number; last: string }> {
  const folder = await Deno.makeTempDir({ prefix: "lattice-ci-" });
  try {
    const script = `#!/bin/sh\ncase "$4" in\nsetup) ${setup};;\ntest) ${test};;\nesac\n`;
    await Deno.writeTextFile(join(folder, "npx"), script, { mode: 0o755 });
    await Deno.writeTextFile(join(folder, "node"), "#!/bin/sh\n", { mode: 0o755 });
    const output = await new Deno.Command(join(ROOT, ".ci/run"), {
      env: { PATH: `${folder}:${Deno.env.get("PATH") ?? ""}` },
      stdin: "null",
      signal: AbortSignal.timeout(TOOL_TIMEOUT_MS),
    }).output();
    const lines = new TextDecoder().decode(output.stdout).trimEnd().split("\n");
    return { code: output.code, last: lines.at(-1) ?? "" };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("continuous integration counts every run and never hides a failure", async () => {
  const passed = 'echo "ok | 12 passed (3 steps) | 0 failed (4s)"';
  const failed = 'echo "FAILED | 2 passed | 3 failed (1 step) | 1 ignored (4s)"';
  const cases: [string, string, string, { code: number; last: string }][] = [
    ["all pass", "true", `${passed}; ${passed}`, { code: 0, last: "24 passed, 0 failed" }],
    ["some fail", "true", `${passed}; ${failed}; exit 1`, { code: 1, last: "14 passed, 3 failed" }],
    ["it breaks", "true", "echo error: TS1; exit 1", { code: 1, last: "0 passed, 1 failed" }],
    ["one breaks", "true", `${passed}; exit 3`, { code: 3, last: "12 passed, 1 failed" }],
    ["nothing runs", "true", "true", { code: 1, last: "0 passed, 1 failed" }],
    ["no set-up", "exit 1", passed, { code: 1, last: "0 passed, 1 failed" }],
  ];
  for (const [name, setup, test, expected] of cases) {
    assert.deepEqual(await runCi(setup, test), expected, name);
  }
});
