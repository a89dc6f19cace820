/**
 * What an install was asked to do: reads the file and the flags, and refuses what cannot work before
 * anything is created.
 *
 * @module
 */

import { resolve } from "node:path";
import { type Bootstrap, type LatticeCluster, parseCluster, providerOf } from "@lattice/api";
import { LatticeError, ValidationError } from "@lattice/api/errors";
import { locateTools, type Tools } from "../../tools/locate.ts";
import type { InstallFlags } from "../commands/install.ts";
import { type InstallDocuments, readDocuments } from "../credentials/documents.ts";
import { type Account, readAccount } from "../credentials/read.ts";
import type { Io } from "../io.ts";
import type { BootstrapKind } from "../run/bootstrap.ts";
import { chooseRunId } from "../run/run_id.ts";

/** The image that runs the operator where operators are containers. */
export const DEFAULT_IMAGE = "ghcr.io/evan-hines-js/lattice:latest";

/** A checked request. */
export interface InstallRequest {
  /** The cluster to install, with overrides and defaults in it. */
  readonly cluster: LatticeCluster;
  /** Identity of the run. */
  readonly runId: string;
  /** `-f` as it was given, for messages. */
  readonly file: string;
  /** Built components; absent for the dry run of a cloud, which needs none. */
  readonly tools: Tools | undefined;
  /** Account at the cloud's provider; absent for local clusters. */
  readonly account: Account | undefined;
  /** Why a dry run has no account: what is missing or malformed. */
  readonly accountProblem: LatticeError | undefined;
  /** What the bootstrap cluster is made of. */
  readonly bootstrapCluster: BootstrapKind;
  /** Text of the Docker config file; secret. */
  readonly registryCredentials: string | undefined;
  /** File to merge the kubeconfig into, absolute. */
  readonly kubeconfigOut: string | undefined;
  /** Operator image. */
  readonly image: string;
  /** Things to tell the user that are no errors. */
  readonly notes: readonly string[];
}

/**
 * Reads and checks everything that can be checked without looking at other clusters.
 *
 * @param flags The command line.
 * @param io The world.
 * @throws {ValidationError} For whatever is wrong with the input.
 * @throws {LatticeError} `prerequisite` when a local cluster is wanted and nothing was built yet.
 */
export async function readRequest(flags: InstallFlags, io: Io): Promise<InstallRequest> {
  const runId = chooseRunId(flags.runId, io);
  const text = await readClusterFile(flags.file, io);
  const documents = readDocuments(text, nameOf(flags.file));
  const parsed = parse(documents.cluster, flags.file, flags.bootstrap);
  const local = providerOf(parsed) === "local";
  // A local cluster stands alone in its file: whatever stands beside it is refused by its parser.
  if (local && documents.cluster !== text) parse(text, flags.file, flags.bootstrap);
  const credentials = flags.registryCredentialsFile ?? io.env("REGISTRY_CREDENTIALS_FILE");
  const registryCredentials = credentials && await readRegistryCredentials(credentials);
  const kubeconfigOut = flags.kubeconfigOut && resolve(flags.kubeconfigOut);
  if (kubeconfigOut) await checkKubeconfigOut(kubeconfigOut);
  const { account, accountProblem } = await accountOf(parsed, documents, flags, io);
  const tools = local || !flags.dryRun ? await locateTools() : undefined;
  // Parsed again with what the set-up built: an unknown field is worth telling even without it.
  const cluster = local && tools
    ? parse(text, flags.file, flags.bootstrap, [tools.versions.kubernetes])
    : parsed;
  const image = flags.image ?? io.env("LATTICE_IMAGE");
  const unused = [image && "--image", credentials && "--registry-credentials-file"]
    .filter((flag) => flag !== undefined);
  return {
    cluster,
    runId,
    file: flags.file,
    tools,
    account,
    accountProblem,
    bootstrapCluster: bootstrapOf(flags, local),
    registryCredentials: registryCredentials || undefined,
    kubeconfigOut: kubeconfigOut || undefined,
    image: image ?? DEFAULT_IMAGE,
    notes: local && unused.length > 0
      ? [
        `note: ${
          unused.join(" and ")
        } not used: a local cluster runs the operator from this Lattice`,
      ]
      : [],
  };
}

