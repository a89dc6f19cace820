/**
 * Charts from a repository: the real helm fetches a real chart over HTTP, from an index that helm itself wrote.
 *
 * @module
 */
import assert from "node:assert/strict";
import { MissingChartError, repositorySource, type Wanted } from "@lattice/addons";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { locateSet } from "../../tools/locate.ts";
import { servedCharts } from "../support/charts.ts";

const metadata = z.object({ name: z.string(), version: z.string() });

async function run(program: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** A repository of one chart on loopback. */
class Repository implements AsyncDisposable {
  readonly asked: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(readonly dir: string) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
      async (request) => {
        const file = new URL(request.url).pathname.slice(1);
        this.asked.push(file);
        const bytes = await Deno.readFile(join(dir, file)).catch(() => undefined);
        return bytes ? new Response(bytes) : new Response("not found\n", { status: 404 });
      },
    );
  }

  static async of(helm: string, chart: string): Promise<Repository> {
    const dir = await Deno.makeTempDir({ prefix: "lattice-test-charts-" });
    await run(helm, "package", chart, "--destination", dir);
    await run(helm, "repo", "index", dir);
    return new Repository(dir);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await Deno.remove(this.dir, { recursive: true });
  }
}

Deno.test("a chart comes from its repository once, and a version that is not there is named", async () => {
  const helm = (await locateSet("helm")).bin("helm");
  await using charts = await servedCharts();
  const folder = join(charts.dir, "base");
  const { version } = metadata.parse(parse(await run(helm, "show", "chart", folder)));
  await using repository = await Repository.of(helm, folder);
  const cacheDir = join(repository.dir, "cache");
  const source = repositorySource({ helm, cacheDir, repositories: { base: repository.url } });
  const wanted: Wanted = { part: "chart", name: "base", version };

  const path = await source.locate(wanted);
  assert.deepEqual(metadata.parse(parse(await run(helm, "show", "chart", path))), {
    name: "base",
    version,
  });
  assert.ok(repository.asked.includes("index.yaml"), repository.asked.join());
  const requests = repository.asked.length;
  assert.equal(await source.locate(wanted), path);
  assert.equal(repository.asked.length, requests, "the second time it was fetched again");

  await assert.rejects(source.locate({ ...wanted, version: "0.0.1" }), (error: unknown) => {
    assert.ok(error instanceof MissingChartError);
    assert.match(error.message, /"base" 0[.]0[.]1 at http:\/\/127[.]0[.]0[.]1/);
    return true;
  });
});
