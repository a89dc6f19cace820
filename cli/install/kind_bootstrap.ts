/**
 * A bootstrap cluster in kind: a container that runs Kubernetes, with the managers as pods.
 *
 * @module
 */

import { applyBundle, waitBundleReady } from "@lattice/addons";
import type { LatticeCluster, Problem } from "@lattice/api";
import { ValidationError } from "@lattice/api/errors";
import { connect, type KubeClient } from "@lattice/kube";
import { join } from "node:path";
import { renderAddons } from "./addons.ts";
import type { Step } from "../output/reporter.ts";
import type { BootstrapCluster, Complaint } from "../run/bootstrap.ts";
import type { CloudSession } from "../run/cloud_session.ts";
import { initClusterApi } from "../run/clusterctl.ts";
import { DEADLINES } from "../run/deadlines.ts";
import { runProgram, whyNot } from "../run/programs.ts";

/** CAPD makes containers of this machine from inside of kind. */
const CONFIG = `kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
- role: control-plane
  extraMounts:
  - hostPath: /var/run/docker.sock
    containerPath: /var/run/docker.sock
`;

/** What of the bundle a bootstrap cluster gets: kind brings its own network. */
const ITEMS = ["lattice-crds", "lattice-operator"];

/** Name of the cluster that the operator in kind believes to be in. */
const OWN_NAME = "lattice-installer";

/** What a bootstrap cluster in kind needs of its run. */
export type KindSession = Omit<CloudSession, "bootstrap">;

/**
 * Checks that kind can be used on this machine.
 *
 * @param signal Ends the checks early.
 * @throws {ValidationError} Naming everything that is missing, and the way without Docker.
 */
export async function needKind(signal: AbortSignal): Promise<void> {
  const checks = [
    ["docker", ["version", "--format", "{{.Server.Version}}"], "install and start Docker"],
    ["kind", ["version"], "install kind"],
  ] as const;
  const found = await Promise.all(
    checks.map(async ([program, args, remedy]): Promise<Problem[]> => {
      const reason = await whyNot(program, args, signal);
      const way = `${remedy}, or add '--bootstrap-cluster local', which needs no Docker`;
      return reason === undefined
        ? []
        : [{ field: "--bootstrap-cluster kind", reason, remedy: way }];
    }),
  );
  const [first, ...rest] = found.flat();
  if (first !== undefined) throw new ValidationError([first, ...rest]);
}

/**
 * Makes the handle of a bootstrap cluster in kind; starts nothing.
 *
 * @param session The run.
 */
export function kindBootstrap(session: KindSession): BootstrapCluster {
  return new KindBootstrap(session);
}

class KindBootstrap implements BootstrapCluster {
  readonly kind = "kind";
  readonly #session: KindSession;

  constructor(session: KindSession) {
    this.#session = session;
  }

  get name(): string {
    return this.#session.temporary;
  }

  get #path(): string {
    return join(this.#session.home, "runs", `${this.#session.runId}.kind-kubeconfig`);
  }

  async exists(): Promise<boolean> {
    const names = await this.#kind(["get", "clusters"], DEADLINES.glance * 4);
    return names.split("\n").includes(this.name);
  }

  async start(step: Step): Promise<void> {
    if (!await this.exists()) {
      step.note("creating a kind cluster");
      const args = ["create", "cluster", "--name", this.name, "--config", "-", "--wait", "120s"];
      await this.#kind([...args, "--kubeconfig", this.#path], DEADLINES.kind, CONFIG);
    }
    await this.#kind(
      ["export", "kubeconfig", "--name", this.name, "--kubeconfig", this.#path],
      DEADLINES.glance * 4,
    );
  }

  async installManagement(step: Step): Promise<void> {
    using client = await this.connect();
    if (client === undefined) return;
    const { wanted, image, registry, io, signal } = this.#session;
    const request = { image, registry, only: ITEMS };
    const rendered = await renderAddons(installer(wanted), request, io);
    const options = { timeoutMs: DEADLINES.management, signal };
    await applyBundle(client, rendered, options);
    step.note("waiting for the operator");
    await waitBundleReady(client, rendered, options);
    step.note("installing Cluster API and its providers");
    await initClusterApi(this.#session, this.#path);
  }

  async connect(): Promise<KubeClient | undefined> {
    const path = await this.kubeconfig();
    if (path === undefined) return undefined;
    return await connect({ kubeconfig: path, userAgent: "lattice-cli" });
  }

  async kubeconfig(): Promise<string | undefined> {
    const info = await Deno.stat(this.#path).catch(() => undefined);
    return info?.isFile ? this.#path : undefined;
  }

  /** Their logs are those of pods; conditions have to do. */
  complaints(): Promise<Complaint[]> {
    return Promise.resolve([]);
  }

  async remove(
    { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<boolean> {
    const existed = await this.exists();
    if (existed) {
      await this.#kind(["delete", "cluster", "--name", this.name], timeoutMs, undefined, signal);
    }
    await Deno.remove(this.#path).catch((error: unknown) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    return existed;
  }

  async #kind(
    args: readonly string[],
    timeoutMs: number,
    stdin?: string,
    // A clean-up must go on after the run was interrupted.
    signal: AbortSignal = new AbortController().signal,
  ): Promise<string> {
    const { hide } = this.#session;
    return await runProgram({
      program: "kind",
      args,
      timeoutMs,
      signal,
      hide,
      ...(stdin !== undefined && { stdin }),
    });
  }
}

/** The operator in kind is told of no cluster of its own. */
function installer(wanted: LatticeCluster): LatticeCluster {
  return { ...wanted, metadata: { name: OWN_NAME } };
}
