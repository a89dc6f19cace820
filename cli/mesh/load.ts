/**
 * Reads Lattice's objects from files, folders and standard input.
 *
 * @module
 */

import { join } from "node:path";
import {
  type LatticeObject,
  objectKey,
  type ParsedObject,
  parseDocuments,
  type Problem,
} from "@lattice/api";
import { ValidationError } from "@lattice/api/errors";
import { unreadable } from "../install/request.ts";
import type { Io } from "../io.ts";

/** A valid object and where it is written. */
export interface Loaded {
  /** The object, with defaults. */
  readonly object: LatticeObject;
  /** Name of its file; absent when a cluster has it. */
  readonly file?: string;
  /** Line where it starts, counted from 1. */
  readonly line?: number;
}

/** What a set of sources holds. */
export interface Collection {
  /** Valid objects, in the order of the sources. */
  readonly loaded: readonly Loaded[];
  /** What is wrong with the others. */
  readonly problems: readonly Problem[];
  /** Objects that are there, but not valid: `KIND namespace/name`, and what is wrong. */
  readonly broken: readonly { readonly identity: string; readonly problems: readonly Problem[] }[];
}

const EXTENSION = /\.(?:ya?ml|json)$/;

/**
 * Reads files, folders (with everything below them that ends in .yaml, .yml or .json) and `-`.
 *
 * @param paths What to read, in order.
 * @param io The world.
 * @throws {ValidationError} When a path cannot be read.
 */
export async function loadPaths(paths: readonly string[], io: Io): Promise<Collection> {
  const files = (await Promise.all([...new Set(paths)].map(filesOf))).flat();
  const parsed: { file: string; all: readonly ParsedObject[] }[] = [];
  for (const file of new Set(files)) {
    const name = file === "-" ? "<stdin>" : file;
    parsed.push({ file: name, all: parseDocuments(await textOf(file, io), { file: name }) });
  }
  return collection(parsed.flatMap(({ file, all }) => all.map((each) => ({ file, ...each }))));
}

/**
 * Checks what a cluster returned as if it were a file.
 *
 * @param objects Objects of Lattice's kinds.
 */
export function loadObjects(objects: readonly { metadata: { name: string } }[]): Collection {
  return collection(objects.flatMap((object) => parseDocuments(JSON.stringify(object))));
}

/** One object that is whole or not, and its file. */
type Sourced = ParsedObject & { readonly file?: string };

function collection(all: readonly Sourced[]): Collection {
  const seen = new Map<string, Sourced>();
  const loaded: Loaded[] = [];
  const problems: Problem[] = [];
  const broken: { identity: string; problems: readonly Problem[] }[] = [];
  for (const each of all) {
    problems.push(...each.problems);
    if (each.object === undefined) {
      broken.push({ identity: `${each.kind} ${each.key}`, problems: each.problems });
      continue;
    }
    const identity = identityOf(each.object);
    const first = seen.get(identity);
    if (first !== undefined) problems.push(duplicate(each, first));
    else {
      seen.set(identity, each);
      const { object, file, line } = each;
      loaded.push({ object, ...(file !== undefined && { file, line }) });
    }
  }
  return { loaded, problems, broken };
}

/**
 * What two versions of one object have in common.
 *
 * @param object The object.
 * @returns `KIND namespace/name`.
 */
export function identityOf(object: LatticeObject): string {
  const key = object.kind === "LatticeCluster" ? object.metadata.name : objectKey(object);
  return `${object.kind} ${key}`;
}

function duplicate({ kind, key, file, line }: Sourced, first: Sourced): Problem {
  return {
    field: "metadata.name",
    reason: `${kind} ${key} is declared twice; the first is in ${first.file}:${first.line}`,
    remedy: "keep one of them",
    ...(file !== undefined && { file, line }),
  };
}

async function textOf(file: string, io: Io): Promise<string> {
  try {
    return file === "-" ? await io.readStdin() : await Deno.readTextFile(file);
  } catch (cause) {
    throw unreadable("--file", file, cause);
  }
}

async function filesOf(path: string): Promise<string[]> {
  if (path === "-") return [path];
  try {
    if (!(await Deno.stat(path)).isDirectory) return [path];
    const found = await filesBelow(path);
    if (found.length > 0) return found;
  } catch (cause) {
    throw unreadable("--file", path, cause);
  }
  throw new ValidationError([{
    file: path,
    field: "",
    reason: "holds no .yaml, .yml or .json file",
    remedy: "name a file, or a folder that holds some",
  }]);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  const found = await Promise.all(entries.map(async ({ name, isDirectory, isFile, isSymlink }) => {
    const path = join(folder, name);
    if (isDirectory) return await filesBelow(path);
    // A link to a folder could lead back here.
    const plain = isFile || (isSymlink && (await Deno.stat(path)).isFile);
    return plain && EXTENSION.test(name) ? [path] : [];
  }));
  return found.flat();
}
