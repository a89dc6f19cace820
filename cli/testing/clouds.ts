/**
 * Files and credentials of clouds, for tests. The credentials are made up; the secret ones are long enough
 * to be found wherever they should not be.
 *
 * @module
 */

/** Values that must not show up anywhere, by provider. */
export const SECRETS = {
  aws: "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00",
  proxmox: "5f3e2d1c-aaaa-bbbb-cccc-0123456789ab",
  openstack: "hunter2: #not-in-a-log",
} as const;

/** Environment with complete credentials of each cloud. */
export const ENVIRONMENTS = {
  docker: {},
  aws: {
    AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY: SECRETS.aws,
    AWS_REGION: "us-west-2",
  },
  proxmox: {
    PROXMOX_URL: "https://127.0.0.1:1",
    PROXMOX_TOKEN: "lattice@pve!capi-token",
    PROXMOX_SECRET: SECRETS.proxmox,
  },
  openstack: {
    OS_AUTH_URL: "http://127.0.0.1:1/v3",
    OS_USERNAME: "lattice",
    OS_PASSWORD: SECRETS.openstack,
    OS_PROJECT_NAME: "clusters",
  },
} as const;

const CONFIGS = {
  docker: "docker: {}",
  aws: "aws: {region: us-west-2, cpInstanceType: m5.xlarge, workerInstanceType: m5.large, " +
    "sshKeyName: lattice-key}",
  proxmox: "proxmox: {controlPlaneEndpoint: 10.0.0.100, " +
    "ipv4Pool: {range: 10.0.0.101-120/24, gateway: 10.0.0.1}, " +
    "cpCores: 4, cpMemoryMib: 8192, cpDiskSizeGb: 40, " +
    "workerCores: 4, workerMemoryMib: 8192, workerDiskSizeGb: 40, sourceNode: pve1}",
  openstack: "openstack: {externalNetwork: public, cpFlavor: m1.large, workerFlavor: m1.medium, " +
    "imageName: ubuntu, sshKeyName: lattice-key}",
} as const;

/** A provider with a manager of its own. */
export type CloudName = keyof typeof CONFIGS;

/**
 * The file of a small cluster at a cloud.
 *
 * @param cloud The provider.
 * @param name Name of the cluster.
 * @param bootstrap Bootstrap provider.
 */
export function cloudYaml(cloud: CloudName, name = "c1", bootstrap = "kubeadm"): string {
  return `apiVersion: lattice.dev/v1alpha1
kind: LatticeCluster
metadata:
  name: ${name}
spec:
  providerRef: ${cloud}
  provider:
    kubernetes:
      version: "1.35.4"
      bootstrap: ${bootstrap}
    config:
      ${CONFIGS[cloud]}
  nodes:
    controlPlane: 1
    workerPools:
      general:
        replicas: 1
`;
}
