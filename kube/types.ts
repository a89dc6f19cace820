/**
 * The shapes that pass through the client: objects, references, watch events and the options of each
 * call. They carry no behaviour, so that a pure room may name them in a type without loading the client.
 *
 * @module
 */

import type { KubeObject } from "@lattice/api";

export type { Condition, KubeObject, ObjectMeta, OwnerReference } from "@lattice/api";

/** The metadata that the client must know of an object to write it. */
export interface WritableMeta {
  /** Name; needed except for a creation with `generateName`. */
  readonly name?: string | undefined;
  /** Prefix of a name that the server completes. */
  readonly generateName?: string | undefined;
  /** Namespace; needed for a namespaced kind. */
  readonly namespace?: string | undefined;
  /** Identity of the object that is meant. */
  readonly uid?: string | undefined;
  /** Version that the object must still have. */
  readonly resourceVersion?: string | undefined;
}

/** An object that can be written: any interface with these fields. */
export interface WritableObject {
  /** Group and version. */
  readonly apiVersion: string;
  /** Kind. */
  readonly kind: string;
  /** Metadata. */
  readonly metadata: WritableMeta;
}

/** The same for an object literal, which TypeScript would otherwise hold to exactly the named fields. */
export interface WritableLiteral extends WritableObject {
  /** Metadata. */
  readonly metadata: WritableMeta & { readonly [field: string]: unknown };
  /** `spec`, `data` and whatever else the kind has. */
  readonly [field: string]: unknown;
}

/** What the writing calls take. */
export type ObjectLike = WritableObject | WritableLiteral;

/** A kind of objects. */
export interface Kind {
  /** Group and version. */
  readonly apiVersion: string;
  /** Kind. */
  readonly kind: string;
}

/** Names one object. */
export interface Ref extends Kind {
  /** Name. */
  readonly name: string;
  /** Namespace; leave it out for a cluster-scoped kind. */
  readonly namespace?: string | undefined;
}

/** The `Status` object with which an API server explains a failure. */
export interface Status {
  /** `Failure` or `Success`. */
  readonly status?: string | undefined;
  /** Sentence for people. */
  readonly message?: string | undefined;
  /** Word for programs, such as `NotFound`, `Conflict`, `AlreadyExists`, `Expired`. */
  readonly reason?: string | undefined;
  /** HTTP status. */
  readonly code?: number | undefined;
  /** More about the failure. */
  readonly details?: {
    readonly name?: string | undefined;
    readonly group?: string | undefined;
    readonly kind?: string | undefined;
    readonly uid?: string | undefined;
    readonly causes?:
      | readonly {
        readonly reason?: string | undefined;
        readonly message?: string | undefined;
        readonly field?: string | undefined;
      }[]
      | undefined;
    readonly retryAfterSeconds?: number | undefined;
  } | undefined;
}

/**
 * What a watch yields. `SYNC` carries every object that exists, in one piece: it comes first when no
 * version was given, and again whenever the server had forgotten our version (410). What was known before a
 * `SYNC` and is not in it was deleted.
 */
export type WatchEvent<T = KubeObject> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "SYNC"; readonly objects: T[]; readonly resourceVersion: string };

/** One served resource of one served version. */
export interface ApiResource extends Kind {
  /** API group, empty for the core group. */
  readonly group: string;
  /** Version. */
  readonly version: string;
  /** Plural name, as in the URL. */
  readonly plural: string;
  /** Singular name, lower case. */
  readonly singular: string;
  /** Whether its objects live in namespaces. */
  readonly namespaced: boolean;
  /** What may be done: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, ... */
  readonly verbs: readonly string[];
  /** Short names. */
  readonly shortNames: readonly string[];
  /** Categories, such as `all` or `cluster-api`. */
  readonly categories: readonly string[];
  /** Subresources, such as `status` or `scale`. */
  readonly subresources: readonly string[];
}

