/**
 * The supervisor with imagined processes: real files, real HTTP probes, no programs.
 * @module
 */

import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { digestOf } from "./component_state.ts";
import { makeDirectory, namesIn, openLock, writeAtomically } from "./files.ts";
import { type ClusterPaths, clusterPaths, pidFile } from "./layout.ts";
import type { ComponentId, ComponentSpec, DesiredState, StatusFile } from "./model.ts";
import type { Launch, ProcessHost, Started } from "./processes.ts";
import { Supervisor } from "./supervisor.ts";
import { eventually, temporaryHome } from "./testing.ts";

const BOOT = "this-boot";

/** An imagined machine: its processes end when they are told to, at once. */
class Machine implements ProcessHost {
  readonly alive = new Map<number, { argv: readonly string[]; end: () => void }>();
  readonly log: string[] = [];
  stubborn = new Set<number>();
  #nextPid = 1_000_000;

  adoptable(argv: readonly string[]): number {
    const pid = this.#nextPid++;
    this.alive.set(pid, { argv, end: () => {} });
    return pid;
  }

  launch({ argv }: Launch): Promise<Started> {
    const pid = this.#nextPid++;
    this.log.push(`start ${argv[0]}`);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.alive.set(pid, { argv, end: resolve });
    return Promise.resolve({ pid, ended: promise });
  }

  inspect(pids: readonly number[]): Promise<Map<number, string>> {
    const known = pids.filter((pid) => this.alive.has(pid));
    return Promise.resolve(new Map(known.map((pid) => [pid, `start-of-${pid}`])));
  }

  find(_marker: string, argvs: readonly (readonly string[])[]): Promise<number[]> {
    const wanted = argvs.map((argv) => argv.join(" "));
    const found = [...this.alive].filter(([, { argv }]) => wanted.includes(argv.join(" ")));
    return Promise.resolve(found.map(([pid]) => pid));
  }

  signal(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
    const process = this.alive.get(pid);
    if (process === undefined) return;
    this.log.push(`${signal} ${process.argv[0]}`);
    if (signal === "SIGKILL" || !this.stubborn.has(pid)) this.die(pid);
  }

  bootId(): Promise<string> {
    return Promise.resolve(BOOT);
  }

  die(pid: number): void {
    const process = this.alive.get(pid);
    this.alive.delete(pid);
    process?.end();
  }

  count(line: string): number {
    return this.log.filter((entry) => entry === line).length;
  }
}

interface Stage extends AsyncDisposable {
  readonly home: string;
  readonly paths: ClusterPaths;
  readonly machine: Machine;
  readonly launched: string[];
  /** Paths that are answered 200. */
  readonly answers: Set<string>;
  spec(name: ComponentId, dependsOn?: ComponentId[], more?: Partial<ComponentSpec>): ComponentSpec;
  want(state: DesiredState["state"], components: ComponentSpec[]): Promise<void>;
  run(): Promise<{ done: Promise<void> }>;
  status(): Promise<StatusFile>;
  pidOf(name: ComponentId): Promise<number | undefined>;
}

async function stage(): Promise<Stage> {
  const home = await temporaryHome();
  const paths = clusterPaths(home.path, "c");
  await Promise.all([paths.run, paths.logs, paths.spawn].map(makeDirectory));
  const machine = new Machine();
  const answers = new Set<string>();
  const launched: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const good = answers.has(new URL(request.url).pathname.slice(1));
      return new Response(null, { status: good ? 200 : 503 });
    },
  );
  const base = `http://127.0.0.1:${server.addr.port}`;
  const running: Promise<void>[] = [];
  let wanted: DesiredState | undefined;
  const want: Stage["want"] = async (state, components) => {
    const token = { portBase: 20_000, portToken: "token" };
    wanted = { formatVersion: 1, name: "c", id: "id", state, ...token, components };
    await writeAtomically(paths.desired, JSON.stringify(wanted));
  };
  const status: Stage["status"] = async () => JSON.parse(await Deno.readTextFile(paths.status));
  return {
    home: home.path,
    paths,
    machine,
    launched,
    answers,
    want,
    status,
    spec: (name, dependsOn = [], more = {}) => ({
      name,
      argv: [name],
      env: {},
      cwd: "/",
      dependsOn,
      readiness: { url: `${base}/${name}` },
      stopGraceMs: 200,
      ...more,
    }),
    run: async () => {
      const lock = await openLock(paths.lock);
      ok(await lock.tryLock(true));
      const note = (kind: string) => (_home: string, name: string) => {
        launched.push(`${kind} ${name}`);
        return Promise.resolve();
      };
      const done = new Supervisor({
        home: home.path,
        name: "c",
        lock,
        desired: wanted!,
        host: machine,
        say: () => {},
        launcher: { standby: note("standby"), first: note("first") },
      }).run().finally(() => lock.close());
      running.push(done);
      return { done };
    },
    pidOf: async (name) =>
      (await status()).components.find((component) => component.name === name)?.pid,
    [Symbol.asyncDispose]: async () => {
      await Deno.remove(paths.directory, { recursive: true }).catch(() => {});
      await Promise.all(running);
      await server.shutdown();
      await home[Symbol.asyncDispose]();
    },
  };
}

