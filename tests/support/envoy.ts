/**
 * A running Envoy for tests, with clients that show the certificates of a mesh.
 *
 * @module
 */
import { join } from "node:path";
import { DeadlineError } from "@lattice/api/errors";
import { type CertificateAndKey, issue, newCertificateAuthority } from "@lattice/crypto/pki";
import { envoyConfig, type Listener } from "./mesh_envoy.ts";
import type { Identity } from "./mesh_istio.ts";

const READY_MS = 60_000;
const POLL_MS = 50;
const DAYS = 1;

/** A mesh: an authority, and an Envoy with listeners. Dispose it. */
export class EnvoyMesh implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #dir: string;
  readonly #ca: CertificateAndKey;
  readonly #trustDomain: string;
  readonly #certificates = new Map<string, CertificateAndKey>();

  private constructor(
    child: Deno.ChildProcess,
    dir: string,
    ca: CertificateAndKey,
    trustDomain: string,
  ) {
    this.#child = child;
    this.#dir = dir;
    this.#ca = ca;
    this.#trustDomain = trustDomain;
  }

  /**
   * Starts Envoy and waits until it listens.
   *
   * @param program path of Envoy
   * @param listeners places to connect to
   * @param options trust domain of the mesh, and where the admin interface listens
   * @throws {DeadlineError} when it is not ready in time
   */
  static async start(
    program: string,
    listeners: readonly Listener[],
    { trustDomain, admin }: { trustDomain: string; admin: { address: string; port: number } },
  ): Promise<EnvoyMesh> {
    const ca = await newCertificateAuthority({ commonName: "mesh", days: DAYS });
    const ipAddresses = [...new Set(listeners.map(({ address }) => address))];
    const server = await issue(ca, {
      commonName: "server",
      ipAddresses,
      usages: ["server"],
      days: DAYS,
    });
    const dir = await Deno.makeTempDir({ prefix: "lattice-test-envoy-" });
    const config = join(dir, "envoy.json");
    const identity = { caPem: ca.certPem, ...server };
    await Deno.writeTextFile(config, JSON.stringify(envoyConfig(listeners, identity, admin)), {
      mode: 0o600,
    });
    const child = new Deno.Command(program, {
      args: [
        ...["--config-path", config, "--log-level", "error"],
        ...["--disable-hot-restart", "--concurrency", "1"],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
    const mesh = new EnvoyMesh(child, dir, ca, trustDomain);
    try {
      await ready(`http://${admin.address}:${admin.port}/ready`);
    } catch (error) {
      await mesh[Symbol.asyncDispose]();
      throw error;
    }
    return mesh;
  }

  /**
   * Connects, sends a byte and waits for its echo.
   *
   * @param to where to
   * @param identity whose certificate to show; undefined: none; `stranger`: one of another authority
   * @returns whether the byte came back
   */
  async bytesPass(
    to: { address: string; port: number },
    identity: Identity | "stranger" | undefined,
  ): Promise<boolean> {
    const certificate = await this.#certificateOf(identity);
    try {
      using connection = await Deno.connectTls({
        hostname: to.address,
        port: to.port,
        caCerts: [this.#ca.certPem],
        ...(certificate ? { cert: certificate.certPem, key: certificate.keyPem } : {}),
      });
      await connection.write(new Uint8Array([42]));
      return await connection.read(new Uint8Array(1)) === 1;
    } catch (error) {
      // A refusal: a handshake that fails, or an end in the middle. Nobody listening would be a mistake.
      if (error instanceof Deno.errors.ConnectionRefused) throw error;
      return false;
    }
  }

  /**
   * Sends a request.
   *
   * @param to where to
   * @param identity whose certificate to show
   * @param http the request
   * @returns whether the waypoint answered for what is behind it; a refusal by policy is the status 403
   */
  async requestPasses(
    to: { address: string; port: number },
    identity: Identity,
    http: { method: string; path: string },
  ): Promise<boolean> {
    const certificate = await this.#certificateOf(identity);
    using client = Deno.createHttpClient({
      caCerts: [this.#ca.certPem],
      ...(certificate ? { cert: certificate.certPem, key: certificate.keyPem } : {}),
    });
    const url = `https://${to.address}:${to.port}${http.path}`;
    const response = await fetch(url, { client, method: http.method });
    await response.body?.cancel();
    if (response.status !== 200 && response.status !== 403) {
      throw new Error(`Unexpected answer of Envoy: ${response.status}`);
    }
    return response.status === 200;
  }

  async #certificateOf(
    identity: Identity | "stranger" | undefined,
  ): Promise<CertificateAndKey | undefined> {
    if (identity === undefined) return undefined;
    const isStranger = identity === "stranger";
    const { namespace, account } = isStranger ? { namespace: "x", account: "x" } : identity;
    const uri = `spiffe://${this.#trustDomain}/ns/${namespace}/sa/${account}`;
    const id = isStranger ? "stranger" : uri;
    const known = this.#certificates.get(id);
    if (known) return known;
    const ca = isStranger
      ? await newCertificateAuthority({ commonName: "another mesh", days: DAYS })
      : this.#ca;
    const made = await issue(ca, {
      commonName: account,
      uris: [uri],
      usages: ["client"],
      days: DAYS,
    });
    this.#certificates.set(id, made);
    return made;
  }

  /** Ends Envoy and deletes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
    await Deno.remove(this.#dir, { recursive: true });
  }
}

async function ready(url: string): Promise<void> {
  const until = performance.now() + READY_MS;
  let last = "";
  while (performance.now() < until) {
    try {
      const response = await fetch(url);
      last = (await response.text()).trim();
      if (response.ok) return;
    } catch (error) {
      last = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new DeadlineError(`Envoy is not ready within ${READY_MS} ms; it last said: ${last}`);
}
