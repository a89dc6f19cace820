/**
 * A TCP proxy on loopback that delays every byte, as a long line would. It runs in a worker, so that it does not slow down
 * whoever is measured.
 *
 * @module
 */

/** Where a proxy leads and how slowly. */
interface Route {
  readonly port: number;
  readonly delayMs: number;
}

/** A running proxy. */
export interface DelayProxy extends Disposable {
  /** Port on loopback. */
  readonly port: number;
}

/**
 * Starts a proxy.
 *
 * @param port Port on loopback that it leads to.
 * @param delayMs Milliseconds in each direction: half a round trip.
 */
export async function startDelayProxy(port: number, delayMs: number): Promise<DelayProxy> {
  const worker = new Worker(import.meta.url, { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  worker.onmessage = ({ data }: MessageEvent<number>) => resolve(data);
  worker.onerror = (event) => reject(new Error(event.message));
  worker.postMessage({ port, delayMs } satisfies Route);
  return { port: await promise, [Symbol.dispose]: () => worker.terminate() };
}

/** The part of a worker's global scope that this one uses. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Route>) => void) | null;
  postMessage(message: number): void;
  readonly importScripts?: unknown;
}

// In a worker there is no window to be the main module of: the first message says what to do.
if ("WorkerGlobalScope" in globalThis) {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = ({ data }) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    scope.postMessage(listener.addr.port);
    serve(listener, data);
  };
}

async function serve(listener: Deno.TcpListener, route: Route): Promise<void> {
  for await (const inner of listener) {
    // A broken connection has closed itself at both ends.
    join(inner, route).catch(() => undefined);
  }
}

async function join(inner: Deno.TcpConn, { port, delayMs }: Route): Promise<void> {
  const outer = await Deno.connect({ hostname: "127.0.0.1", port });
  inner.setNoDelay(true);
  outer.setNoDelay(true);
  await Promise.all([
    inner.readable.pipeThrough(delayed(delayMs)).pipeTo(outer.writable),
    outer.readable.pipeThrough(delayed(delayMs)).pipeTo(inner.writable),
  ]);
}

/** Hands every chunk on after the delay, without making the chunks behind it wait for longer than that. */
function delayed(ms: number): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let last: Promise<void> = Promise.resolve();
  return new TransformStream({
    transform: (chunk, controller) => {
      const due = new Promise<void>((resolve) => setTimeout(resolve, ms));
      // The connection may break while a chunk is on its way: nobody is left to get it.
      last = Promise.all([last, due]).then(() => controller.enqueue(chunk)).catch(() => undefined);
    },
    flush: () => last,
  });
}
