/**
 * A local copy of the objects of one kind, kept up to date by a watch.
 *
 * ### Guarantees
 * Once `synced` has resolved, the copy is what the server had at some moment, and follows it. Changes are told in the
 * order in which the server made them; what was deleted while the connection was lost is told as deleted.
 *
 * ### Assumptions
 * Nobody changes an object that an informer returned: it is shared.
 *
 * @module
 */
import type { KubeClient } from "./client.ts";
import type { Kind, KubeObject, Selection, WatchEvent } from "./types.ts";

/** A change of the copy. */
export interface Change {
  /** Key of the object: `NAMESPACE/NAME`, or `NAME`. */
  readonly key: string;
  /** The object after the change; undefined when it was deleted. */
  readonly object: KubeObject | undefined;
  /** The object before the change; undefined when it is new. */
  readonly previous: KubeObject | undefined;
}

/** Computes the values under which an object is found in an index. */
export type Indexer = (object: KubeObject) => readonly string[];

/** Options of an informer. */
export interface InformerOptions extends Selection {
  /** Client. */
  readonly client: Pick<KubeClient, "watch">;
  /** Kind to follow. */
  readonly kind: Kind;
  /** Indexes by name. */
  readonly indexers?: Readonly<Record<string, Indexer>> | undefined;
  /** Hears of every change, after the copy has it. */
  readonly onChange?: ((change: Change) => void) | undefined;
  /** Hears of failures, which are retried. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Ends the informer. */
  readonly signal: AbortSignal;
}

/** Objects by key, with indexes. */
export class Store {
  readonly #objects = new Map<string, KubeObject>();
  readonly #indexers: Readonly<Record<string, Indexer>>;
  readonly #indexes = new Map<string, Map<string, Set<string>>>();

  /** Makes an empty store. */
  constructor(indexers: Readonly<Record<string, Indexer>> = {}) {
    this.#indexers = indexers;
    for (const name of Object.keys(indexers)) this.#indexes.set(name, new Map());
  }

  /** The object of a key. */
  get(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  /** Every object, or those of one namespace. */
  list(namespace?: string): KubeObject[] {
    const all = [...this.#objects.values()];
    return namespace === undefined
      ? all
      : all.filter((object) => object.metadata.namespace === namespace);
  }

  /** Every key. */
  keys(): string[] {
    return [...this.#objects.keys()];
  }

  /**
   * The objects that an indexer put under a value.
   *
   * @throws {RangeError} for an index that does not exist.
   */
  byIndex(index: string, value: string): KubeObject[] {
    const entries = this.#indexes.get(index);
    if (!entries) throw new RangeError(`Cannot look up: there is no index '${index}'`);
    return [...entries.get(value) ?? []].map((key) => this.#objects.get(key))
      .filter((object) => object !== undefined);
  }

  /** Puts an object in, or with undefined takes it out; returns what was there. */
  put(key: string, object: KubeObject | undefined): KubeObject | undefined {
    const previous = this.#objects.get(key);
    if (object) this.#objects.set(key, object);
    else this.#objects.delete(key);
    for (const [name, entries] of this.#indexes) {
      const indexer = this.#indexers[name];
      if (indexer) reindex(entries, key, previous && indexer(previous), object && indexer(object));
    }
    return previous;
  }
}

/** A running informer. */
export class Informer {
  /** The copy. */
  readonly store: Store;
  /** Resolves when the copy is complete for the first time; also, incomplete, when the signal aborts. */
  readonly synced: Promise<void>;
  /** Resolves when the informer has ended; rejects when a listener threw. */
  readonly done: Promise<void>;
  readonly #options: InformerOptions;
  #complete = false;

  /** Starts at once. */
  constructor(options: InformerOptions) {
    this.#options = options;
    this.store = new Store(options.indexers);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.done = this.#run(resolve).finally(resolve);
  }

  /** Whether the copy has been complete once. */
  get isSynced(): boolean {
    return this.#complete;
  }

  async #run(onSync: () => void): Promise<void> {
    const { client, kind, namespace, labelSelector, fieldSelector, signal, onError } =
      this.#options;
    const events = client.watch(kind, { namespace, labelSelector, fieldSelector, signal, onError });
    for await (const event of events) {
      this.#take(event);
      if (event.type === "SYNC") {
        this.#complete = true;
        onSync();
      }
    }
  }

  #take(event: WatchEvent): void {
    if (event.type === "SYNC") {
      const present = new Set(event.objects.map(keyOf));
      for (const key of this.store.keys()) if (!present.has(key)) this.#put(key, undefined);
      for (const object of event.objects) this.#put(keyOf(object), object);
    } else {
      this.#put(keyOf(event.object), event.type === "DELETED" ? undefined : event.object);
    }
  }

  #put(key: string, object: KubeObject | undefined): void {
    const previous = this.store.put(key, object);
    const same = previous?.metadata.resourceVersion === object?.metadata.resourceVersion &&
      previous?.metadata.uid === object?.metadata.uid;
    if (!same) this.#options.onChange?.({ key, object, previous });
  }
}

/**
 * Starts an informer.
 *
 * @param options What to follow, and whom to tell.
 */
export function startInformer(options: InformerOptions): Informer {
  return new Informer(options);
}

/**
 * The key of an object: `NAMESPACE/NAME`, or `NAME` for one without a namespace.
 *
 * @param object The object.
 */
export function keyOf(object: KubeObject): string {
  return objectKey(object.metadata.name, object.metadata.namespace);
}

/**
 * The key of a name.
 *
 * @param name Name.
 * @param namespace Namespace, if any.
 */
export function objectKey(name: string, namespace?: string): string {
  return namespace ? `${namespace}/${name}` : name;
}

function reindex(
  entries: Map<string, Set<string>>,
  key: string,
  before: readonly string[] | undefined,
  after: readonly string[] | undefined,
): void {
  for (const value of before ?? []) {
    const keys = entries.get(value);
    keys?.delete(key);
    if (keys?.size === 0) entries.delete(value);
  }
  for (const value of after ?? []) {
    const keys = entries.get(value) ?? new Set();
    entries.set(value, keys.add(key));
  }
}
