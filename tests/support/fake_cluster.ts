/**
 * An API server in memory, which exists to enumerate faults: every write can fail or crash the caller before or after it
 * takes effect, and every moment can be looked at. `tests/mesh/fake_cluster_test.ts` holds it against a real one.
 *
 * It knows server-side apply with field ownership (maps are merged, lists are atomic), merge patches, preconditions,
 * watches with one label selector, and no schemas: every kind is served.
 *
 * @module
 */
import {
  ApiError,
  type KubeClient,
  type KubeObject,
  type ObjectLike,
  type Ref,
  type WatchEvent,
} from "@lattice/kube";
import { at, contentOf, fieldsOf, leaves, mergePatch, set, sorted, unset } from "./fake_fields.ts";

/** What the fake offers of a client. */
type Client = Pick<KubeClient, "apply" | "create" | "delete" | "find" | "patch" | "watch">;

/** Which fields a manager owns: paths of scalars and lists, as JSON. */
interface Ownership {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly subresource: string;
  paths: Set<string>;
}

interface Stored {
  object: KubeObject;
  readonly owners: Ownership[];
}

interface Stream {
  readonly kind: string;
  readonly matches: (object: KubeObject) => boolean;
  readonly events: WatchEvent[];
  wake: () => void;
}

/** When a hook is called: before a write takes effect, or after it. */
export type Moment = "before" | "after";

/** Objects, and clients that see and change them. */
export class FakeCluster {
  /** Called around every write of a client; what it throws is what the caller gets. */
  onWrite: (moment: Moment, description: string) => void = () => {};
  /** Milliseconds before a call does anything; 0: only a turn of the event loop at times. */
  readonly #pause: () => Promise<void>;
  readonly #objects = new Map<string, Stored>();
  readonly #streams = new Set<Stream>();
  #version = 1;

  /** @param pause How long each call takes. */
  constructor(pause: () => Promise<void> = () => Promise.resolve()) {
    this.#pause = pause;
  }

