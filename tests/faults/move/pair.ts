/**
 * Two real API servers with the kinds of Cluster API and of the local provider, and no controller.
 *
 * @module
 */
import type { CrdManifest } from "@lattice/api";
import { connect, type KubeClient, type KubeObject } from "@lattice/kube";
import { localCrds } from "@lattice/providers";
import { locateTools } from "../../../tools/locate.ts";
import { type ApiServer, startApiServer } from "../../support/apiserver.ts";

/** A server and a client of it. */
export interface End {
  readonly server: ApiServer;
  readonly client: KubeClient;
}

/** Both ends of a move. */
export interface Pair extends AsyncDisposable {
  readonly source: End;
  readonly target: End;
}

const CRD = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };
const ESTABLISH_MS = 60_000;

/** Starts both; they are gone when the pair is disposed. */
export async function startPair(): Promise<Pair> {
  await using stack = new AsyncDisposableStack();
  const [source, target] = await Promise.all([startEnd(stack), startEnd(stack)]);
  const kept = stack.move();
  return { source, target, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function startEnd(stack: AsyncDisposableStack): Promise<End> {
  const server = stack.use(
    await startApiServer({ apiServerArgs: ["--max-requests-inflight=800"] }),
  );
  const client = stack.use(await connect({ kubeconfig: server.kubeconfigPath }));
  await installKinds(client);
  return { server, client };
}

/**
 * Installs the CRDs, without conversion webhooks: nobody serves them here.
 *
 * @param client The cluster.
 */
export async function installKinds(client: KubeClient): Promise<void> {
  const tools = await locateTools();
  const crds = [...await tools.objects("capi-crds.yaml"), ...localCrds()] as CrdManifest[];
  await Promise.all(crds.map((crd) => client.create(withoutConversion(crd))));
  await Promise.all(
    crds.map((crd) =>
      client.wait({ ...CRD, name: crd.metadata.name }, isEstablished, {
        timeoutMs: ESTABLISH_MS,
        what: `CRD ${crd.metadata.name} to be established`,
      })
    ),
  );
}

function withoutConversion(crd: CrdManifest): KubeObject {
  const { conversion: _webhook, ...spec } = crd.spec as CrdManifest["spec"] & {
    conversion?: unknown;
  };
  return { apiVersion: crd.apiVersion, kind: crd.kind, metadata: { ...crd.metadata }, spec };
}

function isEstablished(crd: KubeObject | undefined): boolean {
  const status = crd?.["status"] as { conditions?: { type: string; status: string }[] } | undefined;
  return (status?.conditions ?? []).some((one) =>
    one.type === "Established" && one.status === "True"
  );
}
