import assert from "node:assert/strict";
import { join } from "node:path";
import { repositorySource } from "./repository.ts";
import { MissingChartError, type Wanted } from "./source.ts";

const CILIUM: Wanted = { part: "chart", name: "cilium", version: "1.2.3" };

/** A program in place of helm: repositories are out of reach where tests run. */
async function withProgram(
  script: string,
  run: (helm: string, cacheDir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "lattice-test-repository-" });
  try {
    const helm = join(dir, "helm");
    await Deno.writeTextFile(helm, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await run(helm, join(dir, "cache"));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function names(dir: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(dir)) found.push(name);
  return found.sort();
}

Deno.test("repositorySource() fetches a chart once and keeps it", () =>
  withProgram(
    'for last; do :; done; echo "$@" > "$last/cilium-1.2.3.tgz"',
    async (helm, cacheDir) => {
      const source = repositorySource({ helm, cacheDir });
      const path = await source.locate(CILIUM);
      assert.equal(path, join(cacheDir, "cilium-1.2.3.tgz"));
      const first = await Deno.readTextFile(path);
      assert.match(first, /^pull cilium --repo https:\S+ --version 1[.]2[.]3 --destination /);
      await source.locate(CILIUM);
      assert.equal(await Deno.readTextFile(path), first);
      assert.deepEqual(await names(cacheDir), ["cilium-1.2.3.tgz"]);
    },
  ));

Deno.test("repositorySource() names chart, version, repository and helm's words, and leaves nothing", () =>
  withProgram("echo no such chart >&2; exit 1", async (helm, cacheDir) => {
    await assert.rejects(repositorySource({ helm, cacheDir }).locate(CILIUM), (error: unknown) => {
      assert.ok(error instanceof MissingChartError);
      assert.match(error.message, /^There is no chart "cilium" 1\.2\.3 at https:.*no such chart$/);
      return true;
    });
    assert.deepEqual(await names(cacheDir), []);
  }));

Deno.test("repositorySource() refuses a helm that fetches nothing", () =>
  withProgram("exit 0", async (helm, cacheDir) => {
    await assert.rejects(repositorySource({ helm, cacheDir }).locate(CILIUM), MissingChartError);
  }));

Deno.test("repositorySource() ends with its signal", () =>
  withProgram("exec sleep 60", async (helm, cacheDir) => {
    const stop = new AbortController();
    const found = repositorySource({ helm, cacheDir }).locate(CILIUM, { signal: stop.signal });
    queueMicrotask(() => stop.abort());
    await assert.rejects(found, { code: "interrupted" });
    assert.deepEqual(await names(cacheDir), []);
  }));
