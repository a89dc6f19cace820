/**
 * Finds the credentials of a cluster's provider before anything is created: in a Secret of the file,
 * else in the environment.
 *
 * *Guarantees*: everything that is missing is named at once; what is there is checked as far as it can be
 * without asking the provider; no message holds a secret.
 *
 * @module
 */

import {
  type CloudProvider,
  type CloudType,
  type LatticeCluster,
  type Problem,
  providerOf,
  type SecretReference,
  SYSTEM_NAMESPACE,
} from "@lattice/api";
import { ValidationError } from "@lattice/api/errors";
import { CREDENTIALS } from "@lattice/providers";
import type { Io } from "../io.ts";
import type { FileSecret, InstallDocuments } from "./documents.ts";
import { openStackFromEnvironment, openStackSecrets } from "./openstack.ts";
import { credentialProblems, type Origin } from "./problems.ts";

/** The account that a cluster uses. */
export interface Account {
  /** Type of its provider. */
  readonly type: CloudType;
  /** The CloudProvider, as the cluster's `providerRef` names it. */
  readonly provider: CloudProvider;
  /** Secret with the credentials, and its decoded data; absent for docker. */
  readonly secret:
    | { readonly ref: SecretReference; readonly data: Record<string, string> }
    | undefined;
  /** Values that must never be shown. */
  readonly secrets: readonly string[];
}

/**
 * Reads and checks the account of a cluster.
 *
 * @param cluster A valid cluster.
 * @param documents What else its file holds.
 * @param io The world.
 * @param file Name of the file, for messages.
 * @returns The account; `undefined` for a local cluster, which has none.
 * @throws {ValidationError} Naming everything that is missing or malformed.
 */
export async function readAccount(
  cluster: LatticeCluster,
  documents: Pick<InstallDocuments, "accounts" | "secrets">,
  io: Io,
  file: string,
): Promise<Account | undefined> {
  const type = providerOf(cluster);
  const [stray] = documents.accounts.filter(({ metadata }) =>
    metadata.name !== cluster.spec.providerRef || metadata.namespace !== SYSTEM_NAMESPACE
  );
  if (stray) throw unused(stray, cluster, file);
  if (type === "local") return undefined;
  const written = documents.accounts[0];
  if (written && written.spec.type !== type) throw otherType(written, type, file);
  if (type === "docker") {
    return { type, provider: accountOf(cluster, type, written), secret: undefined, secrets: [] };
  }
  const own = cluster.spec.provider.credentialsSecretRef ?? written?.spec.credentialsSecretRef;
  const ref = own ?? { name: CREDENTIALS[type].secretName, namespace: SYSTEM_NAMESPACE };
  if (ref.namespace !== SYSTEM_NAMESPACE) throw elsewhere(ref, file);
  const found = documents.secrets.find((each) =>
    each.name === ref.name && each.namespace === ref.namespace
  );
  const origin = found ? inFile(found, file) : inEnvironment(ref, file);
  const data = found
    ? withCloud(type, found.data, cluster)
    : await fromEnvironment(type, cluster, io, origin);
  const [first, ...rest] = credentialProblems(type, data, origin, cluster);
  if (first !== undefined) throw new ValidationError([first, ...rest]);
  return {
    type,
    provider: accountOf(cluster, type, written, ref),
    secret: { ref, data },
    secrets: secretsOf(type, data),
  };
}

async function fromEnvironment(
  type: Exclude<CloudType, "docker">,
  cluster: LatticeCluster,
  io: Io,
  origin: Origin,
): Promise<Record<string, string>> {
  if (type === "openstack") return await openStackFromEnvironment(io, cloudOf(cluster), origin);
  const values = CREDENTIALS[type].fields.map(({ key, variables }) =>
    [key, variables.map((name) => io.env(name)).find((value) => value !== undefined)] as const
  );
  return Object.fromEntries(values.flatMap(([key, value]) => value ? [[key, value]] : []));
}

/** The name of the cloud may be left out of a Secret: the cluster says it. */
function withCloud(
  type: CloudType,
  data: Readonly<Record<string, string>>,
  cluster: LatticeCluster,
): Record<string, string> {
  return type === "openstack" ? { ...data, cloud: cloudOf(cluster) } : { ...data };
}

function cloudOf({ spec }: LatticeCluster): string {
  return spec.provider.config.openstack?.cloudName ?? "openstack";
}

function secretsOf(
  type: Exclude<CloudType, "docker">,
  data: Readonly<Record<string, string>>,
): string[] {
  if (type === "openstack") return openStackSecrets(data["clouds.yaml"] ?? "");
  return CREDENTIALS[type].fields.flatMap(({ key, secret }) =>
    secret && data[key] ? [data[key]] : []
  );
}

function accountOf(
  { spec }: LatticeCluster,
  type: CloudType,
  written: CloudProvider | undefined,
  ref?: SecretReference,
): CloudProvider {
  const region = spec.provider.config.aws?.region;
  return {
    apiVersion: "lattice.dev/v1alpha1",
    kind: "CloudProvider",
    metadata: { name: spec.providerRef, namespace: SYSTEM_NAMESPACE, ...written?.metadata },
    spec: {
      type,
      ...(region !== undefined && { region }),
      ...written?.spec,
      ...(ref && { credentialsSecretRef: written?.spec.credentialsSecretRef ?? ref }),
    },
  };
}

function inFile({ namespace, name, line }: FileSecret, file: string): Origin {
  return {
    file,
    line,
    nameOf: ({ key }) => `Secret ${namespace}/${name}, key ${key}`,
    remedy: () => "write the values below stringData",
  };
}

function inEnvironment({ namespace, name }: SecretReference, file: string): Origin {
  return {
    nameOf: ({ variables }) => variables.join(" or "),
    remedy: (names) =>
      `set ${names.length === 1 ? "it" : "them"} in the environment, or add Secret ` +
      `${namespace}/${name} to ${file}`,
  };
}

function refuse(problem: Problem): ValidationError {
  return new ValidationError([problem]);
}

function unused({ metadata }: CloudProvider, { spec }: LatticeCluster, file: string) {
  return refuse({
    file,
    field: "spec.providerRef",
    reason:
      `is ${spec.providerRef}, but the file holds CloudProvider ${metadata.namespace}/${metadata.name}`,
    remedy:
      `keep only CloudProvider ${SYSTEM_NAMESPACE}/${spec.providerRef}, or refer to the other one`,
  });
}

function otherType({ metadata, spec }: CloudProvider, type: string, file: string) {
  return refuse({
    file,
    field: "spec.providerRef",
    reason:
      `CloudProvider ${metadata.name} is of type ${spec.type}, the cluster's provider is ${type}`,
    remedy: `refer to a CloudProvider of type ${type}`,
  });
}

function elsewhere({ namespace, name }: SecretReference, file: string) {
  return refuse({
    file,
    field: "credentialsSecretRef.namespace",
    reason: `is ${namespace}: credentials travel with a cluster only from ${SYSTEM_NAMESPACE}`,
    remedy: `keep Secret ${name} in ${SYSTEM_NAMESPACE} and leave namespace out`,
  });
}
