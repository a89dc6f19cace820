/**
 * The new cluster of an install in a cloud: how it is reached, what it gets before it can manage itself.
 *
 * @module
 */

import { applyBundle, waitBundleReady } from "@lattice/addons";
import { capiNamespace } from "@lattice/api";
import { LatticeError } from "@lattice/api/errors";
import { connect, type KubeClient, type KubeObject } from "@lattice/kube";
import { dirname } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { accountObjects } from "../credentials/objects.ts";
import type { Step } from "../output/reporter.ts";
import type { CloudSession } from "../run/cloud_session.ts";
import { initClusterApi } from "../run/clusterctl.ts";
import { DEADLINES } from "../run/deadlines.ts";
import { runProgram } from "../run/programs.ts";
import { renderAddons } from "./addons.ts";

const kubeconfigSchema = z.looseObject({
  clusters: z.array(z.looseObject({ cluster: z.looseObject({ server: z.string() }) })).min(1),
});
const secretSchema = z.object({ data: z.object({ value: z.base64() }) });

/** How the objects of an account are written: they are the CLI's, and a typing error must not pass. */
const APPLY = { manager: "lattice-cli", force: true, fieldValidation: "Strict" } as const;

/**
 * Writes Namespaces, Secrets and the CloudProvider of an account.
 *
 * @param session The install.
 * @param client Where to.
 */
export async function applyAccount(session: CloudSession, client: KubeClient): Promise<void> {
  const { wanted, account, signal } = session;
  for (const object of accountObjects(wanted, account)) {
    await client.apply(object, { ...APPLY, signal });
  }
}

/**
 * Waits for the kubeconfig that Cluster API writes, and keeps it in a file of its owner's only.
 *
 * @param session The install.
 * @param source The bootstrap cluster.
 * @param signal Ends the wait early.
 */
export async function fetchKubeconfig(
  session: CloudSession,
  source: KubeClient,
  signal: AbortSignal,
): Promise<void> {
  const { cluster, targetKubeconfig, account } = session;
  const secret = await source.wait<KubeObject>(
    {
      apiVersion: "v1",
      kind: "Secret",
      namespace: capiNamespace(cluster),
      name: `${cluster}-kubeconfig`,
    },
    (found) => secretSchema.safeParse(found).success,
    { timeoutMs: DEADLINES.cloudInfrastructure, signal, what: `the kubeconfig of '${cluster}'` },
  );
  const { value } = secretSchema.parse(secret).data;
  const text = new TextDecoder().decode(Uint8Array.fromBase64(value));
  const local = account.type === "docker" ? await publishedServer(session) : undefined;
  await Deno.mkdir(dirname(targetKubeconfig), { recursive: true, mode: 0o700 });
  const shown = local === undefined ? text : withServer(text, local);
  await Deno.writeTextFile(targetKubeconfig, shown, { mode: 0o600 });
}

/** Containers have addresses of their own; Docker publishes the load balancer's port on this machine. */
async function publishedServer({ cluster, signal }: CloudSession): Promise<string> {
  const args = ["port", `${cluster}-lb`, "6443"];
  const ports = await runProgram({ program: "docker", args, timeoutMs: 20_000, signal });
  const port = /:(\d+)\s*$/m.exec(ports)?.[1];
  if (port !== undefined) return `https://127.0.0.1:${port}`;
  throw new LatticeError("unavailable", `Docker does not publish port 6443 of '${cluster}-lb'`, {
    remedy: "look at 'docker ps', then run the same command with the same --run-id",
  });
}

/**
 * Replaces the server of every cluster in a kubeconfig.
 *
 * @param text A kubeconfig, YAML or JSON.
 * @param server The new server.
 * @returns A kubeconfig as JSON, otherwise unchanged.
 */
export function withServer(text: string, server: string): string {
  const config = kubeconfigSchema.parse(parse(text));
  const clusters = config.clusters.map((each) => ({
    ...each,
    cluster: { ...each.cluster, server },
  }));
  return JSON.stringify({ ...config, clusters });
}

/**
 * Connects to the new cluster.
 *
 * @param session The install.
 * @returns The client; `undefined` before its kubeconfig is known.
 */
export async function connectTarget(
  { targetKubeconfig }: Pick<CloudSession, "targetKubeconfig">,
): Promise<KubeClient | undefined> {
  const info = await Deno.stat(targetKubeconfig).catch(() => undefined);
  if (info === undefined) return undefined;
  return await connect({ kubeconfig: targetKubeconfig, userAgent: "lattice-cli" });
}

/**
 * Installs what every cluster gets: network, mesh, operator.
 *
 * @param session The install.
 * @param target The new cluster.
 * @param step Is shown how far it is.
 */
export async function installBundle(
  session: CloudSession,
  target: KubeClient,
  step: Step,
): Promise<void> {
  const { wanted, image, registry, account, io, signal } = session;
  const request = {
    image,
    registry,
    credentials: account.secret?.data,
    proxmoxStorage: account.provider.spec.proxmox?.storage,
  };
  const bundle = await renderAddons(wanted, request, io);
  await applyBundle(target, bundle, {
    timeoutMs: DEADLINES.bundle,
    signal,
    onProgress: (progress) => {
      if (progress.step === "applied") step.note(`${progress.addon}: ${progress.objects} objects`);
    },
  });
  step.note("waiting for the addons");
  await waitBundleReady(target, bundle, { timeoutMs: DEADLINES.bundle, signal });
}

/**
 * Makes the new cluster able to own its objects: credentials first, then Cluster API as pods.
 *
 * @param session The install.
 * @param target The new cluster.
 * @param step Is shown how far it is.
 */
export async function prepareForPivot(
  session: CloudSession,
  target: KubeClient,
  step: Step,
): Promise<void> {
  step.note("handing over the credentials");
  await applyAccount(session, target);
  step.note("installing Cluster API and its providers");
  await initClusterApi(session, session.targetKubeconfig);
}
