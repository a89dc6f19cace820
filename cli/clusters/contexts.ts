/**
 * Every place where LatticeClusters may be: the contexts of kubeconfigs and the local clusters.
 *
 * @module
 */

import { delimiter, join } from "node:path";
import { LatticeError, ValidationError } from "@lattice/api/errors";
import { listClusters } from "@lattice/providers/local/host";
import { parse } from "yaml";
import { z } from "zod";
import { unreadable } from "../install/request.ts";
import type { Io } from "../io.ts";
import { homeOf } from "../run/state_home.ts";

/** One API server to ask. */
export interface Place {
  /** Kubeconfig file, or several joined by the platform's path separator. */
  readonly kubeconfig: string;
  /** Context in it. */
  readonly context: string;
  /** The local cluster that this is, when it is one. */
  readonly local?: LocalPlace;
}

/** What is known of a local cluster without asking its API server. */
export interface LocalPlace {
  /** Its name. */
  readonly name: string;
  /** Part that it plays. */
  readonly role: "bootstrap" | "workload";
  /** Kubernetes version, without a leading `v`. */
  readonly version: string;
  /** When it was planned, RFC 3339. */
  readonly createdAt: string;
}

/** As much of a kubeconfig as is needed to know its contexts. */
const contextsSchema = z.object({
  contexts: z.array(z.object({ name: z.string() })).nullish(),
}).nullable();

/**
 * Lists the places to look at.
 *
 * @param kubeconfig Value of `--kubeconfig`: that file only, and it must exist.
 * @param io The world: `KUBECONFIG`, `HOME`, `LATTICE_HOME`.
 * @returns The contexts in file order; then, when neither flag nor variable is given, local clusters.
 * @throws {ValidationError} When a file cannot be read or is no kubeconfig.
 */
export async function places(kubeconfig: string | undefined, io: Io): Promise<Place[]> {
  if (kubeconfig !== undefined) return await contextsOf([kubeconfig], true);
  const list = io.env("KUBECONFIG");
  if (list !== undefined) {
    return await contextsOf(list.split(delimiter).filter((path) => path !== ""), false);
  }
  const user = io.env("HOME");
  const [remote, local] = await Promise.all([
    user ? contextsOf([join(user, ".kube", "config")], false) : [],
    localClusters(io),
  ]);
  return [...remote, ...local];
}

async function localClusters(io: Io): Promise<Place[]> {
  const records = await listClusters(homeOf(io));
  return records.map(({ name, role, kubeconfig, version, createdAt }) => ({
    kubeconfig,
    context: name,
    local: { name, role, version, createdAt },
  }));
}

/** Contexts of all files; of two with one name the first wins, as in kubectl. */
async function contextsOf(paths: readonly string[], mustExist: boolean): Promise<Place[]> {
  const found = new Map<string, Place>();
  const kubeconfig = paths.join(delimiter);
  for (const path of new Set(paths)) {
    for (const context of await contextNames(path, mustExist)) {
      if (!found.has(context)) found.set(context, { kubeconfig, context });
    }
  }
  return [...found.values()];
}

async function contextNames(path: string, mustExist: boolean): Promise<string[]> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound && !mustExist) return [];
    throw unreadable("--kubeconfig", path, cause);
  }
  try {
    const config = contextsSchema.parse(parse(text));
    return config?.contexts?.map((each) => each.name) ?? [];
  } catch (cause) {
    if (cause instanceof LatticeError) throw cause;
    throw new ValidationError([{
      file: path,
      field: "contexts",
      reason: "is not a kubeconfig",
      remedy: "name a file that 'kubectl config view --kubeconfig' can read",
    }], cause);
  }
}
