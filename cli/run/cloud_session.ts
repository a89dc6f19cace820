/**
 * What the steps of an install in a cloud work with.
 *
 * @module
 */

import type { RegistryOptions } from "@lattice/addons";
import type { LatticeCluster } from "@lattice/api";
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
  /** Where images come from; holds secrets. */
  readonly registry: RegistryOptions | undefined;
  /** Hides secrets in texts that others wrote. */
  readonly hide: (text: string) => string;
  /** The bootstrap cluster. */
  readonly bootstrap: BootstrapCluster;
  /** Path of the new cluster's kubeconfig, from the moment that there is one. */
  readonly targetKubeconfig: string;
}
