/**
 * Two real API servers with the kinds of Cluster API and of the local provider, and no controller.
 *
 * @module
 */
import { connect, type KubeClient } from "@lattice/kube";
import { localCrds } from "@lattice/providers";
import { locateTools } from "../../../tools/locate.ts";
import { type ApiServer, startApiServer } from "../../support/apiserver.ts";
import { installCrds, withoutConversion } from "../../support/provider_crds.ts";

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
  const crds = [...await tools.objects("capi-crds.yaml"), ...localCrds()];
  await installCrds(client, crds.map(withoutConversion));
}
