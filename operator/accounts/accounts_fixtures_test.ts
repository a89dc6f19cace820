/**
 * Controllers of accounts and of sources of secrets on a real API server, with the rights of the operator and no more.
 *
 * @module
 */
import { applyAccess } from "@lattice/addons";
import type { CrdManifest, KubeObject } from "@lattice/api";
import { connect, type KubeClient, type Ref } from "@lattice/kube";
import { type ApiServer, startApiServer } from "../../tests/support/apiserver.ts";
import { installCrds } from "../../tests/support/provider_crds.ts";
import { eventually, kubeconfigAs } from "../mesh/shop_fixtures_test.ts";
import type { AccountsContext } from "./report.ts";

/** An API server that has namespaces `shop` and `docs`, an administrator, and the operator. */
export class World implements AsyncDisposable {
  private constructor(
    readonly server: ApiServer,
    readonly admin: KubeClient,
    readonly operator: KubeClient,
  ) {}

  /** Starts one with these definitions. */
  static async start(...crds: readonly KubeObject[]): Promise<World> {
    await using stack = new AsyncDisposableStack();
    const server = stack.use(await startApiServer());
    const admin = stack.use(await connect({ text: server.kubeconfig }));
    await applyAccess(admin, { operatorUser: "operator", capiUser: "capi", kwokUser: "kwok" });
    const operator = stack.use(await connect({ text: kubeconfigAs(server, "operator") }));
    await installCrds(admin, crds);
    for (const name of ["shop", "docs"]) {
      await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    }
    stack.move();
    return new World(server, admin, operator);
  }

  /** Versions of objects; undefined for those that are not there. */
  async versions(...refs: readonly Ref[]): Promise<(string | undefined)[]> {
    const found = await Promise.all(refs.map((ref) => this.admin.find<KubeObject>(ref)));
    return found.map((object) => object?.metadata.resourceVersion);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.operator[Symbol.dispose]();
    this.admin[Symbol.dispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

/** A running controller, whose reconciles are counted. */
export class Running implements AsyncDisposable {
  reconciles = 0;
  #nudges = 0;
  readonly #client: KubeClient;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(run: (context: AccountsContext) => Promise<void>, client: KubeClient) {
    this.#client = client;
    this.#running = run({
      client,
      now: () => new Date(),
      observe: (_, reconcile) => reconcile().finally(() => this.reconciles++),
      signal: this.#stop.signal,
    });
  }

  /** Nudges until a reconcile costs no request. */
  async settled(nudge: (count: number) => Promise<unknown>): Promise<void> {
    await eventually("a reconcile without a request", async () => {
      const { requests } = this.#client.metrics;
      const { reconciles } = this;
      await nudge(this.#nudges++);
      await eventually(
        "a reconcile",
        () => Promise.resolve(this.reconciles > reconciles ? undefined : "none yet"),
      );
      const spent = this.#client.metrics.requests - requests;
      return spent === 0 ? undefined : `${spent} requests`;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("The test ended"));
    await this.#running;
  }
}

/** The definition lets anything through, as that of another version might. */
export async function loosen(client: KubeClient, crd: CrdManifest): Promise<void> {
  const [version] = crd.spec.versions;
  const schema = {
    openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  };
  const { apiVersion, kind, metadata: { name } } = crd;
  const body = { spec: { versions: [{ ...version, schema }] } };
  await client.patch({ apiVersion, kind, name }, { type: "merge", body });
}

/** A Secret in `lattice-system`. */
export function secretOf(
  name: string,
  stringData: Readonly<Record<string, string>>,
): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: "lattice-system" },
    stringData,
  };
}
