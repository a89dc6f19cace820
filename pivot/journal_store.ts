/**
 * Keeps a journal in a cluster. Every write is a compare-and-swap: of two movers at work at the same time, one fails.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import { MANAGED_BY, MANAGED_BY_LABEL } from "@lattice/api";
import { isApiError, type KubeObject, type Ref } from "@lattice/kube";
import type { Calls } from "./calls.ts";
import { canonical, FIELD_MANAGER } from "./content.ts";
import { formatJournal, type Journal, JOURNAL_NAME, parseJournal } from "./journal.ts";
import type { Side } from "./types.ts";

/** The journal of one side. */
export class JournalStore {
  readonly #calls: Calls;
  readonly #side: Side;
  readonly #ref: Ref & { namespace: string };
  #version: string | undefined;
  #journal: Journal | undefined;

  /** Makes the store; {@linkcode JournalStore.read} comes first. */
  constructor(calls: Calls, side: Side, namespace: string) {
    this.#calls = calls;
    this.#side = side;
    this.#ref = journalRef(namespace);
  }

  /** The journal as it was read or written last. */
  get journal(): Journal | undefined {
    return this.#journal;
  }

  /** Reads the journal. */
  async read(): Promise<Journal | undefined> {
    const stored = await this.#calls.call(
      this.#side,
      "get journal",
      (client, options) => client.find(this.#ref, options),
    );
    return this.#remember(stored);
  }

  /**
   * Writes the journal, if nobody else wrote it since it was read.
   *
   * @param journal The new content.
   * @param reason What for, in the descriptions of calls; default: its phase.
   * @throws {LatticeError} `conflict` when somebody else did.
   */
  async write(journal: Journal, reason: string = journal.phase): Promise<void> {
    const object = this.#object(journal);
    const what = `write journal ${reason}`;
    try {
      const stored = await this.#calls.call<KubeObject>(
        this.#side,
        what,
        (client, options) =>
          this.#version === undefined
            ? client.create(object, { fieldManager: FIELD_MANAGER, ...options })
            : client.replace(object, { fieldManager: FIELD_MANAGER, ...options }),
      );
      this.#remember(stored);
    } catch (error) {
      if (!isApiError(error, 409) && !isApiError(error, 404)) throw error;
      await this.#acceptOwn(journal, error);
    }
  }

  /** Deletes the journal, if nobody else wrote it since it was read. */
  async remove(): Promise<void> {
    const resourceVersion = this.#version;
    if (resourceVersion === undefined) return;
    await this.#calls.call(
      this.#side,
      "delete journal",
      (client, options) => client.delete(this.#ref, { resourceVersion, ...options }),
    );
    this.#remember(undefined);
  }

  #object(journal: Journal): KubeObject {
    const { apiVersion, kind, name, namespace } = this.#ref;
    return {
      apiVersion,
      kind,
      metadata: {
        name,
        namespace,
        labels: { [MANAGED_BY_LABEL]: MANAGED_BY },
        ...(this.#version === undefined ? {} : { resourceVersion: this.#version }),
      },
      data: formatJournal(journal),
    };
  }

  /** A write whose answer was lost is found done when it is repeated. */
  async #acceptOwn(journal: Journal, cause: unknown): Promise<void> {
    const stored = await this.read();
    if (stored && canonical(stored) === canonical(journal)) return;
    throw new LatticeError(
      "conflict",
      stored
        ? `Cannot go on with the move: another mover wrote the journal of the ${this.#side} ` +
          `(run ${stored.runId}, phase ${stored.phase})`
        : `Cannot go on with the move: somebody deleted the journal of the ${this.#side}`,
      { remedy: "let that one finish, then run the same command again", cause },
    );
  }

  #remember(stored: KubeObject | undefined): Journal | undefined {
    this.#version = stored?.metadata.resourceVersion;
    this.#journal = parseJournal(stored);
    return this.#journal;
  }
}

/**
 * Where the journal of a namespace is.
 *
 * @param namespace The namespace that moves.
 */
export function journalRef(namespace: string): Ref & { namespace: string } {
  return { apiVersion: "v1", kind: "ConfigMap", name: JOURNAL_NAME, namespace };
}
