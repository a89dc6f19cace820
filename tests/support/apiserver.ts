/**
 * A real etcd and kube-apiserver for tests: free ports, a folder of its own, one admin token; everything is gone when it
 * is disposed.
 *
 * ```ts
 * await using server = await startApiServer();
 * using client = await connect({ kubeconfig: server.kubeconfigPath });
 * ```
 *
 * Needs the permissions to run the two programs, to read and write the temp folder and to reach loopback, and the
 * components of `tools/` (or a folder of ready ones, named by `LATTICE_TEST_BIN`).
 *
 * @module
 */
import { join } from "node:path";
import { DeadlineError, InterruptedError, LatticeError } from "@lattice/api/errors";
import { locateTools } from "../../tools/locate.ts";

type Program = "etcd" | "kube-apiserver";

/** How a server is started. */
export interface ApiServerOptions {
  /** Further arguments of kube-apiserver, e.g. `--feature-gates=…`. */
  apiServerArgs?: readonly string[];
  /** Longest wait for `/readyz`, in milliseconds. Default: 60,000. */
  timeoutMs?: number;
  /** Ends the start early. */
  signal?: AbortSignal;
}

/** A running server. */
export interface ApiServer extends AsyncDisposable {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string;
  /** Bearer token of a member of `system:masters`. */
  readonly token: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly caPem: string;
  /** Kubeconfig of the admin, as text (JSON). */
  readonly kubeconfig: string;
  /** Path of a file with that text. */
  readonly kubeconfigPath: string;
  /** Folder that is deleted at the end; tests may put files there. */
  readonly dir: string;
}

const START_MS = 60_000;
const POLL_MS = 50;

/**
 * Starts both programs and waits until the API server is ready.
 *
 * @param options further arguments and the deadline
 * @returns the server; dispose it
 * @throws {LatticeError} `prerequisite` when the components are not built
 * @throws {DeadlineError} when it is not ready in time; the message ends with its last words
 */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const bin = await locateBin();
  const dir = await Deno.makeTempDir({ prefix: "lattice-test-api-" });
  const children: Running[] = [];
  const dispose = async (): Promise<void> => {
    await Promise.all(children.map(end));
    await Deno.remove(dir, { recursive: true }).catch(() => undefined);
  };
  try {
    const [api, client, peer] = freePorts(3) as [number, number, number];
    const token = crypto.randomUUID();
    await writeCredentials(dir, token);
    children.push(await spawn(bin("etcd"), etcdArgs(dir, client, peer), dir));
    const args = [...apiServerArgs(dir, api, client), ...options.apiServerArgs ?? []];
    const apiServer = await spawn(bin("kube-apiserver"), args, dir);
    children.push(apiServer);
    const url = `https://127.0.0.1:${api}`;
    const caPem = await waitReady(url, dir, options, apiServer);
    const kubeconfig = kubeconfigOf(url, caPem, token);
    const kubeconfigPath = join(dir, "kubeconfig");
    await Deno.writeTextFile(kubeconfigPath, kubeconfig, { mode: 0o600 });
    return { url, token, caPem, kubeconfig, kubeconfigPath, dir, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function locateBin(): Promise<(name: Program) => string> {
  const own = Deno.env.get("LATTICE_TEST_BIN");
  if (own) return (name) => join(own, name);
  const tools = await locateTools();
  return (name) => tools.bin(name);
}

/**
 * Free ports of the system's own range.
 *
 * @param amount how many; all are open at the same time, so that they differ
 */
export function freePorts(amount: number): number[] {
  const listeners = Array.from(
    { length: amount },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map((listener) => listener.addr.port);
  listeners.forEach((listener) => listener.close());
  return ports;
}

// The signing key of service accounts is made by the platform: this is a test's throw-away server.
async function writeCredentials(dir: string, token: string): Promise<void> {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
  ]);
  const key = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const pub = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  await Deno.writeTextFile(join(dir, "sa.key"), pem("PRIVATE KEY", key), { mode: 0o600 });
  await Deno.writeTextFile(join(dir, "sa.pub"), pem("PUBLIC KEY", pub));
  const line = `${token},admin,admin,"system:masters"\n`;
  await Deno.writeTextFile(join(dir, "tokens.csv"), line, { mode: 0o600 });
}

function pem(label: string, der: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${der.toBase64()}\n-----END ${label}-----\n`;
}

function etcdArgs(dir: string, client: number, peer: number): string[] {
  return [
    "--name=default",
    `--data-dir=${join(dir, "etcd")}`,
    `--listen-client-urls=http://127.0.0.1:${client}`,
    `--advertise-client-urls=http://127.0.0.1:${client}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-cluster=default=http://127.0.0.1:${peer}`,
    "--unsafe-no-fsync",
  ];
}

