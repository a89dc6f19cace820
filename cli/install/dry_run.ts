/**
 * `lattice install --dry-run`: the plan and every object, with no trace left behind.
 *
 * @module
 */

import { type KubeObject, providerOf } from "@lattice/api";
import { renderCluster } from "@lattice/providers";
import { accountObjects, redacted } from "../credentials/objects.ts";
import type { Io } from "../io.ts";
import { toYamlDocuments } from "../output/yaml.ts";
import type { BootstrapKind } from "../run/bootstrap.ts";
import type { InstallRequest } from "./request.ts";

/**
 * Prints the plan on stderr and, on stdout, the account (values of Secrets hidden), the LatticeCluster and
 * every CAPI object it stands for.
 *
 * @param request A checked request.
 * @param io The world.
 * @throws {ValidationError} When credentials are missing or malformed, after everything was shown.
 */
export function showPlan(request: InstallRequest, io: Io): void {
  const { cluster, runId, kubeconfigOut, account, bootstrapCluster } = request;
  const { name } = cluster.metadata;
  const { version, bootstrap } = cluster.spec.provider.kubernetes;
  const objects: KubeObject[] = [
    ...(account ? redacted(accountObjects(cluster, account)) : []),
    { ...cluster },
    ...renderCluster(cluster),
  ];
  io.stderr(
    `Dry run of cluster '${name}' (provider ${providerOf(cluster)}, Kubernetes ${version}, ` +
      `${bootstrap}), run '${runId}'. It would:\n`,
  );
  stepTitles(name, `lattice-bootstrap-${runId}`, kubeconfigOut, bootstrapCluster)
    .forEach((title, index) => io.stderr(`  ${index + 1}. ${title}\n`));
  io.stderr(
    `Every object of step 3 follows on stdout: ${objects.length}. Nothing was changed.\n`,
  );
  io.stdout(toYamlDocuments(objects));
  if (request.accountProblem !== undefined) throw request.accountProblem;
}

/**
 * The titles of the seven steps.
 *
 * @param name Name of the cluster.
 * @param bootstrap Name of its bootstrap cluster.
 * @param kubeconfigOut Where the kubeconfig is merged into.
 * @param kind What the bootstrap cluster is made of.
 */
export function stepTitles(
  name: string,
  bootstrap: string,
  kubeconfigOut: string | undefined,
  kind: BootstrapKind = "local",
): readonly [string, string, string, string, string, string, string] {
  return [
    kind === "kind"
      ? `Create the bootstrap cluster ${bootstrap} in kind`
      : `Start the bootstrap cluster ${bootstrap}`,
    "Install Cluster API and the operator in it",
    `Provision ${name}`,
    `Wait until ${name} is healthy`,
    `Pivot the Cluster API objects into ${name}`,
    "Remove the bootstrap cluster",
    kubeconfigOut ? `Write the kubeconfig into ${kubeconfigOut}` : "Write the kubeconfig",
  ];
}
