/**
 * Asks components whether they are ready.
 *
 * @module
 */

import type { HttpProbe } from "./model.ts";

const TIMEOUT_MS = 2_000;

/**
 * What a component answers: `silent` means nothing at all, as from a process that hangs or does not
 * listen yet; `unready` any answer but 200.
 */
export type Answer = "ready" | "unready" | "silent";

/** Asks one component; keeps its connection open between questions. */
export class Prober implements Disposable {
  readonly #probe: HttpProbe;
  #client: Deno.HttpClient | undefined;

  /** @param probe what to ask for */
  constructor(probe: HttpProbe) {
    this.#probe = probe;
  }

  /** Asks and waits two seconds for the answer. Never throws. */
  async ask(): Promise<Answer> {
    try {
      this.#client ??= await this.#connect();
      const response = await fetch(this.#probe.url, {
        client: this.#client,
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      return response.status === 200 ? "ready" : "unready";
    } catch {
      // Not there yet, or gone. A new client reads the certificates anew, in case they changed.
      this[Symbol.dispose]();
      return "silent";
    }
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#client?.close();
    this.#client = undefined;
  }

  async #connect(): Promise<Deno.HttpClient> {
    const { caFile, certFile, keyFile } = this.#probe;
    const read = async (path: string | undefined): Promise<string | undefined> =>
      path === undefined ? undefined : await Deno.readTextFile(path);
    const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(read));
    return Deno.createHttpClient({
      caCerts: ca === undefined ? [] : [ca],
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
      poolMaxIdlePerHost: 1,
      http2: false,
    });
  }
}
