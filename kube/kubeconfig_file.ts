/**
 * Kubeconfig files as they are written: one entry built, merged into a file, removed from it. Files are locked while they
 * change, replaced atomically, readable by their owner only, and keep whatever else they hold.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { basename, dirname } from "node:path";
import { stringify } from "yaml";
import { withFileLock } from "./file_lock.ts";
import { type Kubeconfig, type Named, parseKubeconfig } from "./kubeconfig_schema.ts";

/** What a kubeconfig with one cluster, user and context holds. */
export interface KubeconfigInit {
  /** Name of cluster, user and context. */
  readonly name: string;
  /** URL of the API server. */
  readonly server: string;
  /** Certificate authority of the server, PEM. */
  readonly caPem: string;
  /** Client certificate, PEM. */
  readonly certPem: string;
  /** Its private key, PEM. */
  readonly keyPem: string;
  /** Default namespace. */
  readonly namespace?: string | undefined;
}

/**
 * Builds the text of a kubeconfig.
 *
 * @param init What it holds.
 * @returns YAML with one cluster, user and context called `name`, which is the current context.
 */
export function buildKubeconfig(init: KubeconfigInit): string {
  const { name, namespace } = init;
  return toYaml({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{
      name,
      cluster: { server: init.server, "certificate-authority-data": base64(init.caPem) },
    }],
    users: [{
      name,
      user: {
        "client-certificate-data": base64(init.certPem),
        "client-key-data": base64(init.keyPem),
      },
    }],
    contexts: [{
      name,
      context: { cluster: name, user: name, ...(namespace === undefined ? {} : { namespace }) },
    }],
    "current-context": name,
  });
}

/**
 * Merges a kubeconfig into a file, which is made (mode 0600) if it is not there. Entries of the same name are
 * replaced, all others stay. The file's `current-context` stays, unless it has none or names a context that does not exist.
 *
 * @param path The file.
 * @param text The kubeconfig to merge in.
 * @throws {LatticeError} `validation` when either cannot be parsed (the file is then left alone), `conflict` when
 * another program holds the file's lock.
 */
export async function mergeKubeconfigFile(path: string, text: string): Promise<void> {
  const added = parseKubeconfig(text, "(kubeconfig text)");
  await changing(path, async () => {
    await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await withFileLock(path, () => merge(path, added));
  });
}

async function merge(path: string, added: Kubeconfig): Promise<void> {
  const present = await readFile(path);
  const merged: Kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    ...present,
    clusters: replaced(present?.clusters, added.clusters),
    users: replaced(present?.users, added.users),
    contexts: replaced(present?.contexts, added.contexts),
  };
  const current = present?.["current-context"];
  const valid = merged.contexts.some((entry) => entry.name === current);
  await writeFile(path, {
    ...merged,
    "current-context": valid ? current : added["current-context"],
  });
}

/**
 * Removes the entries called `name` from a file: context, cluster and user. A `current-context` of that name is cleared.
 *
 * @param path The file; absent is the same as empty.
 * @param name Name of the entries.
 * @returns false when there was nothing of that name, and nothing was written.
 * @throws {LatticeError} `validation` when the file cannot be parsed, `conflict` when another program holds its lock.
 */
export async function removeFromKubeconfigFile(path: string, name: string): Promise<boolean> {
  if (await readFile(path) === undefined) return false;
  return await changing(path, () => withFileLock(path, () => remove(path, name)));
}

async function remove(path: string, name: string): Promise<boolean> {
  const present = await readFile(path);
  if (!present) return false;
  const others = (entry: Named) => entry.name !== name;
  const rest: Kubeconfig = {
    ...present,
    clusters: present.clusters.filter(others),
    users: present.users.filter(others),
    contexts: present.contexts.filter(others),
  };
  if (present["current-context"] === name) rest["current-context"] = "";
  const count = (config: Kubeconfig) =>
    config.clusters.length + config.users.length + config.contexts.length;
  if (count(rest) === count(present)) return false;
  await writeFile(path, rest);
  return true;
}

function replaced<T extends Named>(present: readonly T[] | undefined, added: readonly T[]): T[] {
  const names = new Set(added.map((entry) => entry.name));
  return [...(present ?? []).filter((entry) => !names.has(entry.name)), ...added];
}

async function readFile(path: string): Promise<Kubeconfig | undefined> {
  try {
    return parseKubeconfig(await Deno.readTextFile(path), path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Replaces the file in one step; a link stays a link, and what it leads to is replaced. */
async function writeFile(path: string, config: Kubeconfig): Promise<void> {
  const target = await Deno.realPath(path).catch(() => path);
  let temporary: string | undefined;
  try {
    temporary = await Deno.makeTempFile({ dir: dirname(target), prefix: `.${basename(target)}.` });
    await writeSynced(temporary, new TextEncoder().encode(toYaml(config)));
    await Deno.rename(temporary, target);
  } catch (error) {
    if (temporary) await Deno.remove(temporary).catch(() => undefined);
    throw error;
  }
}

/** Gives what the file system refuses a name and a remedy. */
async function changing<T>(path: string, change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (cause) {
    if (cause instanceof LatticeError) throw cause;
    throw new LatticeError("unavailable", `Cannot write kubeconfig '${path}'`, {
      file: path,
      remedy: "make the directory writable and its disk not full, or choose another file",
      cause,
    });
  }
}

/** Fills a file that exists (0600, as it was made) and waits until the disk has it. */
async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true });
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  await file.sync();
}

function toYaml(config: Kubeconfig): string {
  // Version 1.1 quotes what older parsers, kubectl's included, would take for booleans or numbers.
  return stringify(config, { version: "1.1", lineWidth: 0 });
}

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}
