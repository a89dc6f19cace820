/**
 * `lattice install`: the flags; the work is in `install/`.
 *
 * @module
 */

import { type Command, Option } from "commander";
import type { Io } from "../io.ts";
import { needOption, oneOf } from "./parse.ts";

/** Flags of `lattice install` as commander parses them. */
export interface InstallFlags {
  /** Path of the LatticeCluster file, `-` for standard input. */
  readonly file: string;
  /** Operator image. */
  readonly image?: string;
  /** Path of a Docker config file with registry credentials. */
  readonly registryCredentialsFile?: string;
  /** Overrides `spec.provider.kubernetes.bootstrap`. */
  readonly bootstrap?: "kubeadm" | "rke2";
  /** What the bootstrap cluster is made of; default: kind, for local clusters local. */
  readonly bootstrapCluster?: "kind" | "local";
  /** File to merge the new cluster's kubeconfig into. */
  readonly kubeconfigOut?: string;
  /** Only show what would be done. */
  readonly dryRun?: boolean;
  /** Never remove the bootstrap cluster after a failure. */
  readonly keepBootstrapOnFailure?: boolean;
  /** Identity of this run; the same one resumes. */
  readonly runId?: string;
}

const HELP = `
Environment: LATTICE_IMAGE, REGISTRY_CREDENTIALS_FILE, LATTICE_RUN_ID, LATTICE_HOME (state)

Credentials come from the environment, or from a Secret and a CloudProvider in the same file:
  aws        AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION; AWS_SESSION_TOKEN
  proxmox    PROXMOX_URL, PROXMOX_TOKEN, PROXMOX_SECRET
  openstack  OPENSTACK_CLOUD_CONFIG (path of a clouds.yaml), or OS_AUTH_URL, OS_USERNAME,
             OS_PASSWORD, OS_PROJECT_NAME; OPENSTACK_CACERT

Progress goes to stderr; stdout carries only the path of the new kubeconfig (with --dry-run: every
object as YAML). Interrupted or failed? The same command with the same --run-id resumes.

Examples:
  lattice install -f cluster.yaml
  lattice install -f cluster.yaml --dry-run > objects.yaml
  lattice install -f cluster.yaml --bootstrap rke2 --kubeconfig-out ~/.kube/prod.yaml
  lattice install -f aws.yaml --bootstrap-cluster local
  lattice render -f cluster.yaml | kubectl diff -f -`;

/**
 * Adds `install` to the program.
 *
 * @param program The command to add to.
 * @param io The world to run in.
 */
export function addInstall(program: Command, io: Io): void {
  program.command("install")
    .summary("provision a cluster that manages itself")
    .description(
      "Turns one LatticeCluster file into a running cluster that manages itself, through a\n" +
        "temporary bootstrap cluster that is gone when the command ends.",
    )
    .option("-f, --file <PATH>", "LatticeCluster YAML file, - for stdin")
    .option("--image <IMAGE>", "Lattice container image (env: LATTICE_IMAGE)")
    .option(
      "--registry-credentials-file <PATH>",
      "Docker config JSON for private registries (env: REGISTRY_CREDENTIALS_FILE)",
    )
    .addOption(
      new Option("--bootstrap <PROVIDER>", "kubeadm or rke2 (default: as in the file)")
        .argParser(oneOf("kubeadm", "rke2")),
    )
    .addOption(
      new Option(
        "--bootstrap-cluster <KIND>",
        "kind (needs Docker), or local: processes of this machine\n(default: kind; local clusters: local)",
      ).argParser(oneOf("kind", "local")),
    )
    .option("--kubeconfig-out <PATH>", "merge the resulting kubeconfig into this file")
    .option("--dry-run", "show what would be done without making changes")
    .option(
      "--keep-bootstrap-on-failure",
      "keep the bootstrap cluster on failure for debugging",
    )
    .option("--run-id <ID>", "identity of this run; the same one resumes (env: LATTICE_RUN_ID)")
    .addHelpText("after", HELP)
    .action(async (flags: InstallFlags, self: Command) => {
      needOption(self, "file");
      const { install } = await import("../install/install.ts");
      await install(flags, io);
    });
}
