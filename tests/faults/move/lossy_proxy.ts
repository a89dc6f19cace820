/**
 * A TCP proxy on loopback that can lose an answer: the server has got the request and does it, the client sees its
 * connection break.
 *
 * @module
 */

/** A running proxy. */
export interface LossyProxy extends AsyncDisposable {
  /** Port on loopback. */
  readonly port: number;
  /** Breaks the connection over which the server sends next, before the client sees anything of that. */
  loseNextAnswer(): void;
}

/** Bytes of a TLS record that is larger than HTTP/2's own talk (pings, window updates, acknowledgements). */
const ANSWER_BYTES = 100;

/**
 * Starts a proxy.
 *
 * @param port Port on loopback that it leads to.
 */
export async function startLossyProxy(port: number): Promise<LossyProxy> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const state = { losing: false };
  const open = new Set<Deno.TcpConn>();
  const joined: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const inner of listener) joined.push(join(inner, port, state, open));
  })();
  return await Promise.resolve({
    port: listener.addr.port,
    loseNextAnswer: () => {
      state.losing = true;
    },
    [Symbol.asyncDispose]: async () => {
      listener.close();
      for (const connection of open) close(connection);
      await Promise.all([accepting, ...joined]);
    },
  });
}

async function join(
  inner: Deno.TcpConn,
  port: number,
  state: { losing: boolean },
  open: Set<Deno.TcpConn>,
): Promise<void> {
  const outer = await Deno.connect({ hostname: "127.0.0.1", port });
  open.add(inner).add(outer);
  await Promise.all([
    copy(inner, outer, () => false),
    copy(outer, inner, (bytes) => {
      const lost = state.losing && bytes > ANSWER_BYTES;
      if (lost) state.losing = false;
      return lost;
    }),
  ]);
  open.delete(inner);
  open.delete(outer);
}

/** Copies until either end closes, or a chunk is to be lost; then closes both. */
async function copy(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  isLost: (bytes: number) => boolean,
): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
      if (isLost(count)) break;
      for (let sent = 0; sent < count;) sent += await to.write(buffer.subarray(sent, count));
    }
  } catch {
    // The other direction has closed the connections.
  }
  close(from);
  close(to);
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It was closed already.
  }
}
