/**
 * Looking at and starting real processes.
 * @module
 */

import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { limitLog } from "./logs.ts";
import { host, isSameProcess, launchDaemon, parseProcStat, parsePs } from "./processes.ts";
import { eventually, temporaryHome } from "./testing.ts";

const AFTER_STATE = Array.from({ length: 18 }, (_, index) => index + 4).join(" ");

const STAT_CASES: [string, string, [number, string][]][] = [
  ["a sleeper", `7 (sleep) S ${AFTER_STATE} 991 0 0`, [[7, "991"]]],
  ["a name with spaces and parentheses", `7 (a) b (c) R ${AFTER_STATE} 991 0`, [[7, "991"]]],
  ["a zombie", `7 (sleep) Z ${AFTER_STATE} 991 0`, []],
  ["a dying process", `7 (sleep) X ${AFTER_STATE} 991 0`, []],
  ["half a line", "7 (sleep", []],
  ["nothing", "", []],
  [
    "several",
    `7 (a) S ${AFTER_STATE} 1 0\n8 (b) Z ${AFTER_STATE} 2 0\n9 (c) D ${AFTER_STATE} 3 0\n`,
    [[7, "1"], [9, "3"]],
  ],
];
for (const [name, text, expected] of STAT_CASES) {
  Deno.test(`parseProcStat() reads ${name}`, () => {
    deepEqual([...parseProcStat(text)], expected);
  });
}

Deno.test("parsePs() reads processes and skips zombies", () => {
  const text = "  7 Ss   Mon Nov 23 15:02:11 2026\n  8 Z+   Mon Nov 23 15:02:12 2026    \n\n";
  deepEqual([...parsePs(text)], [[7, "Mon Nov 23 15:02:11 2026"]]);
});

const RECORDED = { pid: 7, startTime: "991", bootId: "b" };
const SAME_CASES: [string, Map<number, string>, string, boolean][] = [
  ["the same start and boot", new Map([[7, "991"]]), "b", true],
  ["the number was given away", new Map([[7, "992"]]), "b", false],
  ["the same start after a reboot", new Map([[7, "991"]]), "c", false],
  ["the process is gone", new Map(), "b", false],
];
for (const [name, seen, boot, expected] of SAME_CASES) {
  Deno.test(`isSameProcess(): ${name}`, () => equal(isSameProcess(RECORDED, seen, boot), expected));
}

/** A real process that sleeps; its argument makes it findable. */
async function sleeper(directory: string) {
  const argv = ["/bin/sh", "-c", 'echo "up $GREETING"; exec sleep 600 # $0', directory];
  const log = join(directory, "sleeper.log");
  const started = await host.launch({ argv, env: { GREETING: "friend" }, cwd: directory, log });
  return { ...started, log };
}

Deno.test("a process is started, logged, recognised, found and ended", async () => {
  await using home = await temporaryHome();
  const { pid, ended, log } = await sleeper(home.path);
  try {
    await eventually("its log", async () => await Deno.readTextFile(log) === "up friend\n");
    const seen = await host.inspect([pid, 2 ** 22 + 1]);
    deepEqual([...seen.keys()], [pid]);
    const again = { pid, startTime: seen.get(pid)!, bootId: await host.bootId() };
    ok(isSameProcess(again, await host.inspect([pid]), await host.bootId()));
  } finally {
    host.signal(pid, "SIGKILL");
    await ended;
  }
  deepEqual([...await host.inspect([pid])], []);
  host.signal(pid, "SIGKILL");
});

Deno.test("find() matches whole argument lists of own processes only", async () => {
  await using home = await temporaryHome();
  const argv = ["sleep", "600.25", ...[]];
  const marked = ["/bin/sh", "-c", "read line < fifo", join(home.path, "marker")];
  await new Deno.Command("mkfifo", { args: [join(home.path, "fifo")] }).output();
  const { pid, ended } = await host.launch({
    argv: marked,
    env: {},
    cwd: home.path,
    log: join(home.path, "log"),
  });
  try {
    await eventually("the process is found", async () => {
      const found = await host.find(home.path, [argv, marked]);
      return found.length === 1 && found[0] === pid;
    });
    deepEqual(await host.find(home.path, [marked.slice(0, 3), [...marked, "more"]]), []);
    deepEqual(await host.find("no such marker", [marked]), []);
  } finally {
    host.signal(pid, "SIGKILL");
    await ended;
  }
});

Deno.test("launchDaemon() starts a process in a session of its own that is nobody's child", async () => {
  await using home = await temporaryHome();
  const log = join(home.path, "log");
  const argv = ["/bin/sh", "-c", "echo $$; exec sleep 600"];
  await launchDaemon({ argv, env: {}, cwd: "/", log });
  let pid = 0;
  await eventually("its pid", async () => {
    pid = Number.parseInt(await Deno.readTextFile(log), 10);
    return pid > 0 && (await host.inspect([pid])).has(pid);
  });
  try {
    const { stdout } = await new Deno.Command("ps", {
      args: ["-o", "sid=", "-p", `${pid},${Deno.pid}`],
    })
      .output();
    equal(new Set(new TextDecoder().decode(stdout).trim().split(/\s+/)).size, 2);
  } finally {
    host.signal(pid, "SIGKILL");
  }
  await eventually("it is gone", async () => !(await host.inspect([pid])).has(pid));
});

Deno.test("a log that is too large while its process runs goes on, empty", async () => {
  await using home = await temporaryHome();
  const log = join(home.path, "log");
  using file = await Deno.open(log, { append: true, create: true });
  await file.write(new Uint8Array(32 * 1024 * 1024 - 1));
  await limitLog(log);
  equal((await Deno.stat(log)).size, 32 * 1024 * 1024 - 1);
  await file.write(new Uint8Array(1));
  await limitLog(log);
  await file.write(new TextEncoder().encode("on"));
  equal(await Deno.readTextFile(log), "on");
  equal((await Deno.stat(`${log}.1`)).size, 32 * 1024 * 1024);
});

Deno.test("a log that has grown too large is moved aside at the next start", async () => {
  await using home = await temporaryHome();
  const log = join(home.path, "log");
  await Deno.writeFile(log, new Uint8Array(8 * 1024 * 1024));
  const { ended } = await host.launch({ argv: ["echo", "hi"], env: {}, cwd: "/", log });
  await ended;
  equal(await Deno.readTextFile(log), "hi\n");
  equal((await Deno.stat(`${log}.1`)).size, 8 * 1024 * 1024);
});
