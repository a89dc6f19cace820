/**
 * Installing Cluster API as pods: what clusterctl is told. Secrets go through its environment.
 *
 * @module
 */

import type { Component } from "@lattice/providers";
import { CLUSTERCTL, clusterctlVariables, versions } from "@lattice/providers";
import type { CloudType } from "@lattice/api";
import { redactor } from "../credentials/objects.ts";
import type { CloudSession } from "./cloud_session.ts";
import { DEADLINES } from "./deadlines.ts";
import { runProgram } from "./programs.ts";

/** Version of each infrastructure provider, by its name in `versions.json`. */
const INFRASTRUCTURE: Readonly<Record<CloudType, Component>> = {
  aws: "capa",
  docker: "capi",
  openstack: "capo",
  proxmox: "capmox",
};

/**
 * Arguments of `clusterctl init`. Both families of bootstrap providers are always installed: a cluster may
 * get children of either.
 *
 * @param type Provider of the machines.
 * @param kubeconfig Path of the cluster's kubeconfig.
 * @param config Path of a clusterctl configuration; default: the projects' own releases.
 */
export function initArguments(type: CloudType, kubeconfig: string, config?: string): string[] {
  const { infrastructure, ipam } = CLUSTERCTL[type];
  const nodes = `kubeadm:v${versions.capi},rke2:v${versions.caprke2}`;
  return [
    "init",
    `--kubeconfig=${kubeconfig}`,
    `--core=cluster-api:v${versions.capi}`,
    `--bootstrap=${nodes}`,
    `--control-plane=${nodes}`,
    `--infrastructure=${infrastructure}:v${versions[INFRASTRUCTURE[type]]}`,
    ...(ipam === undefined ? [] : [`--ipam=${ipam}:v${versions.ipamInCluster}`]),
    "--wait-providers",
    ...(config === undefined ? [] : [`--config=${config}`]),
  ];
}

/**
 * Installs Cluster API and the providers of the session's account as pods. What is installed already stays.
 *
 * @param session The install.
 * @param kubeconfig Path of the cluster's kubeconfig.
 * @throws {LatticeError} When clusterctl fails; no secret is in its words.
 */
export async function initClusterApi(
  session: Pick<CloudSession, "account" | "tools" | "io" | "signal" | "hide">,
  kubeconfig: string,
): Promise<void> {
  const { account: { type, secret }, tools, io, signal, hide } = session;
  const variables = clusterctlVariables(type, secret?.data ?? {});
  const hideVariables = redactor(Object.values(variables));
  await runProgram({
    program: tools.bin("clusterctl"),
    args: initArguments(type, kubeconfig, io.env("CLUSTERCTL_CONFIG")),
    env: {
      ...variables,
      CLUSTERCTL_DISABLE_VERSIONCHECK: "true",
      EXP_MACHINE_TAINT_PROPAGATION: "true",
      // clusterctl asks GitHub through the Go proxy first; in vain where versions are pinned.
      GOPROXY: "off",
    },
    timeoutMs: DEADLINES.clusterctl,
    signal,
    hide: (text) => hideVariables(hide(text)),
  });
}
