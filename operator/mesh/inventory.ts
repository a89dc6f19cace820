/**
 * What of ours is in the cluster: a copy of every managed object, kept by watches, that knows its own writes at once.
 *
 * A watch lags behind: after a write the copy would still show what was there before, and a decision made on it would
 * undo or repeat the write. So the answer to every write is kept until the watch has caught up with it.
 *
 * @module
 */
import { Informer, keyOf, type KubeObject } from "@lattice/kube";
import type { MeshClient } from "./client.ts";
import { needsWrite } from "./difference.ts";
import { kindId, MESH_KINDS, type MeshKind, objectId } from "./kinds.ts";
import { causeOf, MANAGED_SELECTOR } from "./ownership.ts";

/** Milliseconds after which the answer to a write counts no more: the watch must have caught up, or listed anew. */
const CATCH_UP_MS = 30_000;

/** What an inventory needs. */
export interface InventoryOptions {
  /** Client. */
  readonly client: Pick<MeshClient, "watch">;
  /** Hears of every change of an object that somebody made, in order; not of the first list. */
  readonly onChange: (object: KubeObject) => void;
  /** Hears that a kind can be written from now on, or no longer. */
  readonly onKind: (kind: MeshKind) => void;
  /** Hears of failures, which are retried. */
  readonly onError: (kind: MeshKind, error: unknown) => void;
  /** Ends every watch. */
  readonly signal: AbortSignal;
}

/** The answer to a write. */
interface Written {
  /** The object after it; undefined: it was deleted. */
  readonly object: KubeObject | undefined;
  /** Version that the watch has to reach. */
  readonly version: string;
  /** When it was written. */
  readonly at: number;
}

/** The wanted content of the last apply, and the version that it made. */
interface Memo {
  readonly content: string;
  readonly version: string | undefined;
}

interface Followed {
  readonly informer: Informer;
  readonly stop: AbortController;
}

/** Managed objects by kind, name and owner. */
export class Inventory {
  readonly #options: InventoryOptions;
  readonly #followed = new Map<string, Followed>();
  readonly #written = new Map<string, Written>();
  readonly #memos = new Map<string, Memo>();
  /** Latest version that the watch of a kind told of. */
  readonly #seen = new Map<string, bigint>();
  readonly #running = new Set<Promise<void>>();

  /** Follows nothing yet. */
  constructor(options: InventoryOptions) {
    this.#options = options;
  }

  /**
   * Follows a kind from now on, or no longer.
   *
   * @param kind Kind.
   * @param served Whether the cluster serves it.
   */
  setServed(kind: MeshKind, served: boolean): void {
    const id = kindId(kind);
    const present = this.#followed.get(id);
    if (served === (present !== undefined)) return;
    if (served) {
      this.#followed.set(id, this.#follow(kind));
      return;
    }
    present?.stop.abort(new Error(`${id} is no longer served`));
    this.#followed.delete(id);
    this.#options.onKind(kind);
  }

