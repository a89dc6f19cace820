/**
 * Takes ready components from a mirror: a folder or an HTTP server that holds what
 * `deno task setup --export DIR` writes. Every file is checked against the SHA-256 in the mirror's
 * inventory, so a damaged or half-copied mirror is an error and never a component.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { LatticeError } from "@lattice/api/errors";
import { digestFile } from "./digest.ts";
import { publish, writeInventoryFile } from "./files.ts";
import {
  type FileInventory,
  type InventoryFile,
  type InventoryFormat,
  readInventoryText,
} from "./inventory.ts";
import type { Progress } from "./progress.ts";
import { platform } from "./recipe.ts";

/** What a fetch works with. */
export interface FetchContext {
  /** The cache folder to fill. */
  readonly dir: string;
  /** Its name, which is that of the mirror's folder, too. */
  readonly key: string;
  /** What its inventory is like. */
  readonly format: InventoryFormat<FileInventory>;
  /** Where progress goes. */
  readonly progress: Progress;
  /** Stops it; complete files stay. */
  readonly signal: AbortSignal;
}

const ATTEMPTS = 4;
const RETRY_BASE_MS = 250;
/** Between 0.5 and 1, another for each process: machines that failed together retry apart. */
const SPREAD = 0.5 + (Deno.pid % 64) / 128;
/** Longest time for one file; the largest is 130 MB. */
const FILE_TIMEOUT_MS = 600_000;

/**
 * Fills the cache folder from a mirror.
 *
 * @param mirror a folder, a `file:` URL or an `http(s):` URL
 * @param context folder, progress and signal
 * @returns false when the mirror holds nothing for these pins and this platform
 * @throws {LatticeError} `prerequisite` when a checksum differs, `unavailable` when the mirror
 *   cannot be read
 */
export async function fetchFromMirror(mirror: string, context: FetchContext): Promise<boolean> {
  const { key, format } = context;
  const source = openMirror(mirror, key, context.signal);
  const stream = await source(format.fileName);
  if (stream === undefined) {
    context.progress.note(`The mirror ${mirror} has no components ${key} (${platform()}).`);
    return false;
  }
  const text = await new Response(stream).text();
  const inventory = readInventoryText(format, text, `${mirror}/${format.fileName}`);
  if (inventory.platform !== platform()) {
    throw mismatch(mirror, format.fileName, `for ${inventory.platform}, not ${platform()}`);
  }
  for (const [position, file] of inventory.files.entries()) {
    context.progress.begin(position + 1, inventory.files.length, file.path);
    context.progress.end(await fetchFile(mirror, source, file, context));
  }
  await writeInventoryFile(context.dir, format, inventory);
  return true;
}

type Source = (path: string) => Promise<ReadableStream<Uint8Array> | undefined>;

async function fetchFile(
  mirror: string,
  source: Source,
  expected: InventoryFile,
  { dir }: FetchContext,
): Promise<string> {
  const path = join(dir, expected.path);
  const present = await digestFile(path).catch(() => undefined);
  if (present?.sha256 === expected.sha256) return "already there";
  const stream = await source(expected.path);
  if (stream === undefined) throw mismatch(mirror, expected.path, "absent");
  await Deno.mkdir(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  const file = await Deno.open(partial, { write: true, create: true, truncate: true, mode: 0o755 });
  await stream.pipeTo(file.writable);
  const actual = await digestFile(partial);
  if (actual.sha256 !== expected.sha256) {
    await Deno.remove(partial);
    throw mismatch(mirror, expected.path, `checksum ${actual.sha256}, not ${expected.sha256}`);
  }
  await publish(partial, path);
  return "fetched, checksum verified";
}

function mismatch(mirror: string, path: string, how: string): LatticeError {
  return new LatticeError("prerequisite", `The mirror ${mirror} is damaged: "${path}" is ${how}`, {
    remedy: "write the mirror again with --export, or unset LATTICE_TOOLS_MIRROR to build",
  });
}

function openMirror(mirror: string, key: string, signal: AbortSignal): Source {
  if (/^https?:\/\//.test(mirror)) {
    const base = `${mirror.replace(/\/+$/, "")}/${key}`;
    return (path) => download(`${base}/${path}`, signal);
  }
  const folder = join(mirror.startsWith("file://") ? fileUrlPath(mirror) : mirror, key);
  return async (path) => {
    try {
      return (await Deno.open(join(folder, path))).readable;
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) return undefined;
      throw cause;
    }
  };
}

function fileUrlPath(url: string): string {
  return decodeURIComponent(new URL(url).pathname);
}

async function download(
  url: string,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array> | undefined> {
  let failure: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await delay(RETRY_BASE_MS * 2 ** attempt * SPREAD);
    signal.throwIfAborted();
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(FILE_TIMEOUT_MS)]);
      const response = await fetch(url, { signal: limited });
      if (response.ok && response.body) return response.body;
      await response.body?.cancel();
      if (response.status === 404) return undefined;
      failure = new Error(`HTTP status ${response.status}`);
      if (response.status < 500) break;
    } catch (cause) {
      signal.throwIfAborted();
      failure = cause;
    }
  }
  throw new LatticeError("unavailable", `Cannot read "${url}" of the mirror: ${reason(failure)}`, {
    remedy: "check LATTICE_TOOLS_MIRROR, or unset it to build the components",
    cause: failure,
  });
}

/** What lies below the general "fetch failed". */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
