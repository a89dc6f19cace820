/**
 * Signatures of the client, for those who build on it.
 *
 * @module
 */
import type * as t from "./types.ts";

/** Client of one API server. */
export declare class KubeClient implements Disposable {
  readonly server: string;
  readonly contextName: string;
  readonly metrics: { requests: number };
  get<T = t.KubeObject>(ref: t.Ref, options?: t.CallOptions): Promise<T>;
  find<T = t.KubeObject>(ref: t.Ref, options?: t.CallOptions): Promise<T | undefined>;
  list<T = t.KubeObject>(kind: t.Kind, options?: t.ListOptions): Promise<t.ListResult<T>>;
  watch<T = t.KubeObject>(
    kind: t.Kind,
    options: t.WatchOptions,
  ): AsyncGenerator<t.WatchEvent<T>, void, void>;
  create<T = t.KubeObject>(object: t.ObjectLike, options?: t.WriteOptions): Promise<T>;
  replace<T = t.KubeObject>(object: t.ObjectLike, options?: t.WriteOptions): Promise<T>;
  apply<T = t.KubeObject>(object: t.ObjectLike, options: t.ApplyOptions): Promise<T>;
  patch<T = t.KubeObject>(ref: t.Ref, options: t.PatchOptions): Promise<T>;
  delete(ref: t.Ref, options?: t.DeleteOptions): Promise<boolean>;
  wait<T = t.KubeObject>(
    ref: t.Ref,
    predicate: (object: T | undefined) => boolean,
    options: t.WaitOptions,
  ): Promise<T | undefined>;
  resources(options?: t.CallOptions): Promise<readonly t.ApiResource[]>;
  resourceFor(kind: t.Kind, options?: t.CallOptions): Promise<t.ApiResource>;
  raw(path: string, options?: t.RawOptions): Promise<Response>;
  [Symbol.dispose](): void;
}

/** Connects. */
export declare function connect(options?: t.ConnectOptions): Promise<KubeClient>;