  /** Every object, as a client reads it. */
  objects(): KubeObject[] {
    return [...this.#objects.values()].map(read);
  }

  /**
   * One object.
   *
   * @param ref Names it.
   */
  object(ref: Ref): KubeObject | undefined {
    const stored = this.#objects.get(idOf(ref));
    return stored && read(stored);
  }

  /**
   * Does what a person does: replaces the content of an object, or creates it. No hook is called.
   *
   * @param object The object; `metadata` is merged with what the server set, labels are replaced.
   */
  put(object: KubeObject): void {
    this.#edit(object, "user");
    if (object["status"] !== undefined) this.#apply(object, "user", "status");
  }

  /**
   * Deletes an object, if it is there. No hook is called.
   *
   * @param ref Names it.
   * @param collect Whether what it owns goes with it, as with a collector.
   */
  remove(ref: Ref, collect = false): void {
    const stored = this.#objects.get(idOf(ref));
    if (!stored) return;
    this.#drop(stored);
    if (!collect) return;
    for (const { object } of [...this.#objects.values()]) {
      const isOwned = object.metadata.ownerReferences?.some(({ uid }) =>
        uid === stored.object.metadata.uid
      );
      if (isOwned) this.remove(refOf(object));
    }
  }

  /** A client. */
  client(): Client {
    return {
      find: async <T>(ref: Ref, options = {}) => {
        await this.#call(options);
        return this.object(ref) as T | undefined;
      },
      create: async <T>(object: ObjectLike, options = {}) => {
        await this.#call(options);
        return object as T;
      },
      apply: <T>(object: ObjectLike, options: Parameters<Client["apply"]>[1]) =>
        this.#write(
          `apply ${describe(object as KubeObject)}`,
          options,
          () => this.#apply(object as KubeObject, options.manager, options.subresource ?? ""),
        ) as Promise<
          T
        >,
      patch: <T>(ref: Ref, options: Parameters<Client["patch"]>[1]) =>
        this.#write(`patch ${ref.kind} ${ref.namespace}/${ref.name}`, options, () => {
          const present = this.#need(ref);
          const merged = mergePatch(structuredClone(present.object), options.body) as KubeObject;
          return this.#edit(merged, options.manager ?? "unknown");
        }) as Promise<T>,
      delete: (ref, options = {}) =>
        this.#write(`delete ${ref.kind} ${ref.namespace}/${ref.name}`, options, () => {
          const stored = this.#objects.get(idOf(ref));
          if (!stored) return false;
          if (options.uid !== undefined && options.uid !== stored.object.metadata.uid) {
            throw failure(409, "Conflict");
          }
          this.#drop(stored);
          return true;
        }),
      watch: (kind, options) =>
        this.#watch(kind, options.labelSelector, options.signal) as ReturnType<
          Client["watch"]
        > as never,
    };
  }

  async #call({ signal }: { readonly signal?: AbortSignal | undefined }): Promise<void> {
    await this.#pause();
    signal?.throwIfAborted();
  }

  async #write<T>(
    description: string,
    options: { readonly signal?: AbortSignal | undefined },
    run: () => T,
  ): Promise<T> {
    await this.#call(options);
    this.onWrite("before", description);
    const result = run();
    this.onWrite("after", description);
    await this.#call(options);
    return result;
  }

  #need(ref: Ref): Stored {
    const stored = this.#objects.get(idOf(ref));
    if (!stored) throw failure(404, "NotFound");
    return stored;
  }

  #apply(wanted: KubeObject, manager: string, subresource: string): KubeObject {
    const stored = this.#objects.get(idOf(wanted));
    const { uid } = wanted.metadata;
    if (stored === undefined && subresource !== "") throw failure(404, "NotFound");
    if (subresource === "" && uid !== undefined && uid !== stored?.object.metadata.uid) {
      throw stored ? failure(422, "metadata.uid: field is immutable") : failure(409, "Conflict");
    }
    const content = contentOf(wanted, subresource);
    const owners = stored?.owners ?? [];
    const paths = leaves(content);
    const own = ownership(owners, manager, "Apply", subresource);
    const next = structuredClone(stored?.object ?? bare(wanted));
    for (const path of own.paths) {
      if (!paths.has(path) && !owners.some((each) => each !== own && each.paths.has(path))) {
        unset(next, JSON.parse(path));
      }
    }
    for (const [path, value] of paths) {
      const before = at(next, JSON.parse(path));
      set(next, JSON.parse(path), value);
      if (JSON.stringify(before) !== JSON.stringify(value)) {
        for (const each of owners) if (each !== own) each.paths.delete(path);
      }
    }
    const wasOwned = [...own.paths].sort().join();
    own.paths = new Set(paths.keys());
    const isSameOwned = wasOwned === [...own.paths].sort().join();
    return this.#store(stored, owners, next, !isSameOwned);
  }

  /** Replaces the content; what changed belongs to the manager from now on. */
  #edit(edited: KubeObject, manager: string): KubeObject {
    const stored = this.#objects.get(idOf(edited));
    const owners = stored?.owners ?? [];
    const before = leaves(contentOf(stored?.object ?? bare(edited), ""));
    const after = leaves(contentOf(edited, ""));
    const own = ownership(owners, manager, "Update", "");
    const next = structuredClone(stored?.object ?? bare(edited));
    for (const path of before.keys()) {
      if (after.has(path)) continue;
      unset(next, JSON.parse(path));
      for (const each of owners) each.paths.delete(path);
    }
    for (const [path, value] of after) {
      if (JSON.stringify(before.get(path)) === JSON.stringify(value)) continue;
      for (const each of owners) each.paths.delete(path);
      set(next, JSON.parse(path), value);
      own.paths.add(path);
    }
    return this.#store(stored, owners, next, false);
  }

  #store(
    stored: Stored | undefined,
    owners: Ownership[],
    next: KubeObject,
    force: boolean,
  ): KubeObject {
    const present = stored?.object;
    if (present && !force && JSON.stringify(sorted(present)) === JSON.stringify(sorted(next))) {
      return read(stored);
    }
    const isSameSpec = present !== undefined &&
      JSON.stringify(sorted(contentOf(present, "spec"))) ===
        JSON.stringify(sorted(contentOf(next, "spec")));
    const { uid, generation = 0 } = present?.metadata ?? {};
    next.metadata = {
      ...next.metadata,
      uid: uid ?? crypto.randomUUID(),
      generation: isSameSpec ? generation : generation + 1,
      resourceVersion: String(++this.#version),
    };
    const entry: Stored = { object: next, owners: owners.filter(({ paths }) => paths.size > 0) };
    this.#objects.set(idOf(refOf(next)), entry);
    this.#tell(present, next);
    return read(entry);
  }

  #drop({ object }: Stored): void {
    this.#objects.delete(idOf(refOf(object)));
    const resourceVersion = String(++this.#version);
    this.#tell({ ...object, metadata: { ...object.metadata, resourceVersion } }, undefined);
  }

  #tell(before: KubeObject | undefined, after: KubeObject | undefined): void {
    const object = after ?? before;
    if (!object) return;
    for (const stream of this.#streams) {
      if (stream.kind !== kindOf(object)) continue;
      const was = before !== undefined && stream.matches(before);
      const is = after !== undefined && stream.matches(after);
      if (!was && !is) continue;
      const stored = this.#objects.get(idOf(refOf(object)));
      const shown = after && stored ? read(stored) : structuredClone(object);
      stream.events.push({ type: is ? (was ? "MODIFIED" : "ADDED") : "DELETED", object: shown });
      stream.wake();
    }
  }

  async *#watch(
    kind: { readonly apiVersion: string; readonly kind: string },
    labelSelector: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent> {
    const [label = "", value] = (labelSelector ?? "").split("=");
    const matches = ({ metadata }: KubeObject) =>
      label === "" || metadata.labels?.[label] === value;
    const stream: Stream = {
      kind: `${kind.apiVersion} ${kind.kind}`,
      matches,
      events: [],
      wake: () => {},
    };
    const abort = () => stream.wake();
    signal.addEventListener("abort", abort);
    try {
      await this.#pause();
      if (signal.aborted) return;
      this.#streams.add(stream);
      const objects = this.objects().filter((object) =>
        kindOf(object) === stream.kind && matches(object)
      );
      yield { type: "SYNC", objects, resourceVersion: String(this.#version) };
      while (!signal.aborted) {
        const event = stream.events.shift();
        if (event) {
          await this.#pause();
          if (signal.aborted) return;
          yield event;
        } else await new Promise<void>((resolve) => stream.wake = resolve);
      }
    } finally {
      this.#streams.delete(stream);
      signal.removeEventListener("abort", abort);
    }
  }
}

/** The failure that an API server answers with. */
export function failure(code: number, reason: string): ApiError {
  const status = { status: "Failure", code, reason, message: reason };
  return new ApiError({ httpStatus: code, status, method: "PATCH", path: "/" });
}

function read({ object, owners }: Stored): KubeObject {
  const managedFields = owners.filter(({ paths }) => paths.size > 0).map((
    { manager, operation, subresource, paths },
  ) => ({
    manager,
    operation,
    ...(subresource === "" ? {} : { subresource }),
    fieldsV1: fieldsOf(paths),
  }));
  const copy = structuredClone(object);
  return { ...copy, metadata: { ...copy.metadata, managedFields } };
}

function ownership(
  owners: Ownership[],
  manager: string,
  operation: Ownership["operation"],
  subresource: string,
): Ownership {
  const found = owners.find((each) =>
    each.manager === manager && each.operation === operation && each.subresource === subresource
  );
  if (found) return found;
  const made = { manager, operation, subresource, paths: new Set<string>() };
  owners.push(made);
  return made;
}

function bare({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): KubeObject {
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  };
}

function refOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): Ref {
  return { apiVersion, kind, name, namespace };
}

function idOf(ref: Ref | KubeObject): string {
  const { name, namespace = "" } = "metadata" in ref ? ref.metadata as Ref : ref as Ref;
  return `${kindOf(ref)} ${namespace}/${name}`;
}

function kindOf({ apiVersion, kind }: { apiVersion: string; kind: string }): string {
  return `${apiVersion} ${kind}`;
}

function describe({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
}
