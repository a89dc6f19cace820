/**
 * A management cluster for tests of the machine providers: a local bootstrap cluster as an install makes it (real API
 * server, real operator, real CAPI core manager, each with its own narrow identity), and beside it the real kubeadm
 * managers and CAPD, whose machines exist in its memory only.
 *
 * ```ts
 * await using management = await Management.start({ clusters: 1 });
 * await management.client.apply(latticeCluster, { manager: "me" });
 * ```
 *
 * Needs the components of `tools/` and the set `kubeadm`, and one free port a cluster within `LATTICE_PORT_RANGE`.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { applyAccess } from "@lattice/addons";
import { connect, type KubeClient } from "@lattice/kube";
import {
  clusterPaths,
  type ClusterRecord,
  planCluster,
  PORT_OFFSETS,
} from "@lattice/providers/local/host";
import { operatorCommand } from "../../../cli/run/operator_command.ts";
import { IDENTITIES } from "../../../cli/run/temporary.ts";
import { locateTools } from "../../../tools/locate.ts";
import { locateSet } from "../../../tools/sets/locate.ts";
import { Components } from "./components.ts";
import { countFrom, freeWindow } from "./ports.ts";
import { type ProviderName, PROVIDERS, Providers } from "./providers.ts";

const NAME = "capi-test";
const START_MS = 240_000;

/** How to start. */
export interface ManagementOptions {
  /** How many clusters there may be at most. */
  readonly clusters: number;
}

/** Processes whose costs are of interest. */
export type ProcessName = ProviderName | "operator" | "capi-manager" | "kube-apiserver" | "etcd";

/** A running management cluster. */
export class Management implements AsyncDisposable {
  /** Administrator's client. */
  readonly client: KubeClient;
  /** Folder with one log a program. */
  readonly logs: string;
  readonly #record: ClusterRecord;
  readonly #owned: AsyncDisposableStack;
  readonly #components: Components;
  readonly #providers: Providers;

  private constructor(
    record: ClusterRecord,
    client: KubeClient,
    components: Components,
    providers: Providers,
    owned: AsyncDisposableStack,
  ) {
    this.#record = record;
    this.client = client;
    this.logs = join(record.directory, "logs");
    this.#components = components;
    this.#providers = providers;
    this.#owned = owned;
  }

  /**
   * Starts everything and waits until it answers.
   *
   * @param options how many clusters there will be
   */
  static async start({ clusters }: ManagementOptions): Promise<Management> {
    await using owned = new AsyncDisposableStack();
    const home = await Deno.makeTempDir({ prefix: "lattice-capi-" });
    owned.defer(() => Deno.remove(home, { recursive: true }));
    const [tools, set] = await Promise.all([locateTools(), locateSet("kubeadm")]);
    const record = await planCluster({
      home,
      name: NAME,
      role: "bootstrap",
      version: tools.versions.kubernetes,
      flavour: "kubeadm",
      certSANs: [],
      runId: "test",
      tools,
      operator: operatorOf(home, tools.dir),
    });
    const components = owned.use(await Components.of(home, NAME));
    await components.start(["etcd", "kube-apiserver", "kube-controller-manager"], START_MS);
    const client = owned.use(await connect({ kubeconfig: record.kubeconfig }));
    await applyAccess(client, IDENTITIES);
    await components.start(["operator", "capi-manager"], START_MS);
    const paths = clusterPaths(home, NAME);
    const providers = owned.use(
      await Providers.start({
        programs: PROVIDERS.map((name) => ({ name, set })),
        client,
        kubeconfig: record.kubeconfig,
        certificates: join(paths.pki, "webhook"),
        caPem: await Deno.readTextFile(record.webhook.caFile),
        logs: paths.logs,
        timeoutMs: START_MS,
      }),
    );
    await countFrom(client, freeWindow(clusters));
    return new Management(record, client, components, providers, owned.move());
  }

  /** Process ids of the programs. */
  get pids(): Record<ProcessName, number> {
    const own = this.#components.pids;
    const names = ["operator", "capi-manager", "kube-apiserver", "etcd"] as const;
    return {
      ...this.#providers.pids,
      ...Object.fromEntries(names.map((name) => [name, own.get(name)])),
    } as Record<ProcessName, number>;
  }

  /** Requests that the operator has sent to its API server since it started. */
  async operatorRequests(): Promise<number> {
    const port = this.#record.portBase + PORT_OFFSETS.operatorHealth;
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(/^lattice_api_requests_total (\d+)/m.exec(text)?.[1] ?? Number.NaN);
  }

  /** Ends every process and deletes every file. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}

/** The product's own command line, with another main program at its end. */
function operatorOf(home: string, toolsDir: string): ReturnType<typeof operatorCommand> {
  const command = operatorCommand(home, toolsDir);
  const main = fileURLToPath(new URL("./operator_main.ts", import.meta.url));
  return { ...command, argv: [...command.argv.slice(0, -1), main] };
}
