/**
 * Runs the Go command and explains its failures.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";

/** Oldest Go that compiles Kubernetes 1.35. */
const MINIMUM_GO = [1, 25] as const;
const GO_REMEDY = 'install Go 1.25 or newer so that "go version" finds it, ' +
  "or set LATTICE_TOOLS_MIRROR to a folder or URL of ready binaries";
const LOG_TAIL_LINES = 15;

/** What a Go command did. */
export interface GoOutcome {
  /** Whether it ended with 0. */
  readonly success: boolean;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
}

/** The Go that is used, and its caches. */
export interface GoEnvironment {
  /** E.g. `go1.26.8`. */
  readonly version: string;
  /** Folder of compiled packages. */
  readonly cache: string;
  /** Folder of downloaded modules. */
  readonly moduleCache: string;
}

/**
 * Runs the Go command.
 *
 * @param cwd a folder with a go.mod
 * @param args its arguments
 * @param signal stops it
 * @returns how it ended
 * @throws {LatticeError} `prerequisite` when there is no Go
 */
export async function runGo(
  cwd: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<GoOutcome> {
  signal.throwIfAborted();
  try {
    const output = await new Deno.Command("go", {
      args: [...args],
      cwd,
      // A workspace file or flags of the person's own projects must not reach this build.
      env: { GOWORK: "off", GOFLAGS: "" },
      stdin: "null",
      signal,
    }).output();
    signal.throwIfAborted();
    const decoder = new TextDecoder();
    return {
      success: output.success,
      stdout: decoder.decode(output.stdout),
      stderr: decoder.decode(output.stderr),
    };
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new LatticeError("prerequisite", 'Go is not installed: no "go" on PATH', {
      remedy: GO_REMEDY,
      cause,
    });
  }
}

/**
 * Makes sure that Go is recent enough. It is asked inside the module, so that Go may first switch to
 * a newer toolchain of its own.
 *
 * @param cwd a folder with a go.mod
 * @param signal stops it
 * @returns which Go it is
 * @throws {LatticeError} `prerequisite` when there is none, or an old one
 */
export async function requireGo(cwd: string, signal: AbortSignal): Promise<GoEnvironment> {
  const asked = await runGo(cwd, ["env", "GOVERSION", "GOCACHE", "GOMODCACHE"], signal);
  const [version = "", cache = "", moduleCache = ""] = asked.stdout.split("\n");
  if (asked.success && isRecentGo(version)) return { version, cache, moduleCache };
  const found = asked.success ? version : asked.stderr.trim().split("\n").at(-1) ?? "";
  throw new LatticeError("prerequisite", `Go is too old: need 1.25 or newer: ${found}`, {
    remedy: GO_REMEDY,
  });
}

/**
 * Tells whether a Go can build the components.
 *
 * @param version what `go env GOVERSION` says, e.g. `go1.25.3` or `devel go1.27-abc`
 * @returns whether it is 1.25 or newer
 */
export function isRecentGo(version: string): boolean {
  const match = /go(\d+)\.(\d+)/.exec(version);
  if (!match) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > MINIMUM_GO[0] || (major === MINIMUM_GO[0] && minor >= MINIMUM_GO[1]);
}

/** A module in Go's cache. */
export interface DownloadedModule {
  /** Its folder, which is not ours to change. */
  readonly folder: string;
  /** Hash of its content as in a go.sum, e.g. `h1:...=`. */
  readonly sum: string;
}

/**
 * Downloads a module unless Go has it already.
 *
 * @param cwd a folder with go.mod and go.sum; Go holds the module against that go.sum
 * @param module its path; with `@v1.2.3` that version, else the one of go.mod
 * @param signal stops it
 * @returns where it is
 * @throws {LatticeError} `prerequisite` or `internal`
 */
export async function downloadModule(
  cwd: string,
  module: string,
  signal: AbortSignal,
): Promise<DownloadedModule> {
  const found = await runGo(cwd, ["mod", "download", "-json", module], signal);
  if (!found.success) throw buildError({ name: module }, found.stderr || found.stdout);
  const { Dir, Sum } = JSON.parse(found.stdout) as { Dir: string; Sum: string };
  return { folder: Dir, sum: Sum };
}

/**
 * Explains why a build failed.
 *
 * @param component what was built
 * @param output what Go printed
 * @returns an error whose remedy fits the cause
 */
export function buildError(component: { name: string }, output: string): LatticeError {
  const tail = output.trim().split("\n").slice(-LOG_TAIL_LINES).join("\n");
  const message = `Cannot build "${component.name}":\n${tail}`;
  if (/no space left on device/i.test(output)) {
    return new LatticeError("prerequisite", message, {
      remedy: "free some disk space, or point LATTICE_TOOLS_DIR and GOCACHE at another disk",
    });
  }
  if (/dial tcp|no such host|connection refused|TLS handshake|i\/o timeout|proxy/i.test(output)) {
    return new LatticeError("prerequisite", message, {
      remedy: "let Go reach its module proxy (see GOPROXY), or set LATTICE_TOOLS_MIRROR",
    });
  }
  return new LatticeError("internal", message, {
    remedy: "run the set-up again; it goes on with this component",
  });
}