/** Options that every call takes. */
export interface CallOptions {
  /** Ends the call early; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that one attempt may take; default: the client's `requestTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
}

/** Which objects of a kind are meant. */
export interface Selection {
  /** Only this namespace; default: every one. */
  readonly namespace?: string | undefined;
  /** Label selector, such as `app=web,tier!=cache`. */
  readonly labelSelector?: string | undefined;
  /** Field selector, such as `metadata.name=web`. */
  readonly fieldSelector?: string | undefined;
}

/** Options of {@linkcode KubeClient.list}. */
export interface ListOptions extends CallOptions, Selection {
  /** Objects a page; default 500. */
  readonly pageSize?: number | undefined;
}

/** Result of a list: every page, joined. */
export interface ListResult<T = KubeObject> {
  /** The objects, with `apiVersion` and `kind` filled in. */
  items: T[];
  /** Version of the collection, from which a watch may start. */
  resourceVersion: string;
}

/** Options of {@linkcode KubeClient.watch}. */
export interface WatchOptions extends Selection {
  /** Start after this version, without a first `SYNC`. */
  readonly resourceVersion?: string | undefined;
  /** Ends the watch; the only thing that does. */
  readonly signal: AbortSignal;
  /** Hears of every failure that the watch will retry, for logs and for callers that want to give up. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Objects a page of the list; default 500. */
  readonly pageSize?: number | undefined;
}

/** How strictly the server treats unknown and duplicate fields. */
export type FieldValidation = "Strict" | "Warn" | "Ignore";

/** Options of create and replace. */
export interface WriteOptions extends CallOptions {
  /** Check everything, store nothing. */
  readonly dryRun?: boolean | undefined;
  /** Name under which the written fields are owned. */
  readonly fieldManager?: string | undefined;
  /** Default: the server's (`Warn`). */
  readonly fieldValidation?: FieldValidation | undefined;
  /** Subresource, such as `status`. */
  readonly subresource?: string | undefined;
}

/** Options of a server-side apply. */
export interface ApplyOptions extends CallOptions {
  /** Field manager; required, since it decides which fields a later apply may remove. */
  readonly manager: string;
  /** Take over fields that others own; default false: such a field is a conflict (409). */
  readonly force?: boolean | undefined;
  /** Subresource, such as `status`. */
  readonly subresource?: string | undefined;
  /** Check everything, store nothing. */
  readonly dryRun?: boolean | undefined;
  /** Default: the server's (`Warn`). */
  readonly fieldValidation?: FieldValidation | undefined;
}

/** Options of a patch. */
export interface PatchOptions extends CallOptions {
  /** Kind of patch: JSON merge patch, JSON patch or strategic merge patch (built-in kinds only). */
  readonly type: "merge" | "json" | "strategic";
  /** The patch. */
  readonly body: unknown;
  /** Subresource, such as `status`. */
  readonly subresource?: string | undefined;
  /** Field manager. */
  readonly manager?: string | undefined;
  /** Check everything, store nothing. */
  readonly dryRun?: boolean | undefined;
}

/** Options of a deletion. */
export interface DeleteOptions extends CallOptions {
  /** What becomes of the objects that this one owns; default: the kind's own. */
  readonly propagation?: "Background" | "Foreground" | "Orphan" | undefined;
  /** Only if the object has this UID; otherwise 409. */
  readonly uid?: string | undefined;
  /** Only if the object has this version; otherwise 409. */
  readonly resourceVersion?: string | undefined;
  /** Seconds of grace. */
  readonly gracePeriodSeconds?: number | undefined;
  /** Check everything, delete nothing. */
  readonly dryRun?: boolean | undefined;
}

/** Options of a wait. */
export interface WaitOptions {
  /** Milliseconds after which a `DeadlineError` is thrown. */
  readonly timeoutMs: number;
  /** What is waited for, for the error: "Machine capi-prod/a to be Running". */
  readonly what: string;
  /** Ends the wait early. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a raw request. */
export interface RawOptions extends CallOptions {
  /** HTTP method; default GET. */
  readonly method?: string | undefined;
  /** Body, sent as it is. */
  readonly body?: string | Uint8Array<ArrayBuffer> | undefined;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * The response is a long stream (a log, a watch): it is sent over the connections of watches, so that
   * it cannot starve other calls, and `timeoutMs` bounds only the wait for its head. Default false.
   */
  readonly stream?: boolean | undefined;
}

/** Options of {@linkcode connect}. */
export interface ConnectOptions {
  /** One path, or several joined with the platform's path separator. Default: `KUBECONFIG`, `~/.kube/config`, then the pod's service account. */
  readonly kubeconfig?: string | undefined;
  /** The text of a kubeconfig, instead of any file. */
  readonly text?: string | undefined;
  /** Context to use; default: `current-context`. */
  readonly context?: string | undefined;
  /** User-Agent; default `lattice`. */
  readonly userAgent?: string | undefined;
  /** Milliseconds that one attempt of a call may take; default 30,000. */
  readonly requestTimeoutMs?: number | undefined;
}
