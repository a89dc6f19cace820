/**
 * A collection of objects as an API server serves it: versions, pages, watch streams, bookmarks, forgotten versions. It exists to
 * enumerate faults; `watch_conformance_test.ts` holds it against a real server.
 *
 * @module
 */
import { ApiError } from "./errors.ts";
import type { KubeObject } from "./types.ts";
import type { Page, WatchSource } from "./watch.ts";
import type { OpenStream } from "./transport.ts";

interface Past {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: KubeObject;
  readonly version: number;
}

/** What the next call does instead of working. */
export type Fault = "refused" | "expired" | "unavailable";

/** A served collection. */
export class FakeCollection implements WatchSource {
  /** Objects a page. */
  pageSize = 2;
  /** Faults for the next calls, first come first served. */
  readonly faults: Fault[] = [];
  readonly #objects = new Map<string, KubeObject>();
  readonly #streams = new Set<ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>>();
  #past: Past[] = [];
  #version = 1;

  /** Names and versions of what exists. */
  get state(): Record<string, string> {
    return stateOf([...this.#objects.values()]);
  }

  /** Streams that are open. */
  get streams(): number {
    return this.#streams.size;
  }

  /** Creates or changes an object. */
  put(name: string): void {
    const version = ++this.#version;
    const object = configMap(name, version);
    this.#tell({ type: this.#objects.has(name) ? "MODIFIED" : "ADDED", object, version });
    this.#objects.set(name, object);
  }

  /** Deletes an object, if it is there. */
  remove(name: string): void {
    if (!this.#objects.delete(name)) return;
    const version = ++this.#version;
    this.#tell({ type: "DELETED", object: configMap(name, version), version });
  }

  /** Tells open streams the present version. */
  bookmark(): void {
    this.#send({ type: "BOOKMARK", object: configMap("", this.#version) });
  }

  /** Forgets the past: whoever resumes from an earlier version gets a 410. */
  compact(): void {
    this.#past = [];
  }

  /** Ends every stream; broken ones end with an error, and perhaps in the middle of a line. */
  hangUp(broken: boolean): void {
    for (const stream of this.#streams) {
      if (broken) {
        stream.enqueue(new TextEncoder().encode('{"type":"ADD'));
        stream.error(new TypeError("connection lost"));
      } else {
        stream.close();
      }
    }
    this.#streams.clear();
  }

  /** A page of the list; the token is `VERSION:OFFSET`. */
  list(next: string | undefined): Promise<Page> {
    const fault = this.#fault();
    if (fault) return Promise.reject(fault);
    const [at = String(this.#version), offset = "0"] = next?.split(":") ?? [];
    if (Number(at) !== this.#version) return Promise.reject(refusal(410, "Expired"));
    const start = Number(offset);
    const items = [...this.#objects.values()].slice(start, start + this.pageSize);
    const more = start + this.pageSize < this.#objects.size;
    return Promise.resolve({
      items,
      resourceVersion: String(this.#version),
      next: more ? `${this.#version}:${start + this.pageSize}` : undefined,
    });
  }

  /** A stream of what happened after a version. */
  open(resourceVersion: string, signal: AbortSignal): Promise<OpenStream> {
    const fault = this.#fault();
    if (fault) return Promise.reject(fault);
    const from = Number(resourceVersion);
    const oldest = (this.#past[0]?.version ?? this.#version + 1) - 1;
    let own: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        own = controller;
        if (from < oldest) {
          controller.enqueue(encode({ type: "ERROR", object: { code: 410, reason: "Expired" } }));
          controller.close();
          return;
        }
        for (const event of this.#past) {
          if (event.version > from) controller.enqueue(encode(event));
        }
        this.#streams.add(controller);
      },
    });
    const onAbort = () => {
      if (own && this.#streams.delete(own)) own.error(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    return Promise.resolve({
      response: new Response(body),
      retire: () => undefined,
      [Symbol.dispose]: () => {
        signal.removeEventListener("abort", onAbort);
        if (own) this.#streams.delete(own);
      },
    });
  }

  #tell(event: Past): void {
    this.#past.push(event);
    this.#send(event);
  }

  #send(event: { readonly type: string; readonly object: KubeObject }): void {
    for (const stream of this.#streams) stream.enqueue(encode(event));
  }

  #fault(): Error | undefined {
    switch (this.faults.shift()) {
      case "refused":
        return new TypeError("connection refused");
      case "expired":
        return refusal(410, "Expired");
      case "unavailable":
        return refusal(503, "ServiceUnavailable");
      default:
        return undefined;
    }
  }
}

/**
 * Names and versions of objects, to compare copies.
 *
 * @param objects The objects.
 */
export function stateOf(objects: readonly KubeObject[]): Record<string, string> {
  const pairs = objects.map(({ metadata }) =>
    [metadata.name, metadata.resourceVersion ?? ""] as const
  );
  return Object.fromEntries(pairs.toSorted(([a], [b]) => a < b ? -1 : 1));
}

function configMap(name: string, version: number): KubeObject {
  const metadata = { name, namespace: "default", resourceVersion: String(version) };
  return { apiVersion: "v1", kind: "ConfigMap", metadata };
}

function refusal(httpStatus: number, reason: string): ApiError {
  return new ApiError({
    httpStatus,
    status: { code: httpStatus, reason },
    method: "GET",
    path: "/",
  });
}

function encode(
  { type, object }: { readonly type: string; readonly object: unknown },
): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify({ type, object })}\n`);
}
