/**
 * A real API server with the real admission webhooks of Cluster API and of the providers: their managers run as
 * processes and answer on loopback. Their controllers look at an empty namespace, so that what a test writes stays as it
 * is.
 *
 * @module
 */
import { join } from "node:path";
import { issue, newCertificateAuthority } from "@lattice/crypto/pki";
import { connect, type KubeClient } from "@lattice/kube";
import { locateTools } from "../../tools/locate.ts";
import { locateSet } from "../../tools/sets/locate.ts";
import type { SetName } from "../../tools/sets/recipe.ts";
import { startApiServer } from "./apiserver.ts";
import { type ProviderProgram, Providers } from "./capi/providers.ts";
import { groupKind, installCrds, providerCrds, withoutConversion } from "./provider_crds.ts";

const START_MS = 300_000;
const IDLE = ["--namespace=nowhere"];

/** The managers of each set, in the order in which they start. */
const MANAGERS: readonly {
  readonly set: SetName;
  readonly name: string;
  readonly flags?: "kubebuilder";
}[] = [
  { set: "kubeadm", name: "kubeadm-bootstrap" },
  { set: "kubeadm", name: "kubeadm-control-plane" },
  { set: "kubeadm", name: "capd" },
  { set: "rke2", name: "rke2-bootstrap" },
  { set: "rke2", name: "rke2-control-plane" },
  { set: "openstack", name: "capo" },
  { set: "proxmox", name: "capmox", flags: "kubebuilder" },
  { set: "aws", name: "capa" },
];

/** A running server. */
export interface WebhookWorld extends AsyncDisposable {
  /** Administrator's client. */
  readonly client: KubeClient;
  /** Names of the managers whose webhooks answer. */
  readonly managers: readonly string[];
}

/**
 * Starts everything and waits until it answers. Kinds whose manager does not run have their CRDs only.
 *
 * @param sets sets of components to take managers from; Cluster API's core is always there
 * @param kinds kinds that objects are written of, as {@linkcode groupKind} names them
 * @returns the server; dispose it
 */
export async function startWebhookWorld(
  sets: readonly SetName[],
  kinds: ReadonlySet<string>,
): Promise<WebhookWorld> {
  await using owned = new AsyncDisposableStack();
  const server = owned.use(await startApiServer());
  const client = owned.use(await connect({ kubeconfig: server.kubeconfigPath }));
  const programs = await programsOf(sets);
  const own = await Promise.all(programs.map(({ name, set }) => set.objects(`${name}-crds.yaml`)));
  const answered = new Set(own.flat().map(groupKind));
  const others = (await providerCrds())
    .filter((crd) => kinds.has(groupKind(crd)) && !answered.has(groupKind(crd)));
  await installCrds(client, others.map(withoutConversion));
  const { certificates, caPem } = await writeCertificates(server.dir);
  owned.use(
    await Providers.start({
      programs,
      client,
      kubeconfig: server.kubeconfigPath,
      certificates,
      caPem,
      logs: server.dir,
      timeoutMs: START_MS,
    }),
  );
  const kept = owned.move();
  return {
    client,
    managers: programs.map(({ name }) => name),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function programsOf(sets: readonly SetName[]): Promise<ProviderProgram[]> {
  const tools = await locateTools();
  const core: ProviderProgram = {
    name: "capi",
    set: {
      bin: () => tools.bin("capi-manager"),
      objects: (file) => tools.objects(file as "capi-crds.yaml" | "capi-webhooks.yaml"),
    },
    args: IDLE,
  };
  const wanted = MANAGERS.filter(({ set }) => sets.includes(set));
  const others = wanted.map(async ({ set, name, flags }): Promise<ProviderProgram> => ({
    name,
    set: await locateSet(set),
    // CAPMOX cannot be told a namespace.
    ...(flags ? { flags, args: [] } : { args: IDLE }),
  }));
  return [core, ...await Promise.all(others)];
}

async function writeCertificates(dir: string): Promise<{ certificates: string; caPem: string }> {
  const authority = await newCertificateAuthority({ commonName: "webhooks", days: 1 });
  const { certPem, keyPem } = await issue(authority, {
    commonName: "webhooks",
    ipAddresses: ["127.0.0.1"],
    usages: ["server"],
    days: 1,
  });
  const certificates = join(dir, "webhooks");
  await Deno.mkdir(certificates);
  await Deno.writeTextFile(join(certificates, "tls.crt"), certPem);
  await Deno.writeTextFile(join(certificates, "tls.key"), keyPem, { mode: 0o600 });
  return { certificates, caPem: authority.certPem };
}