/**
 * Reads the text of a LatticeCluster file.
 *
 * @param file Path, or `-` for standard input.
 * @param io The world.
 * @throws {ValidationError} When it cannot be read.
 */
export async function readClusterFile(file: string, io: Io): Promise<string> {
  try {
    return file === "-" ? await io.readStdin() : await Deno.readTextFile(file);
  } catch (cause) {
    throw unreadable("--file", file, cause);
  }
}

/**
 * Parses a LatticeCluster with the overrides of the command line.
 *
 * @param text YAML.
 * @param file Where it came from, for messages.
 * @param bootstrap Value of `--bootstrap`.
 * @param versions Kubernetes versions that can be installed here; left out, any will do.
 */
export function parse(
  text: string,
  file: string,
  bootstrap?: Bootstrap,
  versions?: readonly string[],
): LatticeCluster {
  return parseCluster(text, {
    file: nameOf(file),
    ...(bootstrap && { bootstrap }),
    ...(versions && { versions }),
  });
}

/** A dry run shows everything else before it says what is wrong with the credentials. */
async function accountOf(
  cluster: LatticeCluster,
  documents: InstallDocuments,
  flags: InstallFlags,
  io: Io,
): Promise<Pick<InstallRequest, "account" | "accountProblem">> {
  try {
    const account = await readAccount(cluster, documents, io, nameOf(flags.file));
    return { account, accountProblem: undefined };
  } catch (error) {
    if (!flags.dryRun || !(error instanceof LatticeError)) throw error;
    return { account: undefined, accountProblem: error };
  }
}

/** A local cluster needs no kind, and could not move out of it. */
function bootstrapOf({ bootstrapCluster }: InstallFlags, local: boolean): BootstrapKind {
  if (!local) return bootstrapCluster ?? "kind";
  if (bootstrapCluster !== "kind") return "local";
  throw new ValidationError([{
    field: "--bootstrap-cluster",
    reason: "a local cluster cannot be bootstrapped in kind",
    remedy: "leave it out",
  }]);
}

function nameOf(file: string): string {
  return file === "-" ? "<stdin>" : file;
}

async function readRegistryCredentials(path: string): Promise<string> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (cause) {
    throw unreadable("--registry-credentials-file", path, cause);
  }
  try {
    const config: unknown = JSON.parse(text);
    if (typeof config === "object" && config !== null && "auths" in config) return text;
  } catch {
    // Falls through: the parser's words would quote the file, which holds secrets.
  }
  throw new ValidationError([{
    file: path,
    field: "--registry-credentials-file",
    reason: "is not a Docker config file: there is no JSON object with 'auths'",
    remedy: "write it with 'docker login', or copy ~/.docker/config.json",
  }]);
}

/** Refuses a target that could not take a kubeconfig when the cluster is there at last. */
async function checkKubeconfigOut(path: string): Promise<void> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (!info?.isDirectory) return;
  throw new ValidationError([{
    field: "--kubeconfig-out",
    reason: `'${path}' is a directory`,
    remedy: "name a file in it",
  }]);
}

/**
 * Explains why a file that the user named cannot be read.
 *
 * @param field The flag that named it.
 * @param path Its path.
 * @param cause What the system said.
 */
export function unreadable(field: string, path: string, cause: unknown): ValidationError {
  const reason = cause instanceof Deno.errors.NotFound
    ? "there is no such file"
    : `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new ValidationError([{
    file: path,
    field,
    reason,
    remedy: "name an existing, readable file",
  }], cause);
}