function apiServerArgs(dir: string, port: number, etcd: number): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${port}`,
    `--cert-dir=${join(dir, "pki")}`,
    `--token-auth-file=${join(dir, "tokens.csv")}`,
    "--authorization-mode=RBAC",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${join(dir, "sa.pub")}`,
    `--service-account-signing-key-file=${join(dir, "sa.key")}`,
    "--service-cluster-ip-range=10.0.0.0/24",
    // No controller manager makes service accounts here.
    "--disable-admission-plugins=ServiceAccount",
  ];
}

/** A program and the end of its log. */
interface Running {
  child: Deno.ChildProcess;
  logged: Promise<void>;
}

async function spawn(program: string, args: string[], dir: string): Promise<Running> {
  const child = new Deno.Command(program, {
    args,
    cwd: dir,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log = await Deno.open(join(dir, `${program.split("/").at(-1)}.log`), {
    create: true,
    write: true,
  });
  return { child, logged: child.stderr.pipeTo(log.writable).catch(() => undefined) };
}

async function waitReady(
  url: string,
  dir: string,
  options: ApiServerOptions,
  { child }: Running,
): Promise<string> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort("late"), options.timeoutMs ?? START_MS);
  const interrupt = (): void => stop.abort("interrupted");
  options.signal?.addEventListener("abort", interrupt);
  if (options.signal?.aborted) interrupt();
  child.status.then(() => stop.abort("ended"));
  try {
    while (!stop.signal.aborted) {
      const caPem = await readAuthority(dir);
      if (caPem !== undefined && await answers(url, caPem, stop.signal)) return caPem;
      await pause(POLL_MS);
    }
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", interrupt);
  }
  if (stop.signal.reason === "interrupted") {
    throw new InterruptedError("The start of a test API server was stopped");
  }
  const words = await lastWords(join(dir, "kube-apiserver.log"));
  if (stop.signal.reason === "late") {
    throw new DeadlineError(`The test API server is not ready in time: ${words}`);
  }
  throw new LatticeError("internal", `The test API server ended by itself: ${words}`);
}

// kube-apiserver signs its own certificate and appends the authority to it.
async function readAuthority(dir: string): Promise<string | undefined> {
  const chain = await Deno.readTextFile(join(dir, "pki", "apiserver.crt")).catch(() => "");
  const start = chain.lastIndexOf("-----BEGIN CERTIFICATE-----");
  return start <= 0 ? undefined : chain.slice(start);
}

async function answers(url: string, caPem: string, signal: AbortSignal): Promise<boolean> {
  using client = Deno.createHttpClient({ caCerts: [caPem] });
  try {
    const response = await fetch(`${url}/readyz`, { client, signal });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function lastWords(path: string): Promise<string> {
  const text = await Deno.readTextFile(path).catch(() => "no log");
  return text.trimEnd().split("\n").slice(-3).join(" | ");
}

function kubeconfigOf(url: string, caPem: string, token: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{
      name: "test",
      cluster: { server: url, "certificate-authority-data": btoa(caPem) },
    }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    "current-context": "test",
  });
}

async function end({ child, logged }: Running): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch {
    // It had ended by itself.
  }
  await child.status;
  await logged;
}
