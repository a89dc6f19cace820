/**
 * Types of `CloudProvider`: an account at a provider of machines, and where its credentials are.
 *
 * @module
 */
import type { Condition, ObjectMeta } from "./objects.ts";

/** Types of providers that have accounts; the local provider has none. */
export type CloudType = "aws" | "docker" | "openstack" | "proxmox";

/** Names a Secret. */
export interface SecretReference {
  /** Name of the Secret. */
  name: string;
  /** Namespace of the Secret. Default: `lattice-system`. */
  namespace: string;
}

/** An account at a provider of machines. Namespaced; clusters refer to those in `lattice-system`. */
export interface CloudProvider {
  /** Always `lattice.dev/v1alpha1`. */
  apiVersion: "lattice.dev/v1alpha1";
  /** Always `CloudProvider`. */
  kind: "CloudProvider";
  /** Metadata; `parseDocuments` fills in the namespace `lattice-system`. */
  metadata: ObjectMeta;
  /** What is wanted. */
  spec: CloudProviderSpec;
  /** What was seen; written by the operator only. */
  status?: CloudProviderStatus;
}

/** What is wanted of an account. */
export interface CloudProviderSpec {
  /** Type of the provider. Cannot be changed. */
  type: CloudType;
  /** Region, for people and as the default of the provider's tools. */
  region?: string;
  /** Credentials; needed by every type but docker. */
  credentialsSecretRef?: SecretReference;
  /** What AWS needs beside credentials; only with type aws. */
  aws?: AwsAccount;
  /** What Proxmox needs beside credentials; only with type proxmox. */
  proxmox?: ProxmoxAccount;
  /** What OpenStack needs beside credentials; only with type openstack. */
  openstack?: OpenStackAccount;
  /** Labels for people and selectors. */
  labels?: Record<string, string>;
}

/** An account at AWS. */
export interface AwsAccount {
  /** VPC that clusters of this account share. */
  vpcId?: string;
  /** Subnets of it. */
  subnetIds?: string[];
  /** Key pair of the machines. */
  sshKeyName?: string;
  /** Role that is assumed with the credentials. */
  roleArn?: string;
}

/** An account at a Proxmox VE cluster. */
export interface ProxmoxAccount {
  /** URL of the API, e.g. `https://pve.example.com:8006`. */
  serverUrl: string;
  /** Node that machines are cloned on. */
  node?: string;
  /** Storage for disks. */
  storage?: string;
}

/** A project of an OpenStack cloud. */
export interface OpenStackAccount {
  /** URL of Keystone, e.g. `https://keystone.example.com:5000/v3`. */
  authUrl: string;
  /** Network of the machines. */
  networkId?: string;
  /** Pool of floating IP addresses. */
  floatingIpPool?: string;
}

/** Where an account or a source of secrets is in its life. */
export type ProviderPhase = "Pending" | "Ready" | "Failed";

/** What was seen of an account. */
export interface CloudProviderStatus {
  /** Where it is in its life. */
  phase?: ProviderPhase;
  /** Sentence for people. */
  message?: string;
  /** When the credentials were looked at last, RFC 3339. */
  lastValidated?: string;
  /** Number of clusters that refer to it. */
  clusterCount?: number;
  /** Observed aspects. */
  conditions?: Condition[];
  /** Generation that the status is about. */
  observedGeneration?: number;
}