Deno.test("components start in order, each when what it needs is ready", async () => {
  await using on = await stage();
  await on.want("running", [on.spec("etcd"), on.spec("kube-apiserver", ["etcd"])]);
  await on.run();
  await eventually("etcd starts", () => on.machine.count("start etcd") === 1);
  await eventually("its status", async () => (await on.status()).components[0]?.pid !== undefined);
  equal(on.machine.count("start kube-apiserver"), 0);
  on.answers.add("etcd").add("kube-apiserver");
  await eventually("all run", async () => (await on.status()).state === "running");
  deepEqual(on.machine.log, ["start etcd", "start kube-apiserver"]);
});

Deno.test("a component waits for its own condition", async () => {
  await using on = await stage();
  const gate = on.spec("etcd").readiness.url.replace("etcd", "gate");
  await on.want("running", [on.spec("kwok", [], { startWhen: { url: gate } })]);
  await on.run();
  await eventually("the supervisor is up", async () => (await on.status()).state === "starting");
  equal(on.machine.alive.size, 0);
  on.answers.add("gate");
  await eventually("it starts", () => on.machine.count("start kwok") === 1);
});

Deno.test("what dies is started again, and the restarts are counted", async () => {
  await using on = await stage();
  on.answers.add("etcd");
  await on.want("running", [on.spec("etcd")]);
  await on.run();
  for (const restarts of [0, 1, 2]) {
    await eventually(`restart ${restarts}`, async () => {
      const { state, components } = await on.status();
      return state === "running" && components[0]?.restarts === restarts;
    });
    on.machine.die((await on.pidOf("etcd"))!);
  }
});

const ADOPTIONS: [string, Record<string, string>, boolean][] = [
  ["of this boot with this start time is adopted", {}, true],
  ["from before a reboot is not taken for its successor", { bootId: "other-boot" }, false],
  ["whose number was given away is not taken for ours", { startTime: "other" }, false],
];
for (const [what, change, adopted] of ADOPTIONS) {
  Deno.test(`a process ${what}`, async () => {
    await using on = await stage();
    on.answers.add("etcd");
    const spec = on.spec("etcd");
    await on.want("running", [spec]);
    // Not adopted means here: it is somebody else's process, with other arguments.
    const pid = on.machine.adoptable(adopted ? spec.argv : ["another"]);
    const content = {
      pid,
      startTime: `start-of-${pid}`,
      bootId: BOOT,
      specDigest: digestOf(spec),
      startedAt: "",
      restarts: 3,
      ...change,
    };
    await Deno.writeTextFile(pidFile(on.paths, "etcd"), JSON.stringify(content));
    await on.run();
    await eventually("it runs", async () => (await on.status()).state === "running");
    equal(await on.pidOf("etcd") === pid, adopted);
    equal(on.machine.count("start etcd"), adopted ? 0 : 1);
    ok(on.machine.alive.has(pid), "nobody signalled it");
  });
}

Deno.test("a process that no pid file names is ended before another is started", async () => {
  await using on = await stage();
  const stray = on.machine.adoptable(["etcd"]);
  await on.want("running", [on.spec("etcd")]);
  await on.run();
  await eventually("a new one starts", () => on.machine.count("start etcd") === 1);
  ok(!on.machine.alive.has(stray));
  deepEqual(on.machine.log, ["SIGKILL etcd", "start etcd"]);
});

Deno.test("a component that is planned differently is restarted, one that is not planned is stopped", async () => {
  await using on = await stage();
  on.answers.add("etcd").add("kwok");
  await on.want("running", [on.spec("etcd"), on.spec("kwok")]);
  await on.run();
  await eventually("both run", async () => (await on.status()).state === "running");
  await on.want("running", [on.spec("etcd", [], { env: { CHANGED: "yes" } })]);
  await eventually("etcd is new and kwok is gone", async () => {
    const { state, components } = await on.status();
    return state === "running" && components.length === 1 && on.machine.count("start etcd") === 2;
  });
  equal(on.machine.alive.size, 1);
});

