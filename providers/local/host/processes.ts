/**
 * Looking at, starting and signalling processes of this machine.
 *
 * Deno lets nobody read `/proc` who was not given every permission, so what it says is read by `cat`.
 * That costs a few milliseconds and keeps the supervisor's permissions small.
 *
 * @module
 */

import { rotateLog } from "./logs.ts";
import type { ProcessRef } from "./model.ts";

/** Variables that every started process inherits; nothing else of the environment is passed on. */
export const INHERITED_VARIABLES: readonly string[] = [
  "PATH",
  "HOME",
  "USER",
  "LANG",
  "TMPDIR",
  "DENO_DIR",
  "XDG_CACHE_HOME",
];

/** What is to be started. */
export interface Launch {
  /** Program and arguments. */
  argv: readonly string[];
  /** Environment besides the inherited variables. */
  env: Readonly<Record<string, string>>;
  /** Working directory. */
  cwd: string;
  /** File that standard output and error are appended to. */
  log: string;
}

/** A started process. */
export interface Started {
  /** Process id. */
  readonly pid: number;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}

/** The operating system, as far as the supervisor needs it. */
export interface ProcessHost {
  /** Starts a process in a session of its own, so that it outlives the caller. */
  launch(what: Launch): Promise<Started>;
  /** The processes among `pids` that exist and are no zombies, with their start times. */
  inspect(pids: readonly number[]): Promise<Map<number, string>>;
  /** Process ids of this user's processes with exactly these arguments, one list an entry. */
  find(marker: string, argvs: readonly (readonly string[])[]): Promise<number[]>;
  /** Sends a signal; nothing happens if the process is gone. */
  signal(pid: number, signal: "SIGTERM" | "SIGKILL"): void;
  /** Identity of the present boot. */
  bootId(): Promise<string>;
}

/** The real operating system. */
export const host: ProcessHost = { launch, inspect, find, signal, bootId };

/** Whether a recorded process is still the one that runs under its number. */
export function isSameProcess(
  recorded: ProcessRef,
  seen: ReadonlyMap<number, string>,
  boot: string,
): boolean {
  return recorded.bootId === boot && seen.get(recorded.pid) === recorded.startTime;
}

/** The inherited variables that are set here. Needs to read them. */
export function inheritedEnvironment(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of INHERITED_VARIABLES) {
    const value = Deno.env.get(name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

async function launch(what: Launch): Promise<Started> {
  // The shell only redirects; it becomes the program, under the same process id.
  const child = await spawnShell('exec "$@" >>"$0" 2>&1', what);
  return { pid: child.pid, ended: child.status.then(() => undefined) };
}

/**
 * Starts a process that belongs to nobody: not even its exit is reported to the caller.
 *
 * @param what what to start
 */
export async function launchDaemon(what: Launch): Promise<void> {
  const shell = await spawnShell('"$@" </dev/null >>"$0" 2>&1 &', what);
  const { code } = await shell.status;
  if (code !== 0) throw new Error(`Cannot start '${what.argv[0]}': the shell ended with ${code}`);
}

/** A shell in a session of its own; `$0` is the log, `$@` the command line. */
async function spawnShell(
  script: string,
  { argv, env, cwd, log }: Launch,
): Promise<Deno.ChildProcess> {
  await rotateLog(log);
  // Not `output()`: that ignores `detached`.
  return new Deno.Command("/bin/sh", {
    args: ["-c", script, log, ...argv],
    cwd,
    env: { ...inheritedEnvironment(), ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
    detached: true,
  }).spawn();
}

async function inspect(pids: readonly number[]): Promise<Map<number, string>> {
  if (pids.length === 0) return new Map();
  return Deno.build.os === "linux" ? await inspectProc(pids) : await inspectPs(pids);
}

async function inspectProc(pids: readonly number[]): Promise<Map<number, string>> {
  return parseProcStat(await output("cat", pids.map((pid) => `/proc/${pid}/stat`)));
}

/**
 * Reads lines of `/proc/PID/stat`.
 *
 * @param text any number of lines
 * @returns start time (in ticks after boot) of each process that is no zombie and not dying
 */
export function parseProcStat(text: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const line of text.split("\n")) {
    // The name in parentheses may itself contain spaces and parentheses: count from its end.
    const nameEnd = line.lastIndexOf(") ");
    const pid = Number.parseInt(line, 10);
    if (nameEnd < 0 || Number.isNaN(pid)) continue;
    const fields = line.slice(nameEnd + 2).split(" ");
    const [state, startTime] = [fields[0], fields[19]];
    if (startTime !== undefined && state !== "Z" && state !== "X") found.set(pid, startTime);
  }
  return found;
}

async function inspectPs(pids: readonly number[]): Promise<Map<number, string>> {
  return parsePs(await output("ps", ["-o", "pid=,stat=,lstart=", "-p", pids.join(",")]));
}

/**
 * Reads lines of `ps -o pid=,stat=,lstart=`.
 *
 * @param text any number of lines
 * @returns start time of each process that is no zombie
 */
export function parsePs(text: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const line of text.split("\n")) {
    const match = /^\s*(\d+)\s+(\S+)\s+(.*\S)\s*$/.exec(line);
    if (match === null || match[2]!.startsWith("Z")) continue;
    found.set(Number(match[1]), match[3]!);
  }
  return found;
}

async function find(marker: string, argvs: readonly (readonly string[])[]): Promise<number[]> {
  return Deno.build.os === "linux" ? await findProc(marker, argvs) : await findPs(argvs);
}

async function findProc(marker: string, argvs: readonly (readonly string[])[]): Promise<number[]> {
  const listing = await output("/bin/sh", [
    "-c",
    // `-O`: only files of this user, so that nobody else's process is ever taken for ours.
    'cd /proc && for p in [0-9]*; do [ -O "$p/cmdline" ] && grep -qsaF -- "$0" "$p/cmdline" && ' +
    'printf "%s\\0" "$p" && cat "$p/cmdline" && printf "\\n\\0"; done',
    marker,
  ]);
  // Matching the end finds a process, too, that is still the shell about to become the program.
  const wanted = argvs.map((argv) => `\0${argv.join("\0")}\0`);
  const found: number[] = [];
  for (const entry of listing.split("\n\0")) {
    const pid = Number.parseInt(entry, 10);
    if (!Number.isNaN(pid) && wanted.some((end) => entry.endsWith(end))) found.push(pid);
  }
  return found;
}

async function findPs(argvs: readonly (readonly string[])[]): Promise<number[]> {
  const wanted = new Set(argvs.map((argv) => argv.join(" ")));
  const found: number[] = [];
  for (const line of (await output("ps", ["-xww", "-o", "pid=,command="])).split("\n")) {
    const match = /^\s*(\d+) (.*)$/.exec(line);
    if (match !== null && wanted.has(match[2]!.trimEnd())) found.push(Number(match[1]));
  }
  return found;
}

function signal(pid: number, name: "SIGTERM" | "SIGKILL"): void {
  try {
    Deno.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) && !(error instanceof TypeError)) throw error;
  }
}

let boot: Promise<string> | undefined;

/** Identity of the present boot, or `unknown` where the system does not tell. */
async function bootId(): Promise<string> {
  boot ??= Deno.build.os === "linux"
    ? output("cat", ["/proc/sys/kernel/random/boot_id"])
    : output("sysctl", ["-n", "kern.boottime"]);
  return (await boot).trim() || "unknown";
}

async function output(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await new Deno.Command(program, {
    args: [...args],
    env: { LC_ALL: "C", ...inheritedEnvironment() },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}
