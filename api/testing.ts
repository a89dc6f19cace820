/**
 * Files that the tests of parsing share, and how they are judged.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parseCluster, ValidationError } from "./mod.ts";

/** A small local cluster, valid. */
export const LOCAL = `apiVersion: lattice.dev/v1alpha1
kind: LatticeCluster
metadata:
  name: demo
spec:
  providerRef: local
  provider:
    kubernetes:
      version: "1.35.4"
      bootstrap: kubeadm
    config:
      local: {}
  nodes:
    controlPlane: 1
    workerPools:
      general:
        replicas: 2
`;

/** A small valid configuration of each cloud that differs in what it requires. */
export const CONFIGS = {
  aws: `
        region: us-west-2
        cpInstanceType: m5.xlarge
        workerInstanceType: m5.large
        sshKeyName: lattice-key`,
  openstack: `
        externalNetwork: public
        cpFlavor: m1.large
        workerFlavor: m1.medium
        imageName: ubuntu
        sshKeyName: lattice-key`,
  proxmox: `
        controlPlaneEndpoint: 10.0.0.100
        ipv4Pool: {range: 10.0.0.101-110/24, gateway: 10.0.0.1}
        cpCores: 4
        cpMemoryMib: 8192
        cpDiskSizeGb: 40
        workerCores: 4
        workerMemoryMib: 8192
        workerDiskSizeGb: 40`,
};

/**
 * The small cluster with a cloud provider.
 *
 * @param provider Which.
 * @param extra A further line of its configuration.
 */
export function withConfig(provider: keyof typeof CONFIGS, extra = ""): string {
  return LOCAL.replace("providerRef: local", "providerRef: account")
    .replace("local: {}", `${provider}:${CONFIGS[provider]}${extra && `\n        ${extra}`}`);
}

/** A change of a file. */
export type Edit = (text: string) => string;

/** Replaces the size of the pool by other lines. */
export const pool = (lines: string): Edit => (text) => text.replace("replicas: 2", lines);
/** Replaces the first occurrence of a text. */
export const swap = (from: string, to: string): Edit => (text) => text.replace(from, to);

/** A file and why it is refused. */
export interface Case {
  /** The file. */
  input: string;
  /** The whole line that is printed. */
  line: string;
}

/**
 * What is printed for a file, line by line; nothing when it is valid.
 *
 * @param text The file.
 */
export function problemLines(text: string): string[] {
  try {
    parseCluster(text, { file: "c.yaml", versions: ["1.35.4"] });
  } catch (error) {
    assert.ok(error instanceof ValidationError, String(error));
    return error.message.split("\n");
  }
  return [];
}

/**
 * Registers one test for each file that must be refused.
 *
 * @param cases The files by what is wrong with them.
 */
export function testRefusals(cases: Readonly<Record<string, Case>>): void {
  for (const [name, { input, line }] of Object.entries(cases)) {
    Deno.test(`parseCluster() refuses: ${name}`, () => {
      assert.deepEqual(problemLines(input), [line]);
    });
  }
}
