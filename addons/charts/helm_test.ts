import assert from "node:assert/strict";
import { join } from "node:path";
import { runHelm } from "./helm.ts";

/** A program of the test's own in place of helm: what is tested is how a program is run. */
async function withProgram(script: string, run: (helm: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "lattice-test-helm-" });
  try {
    const helm = join(dir, "helm");
    await Deno.writeTextFile(helm, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await run(helm);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const WHAT = 'render the chart "a" 1.0.0';

Deno.test("runHelm() passes arguments and input, and gives back the output", () =>
  withProgram('echo "$@"; cat', async (helm) => {
    const output = await runHelm({ helm, args: ["template", "a b"], input: "x: 1", what: WHAT });
    assert.equal(output, "template a b\nx: 1");
  }));

Deno.test("runHelm() passes no environment on, and a home that is gone afterwards", () =>
  withProgram("/usr/bin/env", async (helm) => {
    Deno.env.set("LATTICE_TEST_SECRET", "s3cret");
    try {
      const env = { HTTPS_PROXY: "http://proxy.example:3128" };
      const output = await runHelm({ helm, args: [], what: WHAT, env });
      const seen = Object.fromEntries(
        output.trim().split("\n").map((line) => line.split("=") as [string, string]),
      );
      assert.equal(seen["HTTPS_PROXY"], env.HTTPS_PROXY);
      assert.ok(!("LATTICE_TEST_SECRET" in seen) && !("KUBECONFIG" in seen));
      assert.notEqual(seen["HOME"], Deno.env.get("HOME"));
      for (const name of ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"]) {
        assert.ok(seen[name]?.startsWith(`${seen["HOME"]}/`), name);
      }
      await assert.rejects(Deno.stat(seen["HOME"] ?? ""), Deno.errors.NotFound);
    } finally {
      Deno.env.delete("LATTICE_TEST_SECRET");
    }
  }));

const FAILURES: { name: string; script: string; code: string; says: RegExp; options?: object }[] = [
  {
    name: "a failure with helm's last words",
    script: "echo first >&2; echo second >&2; exit 3",
    code: "internal",
    says: /Helm cannot render the chart "a" 1\.0\.0: first \| second/,
  },
  {
    name: "a failure without words",
    script: "exit 1",
    code: "internal",
    says: /it says nothing/,
  },
  {
    name: "too long a run",
    script: "exec sleep 60",
    code: "timeout",
    says: /did not render the chart "a" 1\.0\.0 within 0\.2 s/,
    options: { timeoutMs: 200 },
  },
  {
    name: "too long a run of a program that ignores signals",
    script: "trap '' TERM INT; exec sleep 60",
    code: "timeout",
    says: /within 0\.2 s/,
    options: { timeoutMs: 200 },
  },
  {
    name: "too large an output",
    script: "while :; do echo 0123456789012345678901234567890123456789; done",
    code: "internal",
    says: /its output is too large/,
    options: { maxBytes: 10_000 },
  },
  {
    name: "an interruption before it starts",
    script: "exit 0",
    code: "interrupted",
    says: /Stopped/,
    options: { signal: AbortSignal.abort() },
  },
];

for (const { name, script, code, says, options } of FAILURES) {
  Deno.test(`runHelm() reports ${name}`, () =>
    withProgram(script, async (helm) => {
      await assert.rejects(
        runHelm({ helm, args: [], what: WHAT, ...options }),
        (error: unknown) => {
          assert.equal((error as { code: string }).code, code);
          assert.match((error as Error).message, says);
          return true;
        },
      );
    }));
}

Deno.test("runHelm() ends with its signal", () =>
  withProgram("echo started >&2; exec sleep 60", async (helm) => {
    const stop = new AbortController();
    const run = runHelm({ helm, args: [], what: WHAT, signal: stop.signal });
    queueMicrotask(() => stop.abort());
    await assert.rejects(run, { code: "interrupted" });
  }));

Deno.test("runHelm() accepts a program that does not read its input", () =>
  withProgram("echo done", async (helm) => {
    const input = "x".repeat(4 * 1024 * 1024);
    assert.equal(await runHelm({ helm, args: [], input, what: WHAT }), "done\n");
  }));

Deno.test("runHelm() says that there is no helm", async () => {
  await assert.rejects(runHelm({ helm: "/does/not/exist", args: [], what: WHAT }), {
    code: "prerequisite",
    message: /"\/does\/not\/exist"/,
  });
});
