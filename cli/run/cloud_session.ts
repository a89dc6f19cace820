/**
 * What the steps of an install in a cloud work with.
 *
 * @module
 */

import { bareVersion, type LatticeCluster } from "@lattice/api";
import type { Account } from "../credentials/read.ts";
import type { BootstrapCluster } from "./bootstrap.ts";
import type { Session } from "./session.ts";

/** The context of one install in a cloud. */
export interface CloudSession extends Session {
  /** The account that the machines are made with. */
  readonly account: Account;
  /** What is to be installed. */
  readonly wanted: LatticeCluster;
  /** Image of the operator. */
  readonly image: string;
  /** Docker config with credentials of registries; secret. */
  readonly registryCredentials: string | undefined;
  /** Hides secrets in texts that others wrote. */
  readonly hide: (text: string) => string;
  /** The bootstrap cluster. */
  readonly bootstrap: BootstrapCluster;
  /** Path of the new cluster's kubeconfig, from the moment that there is one. */
  readonly targetKubeconfig: string;
}

/**
 * The Kubernetes version of the new cluster.
 *
 * @param session The install.
 * @returns Without a leading `v` and without a distribution's suffix.
 */
export function versionOf({ wanted }: Pick<CloudSession, "wanted">): string {
  return bareVersion(wanted.spec.provider.kubernetes.version);
}
