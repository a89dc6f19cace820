/**
 * A TCP proxy in front of a real API server that loses, refuses or silences connections when a test says so.
 *
 * @module
 */

/** A proxy on a free port of loopback. */
export class FaultyProxy implements AsyncDisposable {
  /** Connections accepted so far. */
  accepted = 0;
  readonly #target: number;
  readonly #port: number;
  readonly #open = new Set<Deno.TcpConn>();
  #listener: Deno.TcpListener | undefined;
  #serving: Promise<void> = Promise.resolve();
  #pumps: Promise<void>[] = [];
  #silence: PromiseWithResolvers<void> | undefined;

  /** Starts to forward to a port of loopback. */
  constructor(targetUrl: string) {
    this.#target = Number(new URL(targetUrl).port);
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#port = this.#listener.addr.port;
    this.#serving = this.#serve(this.#listener);
  }

  /** URL of the proxy, for a server with a certificate for 127.0.0.1. */
  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** Breaks every connection. */
  cut(): void {
    for (const connection of this.#open) close(connection);
    this.#open.clear();
  }

  /** Breaks every connection and accepts no new one until {@linkcode FaultyProxy.accept}. */
  async refuse(): Promise<void> {
    this.#listener?.close();
    this.#listener = undefined;
    // The last connection may have been accepted just before the listener closed and reach us after it.
    await this.#serving;
    this.cut();
  }

  /** Accepts connections again. */
  accept(): void {
    this.#listener ??= Deno.listen({ hostname: "127.0.0.1", port: this.#port });
    this.#serving = this.#serve(this.#listener);
  }

  /** Keeps every connection, new ones too, but forwards nothing until {@linkcode FaultyProxy.speak}. */
  silence(): void {
    this.#silence ??= Promise.withResolvers<void>();
  }

  /** Forwards again, also what was held back. */
  speak(): void {
    this.#silence?.resolve();
    this.#silence = undefined;
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.refuse();
    this.speak();
    await Promise.all(this.#pumps);
  }

  async #serve(listener: Deno.TcpListener): Promise<void> {
    while (true) {
      let client: Deno.TcpConn;
      try {
        client = await listener.accept();
      } catch {
        return;
      }
      this.accepted++;
      this.#open.add(client);
      this.#pumps.push(this.#forward(client));
    }
  }

  async #forward(client: Deno.TcpConn): Promise<void> {
    const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
    // It may have been cut while we connected.
    if (!this.#open.has(client)) return close(server);
    this.#open.add(server);
    client.setNoDelay(true);
    server.setNoDelay(true);
    await Promise.all([this.#pump(client, server), this.#pump(server, client)]);
  }

  async #pump(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (let count = await from.read(buffer); count; count = await from.read(buffer)) {
        await this.#silence?.promise;
        for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
      }
    } catch {
      // Either side is gone; below, so is the other.
    }
    for (const connection of [from, to]) {
      close(connection);
      this.#open.delete(connection);
    }
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It was closed already.
  }
}
