/**
 * A real etcd and kube-apiserver for the tests of this room: free ports, a folder of its own, everything gone when it is
 * disposed. Not published.
 *
 * @module
 */
import { join } from "node:path";
import { locateTools } from "../tools/locate.ts";
import { sleep } from "./backoff.ts";
import { connect, type KubeClient } from "./client.ts";

type Program = "etcd" | "kube-apiserver";

const START_MS = 60_000;

/** A running API server with a namespace-admin of everything. */
export class TestServer implements AsyncDisposable {
  readonly #dir: string;
  readonly #bin: (name: Program) => string;
  readonly #ports: { api: number; client: number; peer: number };
  readonly #token: string;
  #etcd: Deno.ChildProcess | undefined;
  #api: Deno.ChildProcess | undefined;

  private constructor(
    dir: string,
    bin: (name: Program) => string,
    ports: { api: number; client: number; peer: number },
    token: string,
  ) {
    this.#dir = dir;
    this.#bin = bin;
    this.#ports = ports;
    this.#token = token;
  }

  /** Starts both and waits until `/readyz` answers. */
  static async start(): Promise<TestServer> {
    const own = Deno.env.get("LATTICE_TEST_BIN");
    const tools = own ? undefined : await locateTools();
    const bin = (name: Program) => tools ? tools.bin(name) : join(own ?? "", name);
    const dir = await Deno.makeTempDir({ prefix: "lattice-kube-test-" });
    const ports = { api: freePort(), client: freePort(), peer: freePort() };
    const server = new TestServer(dir, bin, ports, crypto.randomUUID());
    try {
      await server.#prepare();
      server.#startEtcd();
      await server.startApi();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  /** URL of the API server. */
  get url(): string {
    return `https://127.0.0.1:${this.#ports.api}`;
  }

  /** The admin's kubeconfig, as text. */
  get kubeconfig(): string {
    const chain = Deno.readTextFileSync(join(this.#dir, "pki", "apiserver.crt"));
    const ca = chain.slice(chain.lastIndexOf("-----BEGIN CERTIFICATE-----"));
    return JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{
        name: "test",
        cluster: { server: this.url, "certificate-authority-data": btoa(ca) },
      }],
      users: [{ name: "admin", user: { token: this.#token } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
      "current-context": "test",
    });
  }

  /** The admin's token. */
  get token(): string {
    return this.#token;
  }

  /** A client as admin; the caller disposes it. */
  connect(): Promise<KubeClient> {
    return connect({ text: this.kubeconfig });
  }

  /** Starts the API server and waits until it is ready. */
  async startApi(): Promise<void> {
    this.#api = this.#spawn("kube-apiserver", [
      `--etcd-servers=http://127.0.0.1:${this.#ports.client}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${this.#ports.api}`,
      `--cert-dir=${join(this.#dir, "pki")}`,
      `--token-auth-file=${join(this.#dir, "tokens.csv")}`,
      "--authorization-mode=RBAC",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${join(this.#dir, "sa.pub")}`,
      `--service-account-signing-key-file=${join(this.#dir, "sa.key")}`,
      "--service-cluster-ip-range=10.0.0.0/24",
      "--disable-admission-plugins=ServiceAccount",
    ]);
    await this.#ready();
  }

  /** Kills the API server (SIGKILL) and waits until it is gone. */
  async killApi(): Promise<void> {
    const api = this.#api;
    this.#api = undefined;
    await end(api);
  }

  /** Stops (SIGSTOP) or continues (SIGCONT) the API server, which then keeps its connections and says nothing. */
  signalApi(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#api?.kill(signal);
  }

  /** Ends both and deletes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#api);
    await end(this.#etcd);
    await Deno.remove(this.#dir, { recursive: true }).catch(() => undefined);
  }

  async #prepare(): Promise<void> {
    const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
    ]);
    const privateDer = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
    const publicDer = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
    await Deno.writeTextFile(join(this.#dir, "sa.key"), pemOf("PRIVATE KEY", privateDer));
    await Deno.writeTextFile(join(this.#dir, "sa.pub"), pemOf("PUBLIC KEY", publicDer));
    await Deno.writeTextFile(
      join(this.#dir, "tokens.csv"),
      `${this.#token},admin,admin,"system:masters"\nnobody-token,nobody,nobody\n`,
    );
  }

  #startEtcd(): void {
    const { client, peer } = this.#ports;
    this.#etcd = this.#spawn("etcd", [
      "--name=default",
      `--data-dir=${join(this.#dir, "etcd")}`,
      `--listen-client-urls=http://127.0.0.1:${client}`,
      `--advertise-client-urls=http://127.0.0.1:${client}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=default=http://127.0.0.1:${peer}`,
      "--unsafe-no-fsync",
    ]);
  }

  #spawn(name: Program, args: string[]): Deno.ChildProcess {
    return new Deno.Command(this.#bin(name), {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + START_MS;
    while (Date.now() < deadline) {
      if (await this.#answers()) return;
      await sleep(50);
    }
    throw new Error(`API server was not ready within ${START_MS} ms`);
  }

  async #answers(): Promise<boolean> {
    try {
      using client = await this.connect();
      const response = await client.raw("/readyz", { timeoutMs: 2_000 });
      return response.ok;
    } catch {
      return false;
    }
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function end(child: Deno.ChildProcess | undefined): Promise<void> {
  if (!child) return;
  try {
    child.kill("SIGKILL");
  } catch {
    // It had ended by itself.
  }
  await child.status;
}

function pemOf(label: string, der: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${der.toBase64()}\n-----END ${label}-----\n`;
}