  /** Resolves when every kind that is followed now has been listed once. */
  async synced(): Promise<void> {
    await Promise.all([...this.#followed.values()].map(({ informer }) => informer.synced));
  }

  /**
   * Whether objects of a kind can be written: it is served, and what there is of it is known.
   *
   * @param kind Kind.
   */
  isReady(kind: { readonly apiVersion: string; readonly kind: string }): boolean {
    return this.#followed.get(kindId(kind))?.informer.isSynced ?? false;
  }

  /**
   * An object as it is, as far as is known.
   *
   * @param wanted Names the object.
   */
  get(wanted: KubeObject): KubeObject | undefined {
    const written = this.#fresh(objectId(wanted));
    return written ? written.object : this.#stored(wanted);
  }

  /**
   * The objects that carry the labels of an owner.
   *
   * @param key `namespace/name` of a service or external service.
   */
  ownedBy(key: string): KubeObject[] {
    const found = new Map<string, KubeObject>();
    for (const { informer } of this.#followed.values()) {
      for (const object of informer.store.byIndex("cause", key)) {
        found.set(objectId(object), object);
      }
    }
    for (const id of this.#written.keys()) {
      const written = this.#fresh(id);
      if (!written) continue;
      const { object } = written;
      if (object && causeOf(object)?.key === key) found.set(id, object);
      else found.delete(id);
    }
    return [...found.values()];
  }

  /** `namespace/name` of every owner that some object names, whether it exists or not. */
  owners(): Set<string> {
    const keys = new Set<string>();
    for (const { informer } of this.#followed.values()) {
      for (const object of informer.store.list()) {
        const cause = causeOf(object);
        if (cause) keys.add(cause.key);
      }
    }
    return keys;
  }

  /** Objects by kind, for metrics: managed ones, whoever owns them. */
  counts(): Map<string, number> {
    return new Map(
      MESH_KINDS.flatMap((kind) => {
        const store = this.#followed.get(kindId(kind))?.informer.store;
        return store ? [[kind.kind, store.keys().length] as const] : [];
      }),
    );
  }

  /**
   * Notes the answer to an apply.
   *
   * @param wanted What was applied.
   * @param object What the server has now.
   */
  noteApplied(wanted: KubeObject, object: KubeObject): void {
    const version = object.metadata.resourceVersion;
    // What came back as it was written can be told by looking at it.
    if (needsWrite(wanted, object)) {
      this.#memos.set(objectId(wanted), { content: JSON.stringify(wanted), version });
    } else this.#memos.delete(objectId(wanted));
    this.notePatched(object);
  }

  /**
   * Notes the answer to a write of some fields only.
   *
   * @param object What the server has now.
   */
  notePatched(object: KubeObject): void {
    this.#note(object, object);
  }

  /**
   * Notes that an object was deleted.
   *
   * @param object The object as it was.
   */
  noteDeleted(object: KubeObject): void {
    this.#memos.delete(objectId(object));
    this.#note(object, undefined);
  }

  /**
   * Whether exactly this was applied last, and nobody wrote since: the server may store a value in another form than it
   * was written in, and would be asked again and again.
   *
   * @param wanted What is wanted.
   * @param live What there is.
   */
  wasApplied(wanted: KubeObject, live: KubeObject): boolean {
    const memo = this.#memos.get(objectId(wanted));
    return memo !== undefined && memo.version === live.metadata.resourceVersion &&
      memo.content === JSON.stringify(wanted);
  }

  #note(named: KubeObject, object: KubeObject | undefined): void {
    // A kind that is not followed has no watch that would ever catch up.
    if (!this.#followed.has(kindId(named))) return;
    const version = named.metadata.resourceVersion ?? "0";
    const id = objectId(named);
    // An answer may come later than what the watch tells of it, and of what somebody did next.
    if (this.#isTold(named, object, BigInt(version))) this.#written.delete(id);
    else this.#written.set(id, { object, version, at: performance.now() });
  }

  #isTold(named: KubeObject, object: KubeObject | undefined, version: bigint): boolean {
    if (object) return (this.#seen.get(kindId(named)) ?? -1n) >= version;
    const live = this.#stored(named);
    return live === undefined || BigInt(live.metadata.resourceVersion ?? 0) > version;
  }

  #stored(named: KubeObject): KubeObject | undefined {
    return this.#followed.get(kindId(named))?.informer.store.get(keyOf(named));
  }

  #fresh(id: string): Written | undefined {
    const written = this.#written.get(id);
    if (written && performance.now() - written.at > CATCH_UP_MS) {
      this.#written.delete(id);
      return undefined;
    }
    return written;
  }

  #follow(kind: MeshKind): Followed {
    const stop = new AbortController();
    const informer = new Informer({
      client: this.#options.client,
      kind: { apiVersion: kind.apiVersion, kind: kind.kind },
      labelSelector: MANAGED_SELECTOR,
      indexers: { cause: (object) => [causeOf(object)?.key ?? ""] },
      onChange: ({ object, previous }) => {
        const changed = object ?? previous;
        if (changed === undefined) return;
        this.#catchUp(changed, object === undefined);
        if (informer.isSynced) this.#options.onChange(changed);
      },
      onError: (error) => this.#options.onError(kind, error),
      signal: AbortSignal.any([this.#options.signal, stop.signal]),
    });
    const running = informer.synced.then(async () => {
      if (informer.isSynced) this.#options.onKind(kind);
      await informer.done;
    }).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return { informer, stop };
  }

  /** Forgets the answer to a write once the watch tells the same or something newer. */
  #catchUp(changed: KubeObject, gone: boolean): void {
    const id = objectId(changed);
    const seen = BigInt(changed.metadata.resourceVersion ?? 0);
    const kind = kindId(changed);
    if (seen > (this.#seen.get(kind) ?? -1n)) this.#seen.set(kind, seen);
    const written = this.#written.get(id);
    if (!written) return;
    const awaited = BigInt(written.version);
    // The version before a deletion says nothing about it; every later one does.
    const isEarlier = seen < awaited || (seen === awaited && written.object === undefined && !gone);
    if (!isEarlier) this.#written.delete(id);
  }

  /** Resolves when every watch has ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }
}