Deno.test("stopping goes backwards, kills what does not end, and ends the supervisor", async () => {
  await using on = await stage();
  on.answers.add("etcd").add("kube-apiserver");
  const components = [on.spec("etcd"), on.spec("kube-apiserver", ["etcd"])];
  await on.want("running", components);
  const { done } = await on.run();
  await eventually("both run", async () => (await on.status()).state === "running");
  on.machine.stubborn.add((await on.pidOf("kube-apiserver"))!);
  await on.want("stopped", components);
  await done;
  equal((await on.status()).state, "stopped");
  deepEqual(on.machine.log.slice(2), [
    "SIGTERM kube-apiserver",
    "SIGKILL kube-apiserver",
    "SIGTERM etcd",
  ]);
  deepEqual((await namesIn(on.paths.run)).filter((name) => name.endsWith(".pid")), []);
});

Deno.test("removing ends everything, deletes the directory and releases the ports", async () => {
  await using on = await stage();
  on.answers.add("etcd");
  await on.want("running", [on.spec("etcd")]);
  const reservation = join(on.home, "ports", "20000");
  await makeDirectory(join(on.home, "ports"));
  await Deno.writeTextFile(reservation, JSON.stringify({ owner: "c", token: "token" }));
  const { done } = await on.run();
  await eventually("it runs", async () => (await on.status()).state === "running");
  await on.want("removed", [on.spec("etcd")]);
  await done;
  equal(on.machine.alive.size, 0);
  deepEqual(await namesIn(join(on.home, "clusters")), []);
  deepEqual(await namesIn(join(on.home, "ports")), []);
});

Deno.test("a supervisor whose directory was deleted ends the processes and itself", async () => {
  await using on = await stage();
  on.answers.add("etcd");
  await on.want("running", [on.spec("etcd")]);
  const { done } = await on.run();
  await eventually("it runs", async () => (await on.status()).state === "running");
  await Deno.remove(join(on.home, "clusters"), { recursive: true });
  await done;
  equal(on.machine.alive.size, 0);
  deepEqual(await namesIn(on.home), [], "and makes nothing anew");
});

Deno.test("a supervisor does not touch a new cluster in the place of its own", async () => {
  await using on = await stage();
  on.answers.add("etcd");
  await on.want("running", [on.spec("etcd")]);
  const { done } = await on.run();
  await eventually("it runs", async () => (await on.status()).state === "running");
  await Deno.rename(on.paths.directory, join(on.home, "clusters", ".moved"));
  await makeDirectory(on.paths.run);
  await Deno.writeTextFile(on.paths.lock, "");
  await done;
  ok((await namesIn(on.paths.run)).includes("lock"));
});

Deno.test("requests to start other clusters are obeyed once and only if they make sense", async () => {
  await using on = await stage();
  await on.want("running", []);
  const other = clusterPaths(on.home, "other");
  await makeDirectory(other.run);
  await Deno.writeTextFile(other.desired, "{}");
  for (const name of ["other", "absent", "c", "No-Name"]) {
    await Deno.writeTextFile(join(on.paths.spawn, name), "");
  }
  await on.run();
  await eventually(
    "the requests are gone",
    async () => (await namesIn(on.paths.spawn)).length === 0,
  );
  await eventually("the other is started", () => on.launched.includes("first other"));
  deepEqual(on.launched.filter((entry) => entry.startsWith("first")), ["first other"]);
});

Deno.test("a missing standby is replaced, a present one is left alone", async () => {
  await using on = await stage();
  await on.want("running", []);
  {
    using standby = await openLock(on.paths.standbyLock);
    ok(await standby.tryLock(true));
    await standby.write(new TextEncoder().encode("4242"));
    await on.run();
    await eventually(
      "it is seen",
      async () => (await on.status()).supervisor.standby === 4242,
    );
    deepEqual(on.launched, []);
  }
  await eventually("a new one is started", () => on.launched.includes("standby c"));
});

Deno.test("a damaged desired state changes nothing, and the repaired one is followed", async () => {
  await using on = await stage();
  on.answers.add("etcd");
  await on.want("running", [on.spec("etcd")]);
  await on.run();
  await eventually("it runs", async () => (await on.status()).state === "running");
  await Deno.writeTextFile(on.paths.desired, "{");
  on.machine.die((await on.pidOf("etcd"))!);
  await eventually("it runs again", () => on.machine.count("start etcd") === 2);
  await on.want("running", [on.spec("etcd"), on.spec("kwok")]);
  await eventually("the repaired state is followed", () => on.machine.count("start kwok") === 1);
});
