/**
 * The keys and certificates of a local cluster.
 *
 * One authority signs everything that the API server trusts. etcd has an authority of its own: it knows no
 * roles, so any certificate that it accepted would be a way around the API server's access control.
 *
 * @module
 */

import {
  type CertificateAndKey,
  issue,
  type IssueOptions,
  newCertificateAuthority,
  newKeyPair,
} from "@lattice/crypto/pki";
import { dirname, join } from "node:path";
import { allEnded, makeDirectory, readIfExists, writeAtomically } from "./files.ts";
import type { ClusterPaths } from "./layout.ts";
import type { ManagerId } from "./model.ts";

/**
 * Local clusters are never reached from another machine and nobody renews for them, so their
 * certificates live as long as such a cluster may.
 */
const VALIDITY_DAYS = 3650;
const LOOPBACK = "127.0.0.1";

/** Address of the Service `kubernetes`: the first of the service range. */
export const KUBERNETES_SERVICE_IP = "10.128.0.1";

/** Who a client is to the API server. */
interface Identity {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

/** Identities that get a kubeconfig of their own, by the name of the file. */
export const IDENTITIES = {
  admin: { commonName: "kubernetes-admin", organizations: ["system:masters"] },
  operator: { commonName: "lattice-operator" },
  capi: { commonName: "capi-manager" },
  kwok: { commonName: "kwok-controller" },
  "kube-controller-manager": { commonName: "system:kube-controller-manager" },
  "kube-scheduler": { commonName: "system:kube-scheduler" },
} as const satisfies Record<string, Identity>;

/** Name of an identity. */
export type IdentityName = keyof typeof IDENTITIES;

/** Paths of certificate and key of one holder. */
export interface CertificateFiles {
  /** Certificate, PEM. */
  cert: string;
  /** Private key, PEM. */
  key: string;
}

/** Paths of everything under `pki/`. */
export interface MaterialPaths {
  /** Authority of the cluster. */
  ca: CertificateFiles;
  /** Authority of etcd. */
  etcdCa: CertificateFiles;
  /** etcd as a server, to clients and peers. */
  etcd: CertificateFiles;
  /** API server as a client of etcd; the supervisor probes with it, too. */
  etcdClient: CertificateFiles;
  /** API server as a server. */
  apiServer: CertificateFiles;
  /** API server as a client of kubelets. */
  kubeletClient: CertificateFiles;
  /** Serving certificate of the controller-manager. */
  controllerManager: CertificateFiles;
  /** Serving certificate of the scheduler. */
  scheduler: CertificateFiles;
  /** Serving certificate of kwok, which answers for all kubelets. */
  kwok: CertificateFiles;
  /** Serving certificate of the CAPI manager's webhooks. */
  webhook: CertificateFiles;
  /** Client certificate of each identity. */
  clients: Record<IdentityName, CertificateFiles>;
  /** Key that signs service-account tokens, and its public half. */
  serviceAccount: { key: string; publicKey: string };
}

/** Paths of the material of a cluster. */
export function materialPaths(pki: string): MaterialPaths {
  const pair = (name: string): CertificateFiles => ({
    cert: join(pki, `${name}.crt`),
    key: join(pki, `${name}.key`),
  });
  return {
    ca: pair("ca"),
    etcdCa: pair("etcd-ca"),
    etcd: pair("etcd"),
    etcdClient: pair("apiserver-etcd-client"),
    apiServer: pair("apiserver"),
    kubeletClient: pair("apiserver-kubelet-client"),
    controllerManager: pair("kube-controller-manager"),
    scheduler: pair("kube-scheduler"),
    kwok: pair("kwok"),
    webhook: pair("webhook/tls"),
    clients: {
      admin: pair("client-admin"),
      operator: pair("client-operator"),
      capi: pair("client-capi"),
      kwok: pair("client-kwok"),
      "kube-controller-manager": pair("client-kube-controller-manager"),
      "kube-scheduler": pair("client-kube-scheduler"),
    },
    serviceAccount: { key: join(pki, "sa.key"), publicKey: join(pki, "sa.pub") },
  };
}

/**
 * Client certificate of one identity, or of a manager.
 *
 * @param pki folder of the material
 * @param name the identity; a manager's common name is its own name
 */
export function clientFiles(pki: string, name: IdentityName | ManagerId): CertificateFiles {
  return { cert: join(pki, `client-${name}.crt`), key: join(pki, `client-${name}.key`) };
}

/** Names of all identities. */
export const IDENTITY_NAMES: readonly IdentityName[] = Object.keys(IDENTITIES) as IdentityName[];

/** What {@linkcode writeMaterial} made or found. */
export interface Material {
  /** Certificate of the cluster's authority, PEM. */
  caPem: string;
  /** Client certificate and key of each identity. */
  clients: Map<IdentityName | ManagerId, CertificateAndKey>;
}

/**
 * Writes every key and certificate of a cluster that is not there yet.
 *
 * @param paths where the cluster's files are (the directory may be a staging one)
 * @param certSANs extra DNS names and IP addresses of the API server
 * @param renewApiServer issue the API server's certificate even if there is one: its names changed
 * @param managers managers beside the usual components
 */
export async function writeMaterial(
  paths: ClusterPaths,
  certSANs: readonly string[],
  renewApiServer: boolean,
  managers: readonly ManagerId[] = [],
): Promise<Material> {
  const files = materialPaths(paths.pki);
  await makeDirectory(dirname(files.webhook.cert));
  const [ca, etcdCa] = await allEnded([
    ensure(files.ca, () => authority("lattice-local-ca")),
    ensure(files.etcdCa, () => authority("lattice-local-etcd-ca")),
    ensureServiceAccountKey(files.serviceAccount),
  ]);
  const fromCa = (options: Wish): () => Promise<CertificateAndKey> => () =>
    issue(ca, { ...options, days: VALIDITY_DAYS });
  const fromEtcdCa = (options: Wish): () => Promise<CertificateAndKey> => () =>
    issue(etcdCa, { ...options, days: VALIDITY_DAYS });
  await allEnded([
    ensure(files.etcd, fromEtcdCa(server("etcd", "client"))),
    ensure(files.etcdClient, fromEtcdCa(client("kube-apiserver-etcd-client"))),
    ensure(files.apiServer, fromCa(apiServer(certSANs)), renewApiServer),
    ensure(files.kubeletClient, fromCa(client("kube-apiserver-kubelet-client"))),
    ensure(files.controllerManager, fromCa(server("kube-controller-manager"))),
    ensure(files.scheduler, fromCa(server("kube-scheduler"))),
    ensure(files.kwok, fromCa(server("kwok"))),
    ensure(files.webhook, fromCa(server("capi-webhook"))),
  ]);
  const identities = [
    ...IDENTITY_NAMES.map((name) => [name, IDENTITIES[name]] as const),
    ...managers.map((name) => [name, { commonName: name }] as const),
  ];
  const clients = await allEnded(identities.map(async ([name, identity]) => {
    const make = fromCa({ ...identity, usages: ["client"] });
    return [name, await ensure(clientFiles(paths.pki, name), make)] as const;
  }));
  return { caPem: ca.certPem, clients: new Map(clients) };
}

type Wish = Omit<IssueOptions, "days">;

function server(commonName: string, ...more: "client"[]): Wish {
  return {
    commonName,
    dnsNames: ["localhost"],
    ipAddresses: [LOOPBACK],
    usages: ["server", ...more],
  };
}

function client(commonName: string): Wish {
  return { commonName, usages: ["client"] };
}

function apiServer(certSANs: readonly string[]): Wish {
  const service = "kubernetes.default.svc";
  const addresses = certSANs.filter(isAddress);
  return {
    commonName: "kube-apiserver",
    dnsNames: unique([
      "localhost",
      "kubernetes",
      "kubernetes.default",
      service,
      `${service}.cluster.local`,
      ...certSANs.filter((name) => !isAddress(name)),
    ]),
    ipAddresses: unique([LOOPBACK, KUBERNETES_SERVICE_IP, ...addresses]),
    usages: ["server"],
  };
}

function isAddress(name: string): boolean {
  return name.includes(":") || /^\d{1,3}(\.\d{1,3}){3}$/.test(name);
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function authority(commonName: string): Promise<CertificateAndKey> {
  return newCertificateAuthority({ commonName, days: VALIDITY_DAYS });
}

async function ensure(
  files: CertificateFiles,
  make: () => Promise<CertificateAndKey>,
  renew = false,
): Promise<CertificateAndKey> {
  const [certPem, keyPem] = await allEnded([readIfExists(files.cert), readIfExists(files.key)]);
  if (certPem !== undefined && keyPem !== undefined && !renew) return { certPem, keyPem };
  const made = await make();
  await writeAtomically(files.key, made.keyPem);
  await writeAtomically(files.cert, made.certPem);
  return made;
}

async function ensureServiceAccountKey(files: MaterialPaths["serviceAccount"]): Promise<void> {
  if (await readIfExists(files.publicKey) !== undefined) return;
  const { privatePem, publicPem } = await newKeyPair();
  await writeAtomically(files.key, privatePem);
  await writeAtomically(files.publicKey, publicPem);
}
