/**
 * The real managers of the kubeadm providers and of CAPD as processes of the host, beside the cluster that they work in.
 *
 * @module
 */
import { join } from "node:path";
import { pointAt, waitEstablished } from "@lattice/addons";
import { DeadlineError, LatticeError } from "@lattice/api/errors";
import type { KubeClient, KubeObject } from "@lattice/kube";
import type { ToolSet } from "../../../tools/sets/locate.ts";
import { freePorts } from "../apiserver.ts";

/** The providers: name of the program without `-manager`, which is also what their manifest files begin with. */
export const PROVIDERS = ["kubeadm-bootstrap", "kubeadm-control-plane", "capd"] as const;

/** Name of a provider. */
export type ProviderName = typeof PROVIDERS[number];

/** A manager that can run: its program is `NAME-manager`, its manifests are `NAME-crds.yaml` and `NAME-webhooks.yaml`. */
export interface ProviderProgram {
  /** Its name. */
  readonly name: string;
  /** Where program and manifests are. */
  readonly set: Pick<ToolSet, "bin" | "objects">;
  /** Whose words its flags are in. Default: Cluster API's. */
  readonly flags?: "kubebuilder";
  /** Further arguments. */
  readonly args?: readonly string[];
}

/** Where and with what they run. */
export interface ProviderOptions {
  /** Programs and manifests. */
  readonly programs: readonly ProviderProgram[];
  /** Administrator of the cluster. */
  readonly client: KubeClient;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Folder with `tls.crt` and `tls.key` for 127.0.0.1. */
  readonly certificates: string;
  /** PEM of the authority that signed them. */
  readonly caPem: string;
  /** Folder for logs. */
  readonly logs: string;
  /** Longest wait for all of them, in milliseconds. */
  readonly timeoutMs: number;
}

const MANAGER = "lattice-test";
const POLL_MS = 200;
/** The cluster's own machine is the host of the API servers in memory. */
const ENVIRONMENT = { POD_IP: "127.0.0.1", POD_NAMESPACE: "capi-system" } as const;

/** Running managers. Disposing them ends the processes. */
export class Providers implements AsyncDisposable {
  readonly #running: readonly Manager[];

  private constructor(running: readonly Manager[]) {
    this.#running = running;
  }

  /**
   * Installs kinds and webhooks, starts the managers and waits until they answer.
   *
   * @param options where and with what
   * @throws {LatticeError} when a manager ends by itself; the message has its last words
   * @throws {DeadlineError} when they are not ready in time
   */
  static async start(options: ProviderOptions): Promise<Providers> {
    const deadline = performance.now() + options.timeoutMs;
    const running: Manager[] = [];
    try {
      for (const program of options.programs) {
        running.push(await launch(program, options));
      }
      await Promise.all(running.map((manager) => untilReady(manager, deadline)));
      return new Providers(running);
    } catch (error) {
      await Promise.all(running.map(end));
      throw error;
    }
  }

  /** Process ids by provider. */
  get pids(): Record<ProviderName, number> {
    return Object.fromEntries(
      this.#running.map(({ name, child }) => [name, child.pid]),
    ) as Record<ProviderName, number>;
  }

  /** Ends the processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running.map(end));
  }
}

interface Manager {
  readonly name: string;
  readonly child: Deno.ChildProcess;
  readonly health: number;
  readonly log: string;
  readonly logged: Promise<void>;
  hasEnded: boolean;
}

async function launch(
  program: ProviderProgram,
  options: ProviderOptions,
): Promise<Manager> {
  const { name, set, flags, args = ["--v=1"] } = program;
  const [webhooks, health] = freePorts(2) as [number, number];
  await install(program, `https://127.0.0.1:${webhooks}`, options);
  const words = flags === "kubebuilder"
    ? { health: "health-probe-bind-address", metrics: "metrics-bind-address" }
    : { health: "health-addr", metrics: "diagnostics-address" };
  const child = new Deno.Command(set.bin(`${name}-manager`), {
    args: [
      `--kubeconfig=${options.kubeconfig}`,
      `--webhook-cert-dir=${options.certificates}`,
      `--webhook-port=${webhooks}`,
      `--${words.health}=127.0.0.1:${health}`,
      `--${words.metrics}=0`,
      "--leader-elect=false",
      ...args,
    ],
    env: ENVIRONMENT,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log = join(options.logs, `${name}.log`);
  const file = await Deno.open(log, { create: true, write: true, truncate: true });
  const logged = child.stderr.pipeTo(file.writable).catch(() => undefined);
  const manager: Manager = { name, child, health, log, logged, hasEnded: false };
  child.status.then(() => manager.hasEnded = true);
  return manager;
}

/** Kinds and webhooks of a provider; nothing is written of its kinds before its manager answers. */
async function install(
  { name, set }: ProviderProgram,
  url: string,
  options: ProviderOptions,
): Promise<void> {
  const { client, caPem } = options;
  const read = (what: string) => set.objects(`${name}-${what}.yaml`) as Promise<KubeObject[]>;
  const [crds, webhooks] = await Promise.all([read("crds"), read("webhooks")]);
  const applied = await Promise.all(
    [...crds, ...webhooks].map((object) =>
      client.apply<KubeObject>(pointAt(object, { url, caPem }), { manager: MANAGER, force: true })
    ),
  );
  await waitEstablished(client, applied.slice(0, crds.length), { timeoutMs: options.timeoutMs });
}

async function untilReady(manager: Manager, deadline: number): Promise<void> {
  await until(`${manager.name}-manager to be ready`, deadline, async () => {
    if (manager.hasEnded) {
      throw new LatticeError(
        "internal",
        `${manager.name}-manager ended by itself: ${await lastWords(manager.log)}`,
      );
    }
    const signal = AbortSignal.timeout(2_000);
    const url = `http://127.0.0.1:${manager.health}/readyz`;
    const response = await fetch(url, { signal }).catch(() => undefined);
    await response?.body?.cancel();
    return response?.ok === true;
  });
}

async function until(
  what: string,
  deadline: number,
  holds: () => Promise<boolean>,
): Promise<void> {
  while (!await holds()) {
    if (performance.now() > deadline) throw new DeadlineError(`Waited too long for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function lastWords(path: string): Promise<string> {
  const text = await Deno.readTextFile(path).catch(() => "no log");
  return text.trimEnd().split("\n").slice(-3).join(" | ");
}

async function end({ child, logged }: Manager): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch {
    // It had ended by itself.
  }
  await child.status;
  await logged;
}
