/**
 * The journal of a move and what may follow from the journals of both sides. Pure.
 *
 * @module
 */
import { LatticeError } from "@lattice/api/errors";
import type { KubeObject } from "@lattice/kube";
import { z } from "zod";
import { type MovePhase, PHASES } from "./types.ts";

/** Name of the ConfigMap that holds the journal, in the namespace that moves. */
export const JOURNAL_NAME = "lattice-move";

/** Paused flags before the move: by key of the object, the value of its flag; null when it had none. */
export type PausedFlags = Readonly<Record<string, boolean | string | null>>;

/** An object that the target got beside the graph. */
export interface ExtraRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** What one side knows of a move. */
export interface Journal {
  /** Which side of the move this cluster is. */
  readonly role: "source" | "target";
  /** How far the move is, as this side knows it. */
  readonly phase: MovePhase;
  /** Hand-overs so far in the life of these objects. The side with the higher epoch is right. */
  readonly epoch: number;
  /** Run that moves. */
  readonly runId: string;
  /** Random mark of the process that writes: two at once would see each other's. */
  readonly attempt: string;
  /** Name of the CAPI Cluster. */
  readonly cluster: string;
  /** UID of the namespace on the other side: identity of the other cluster. */
  readonly peer: string;
  /** Objects of the move, once it is known. */
  readonly objects: number;
  /** SHA-256 of the content that was verified; empty before. */
  readonly digest: string;
  /** Flags to restore; absent while nothing was paused. */
  readonly flags?: PausedFlags | undefined;
  /** Source: UIDs to delete after hand-over. */
  readonly moved: readonly string[];
  /** Source: objects that stay although they were copied, as `Kind/name`. */
  readonly kept: readonly string[];
  /** Target: UIDs of objects that an earlier move brought; an abort must not touch them. */
  readonly preexisting: readonly string[];
  /** Target: objects beside the graph. */
  readonly extras: readonly ExtraRef[];
  /** The journal of an earlier move that this one replaced, for an abort. */
  readonly previous?: Journal | undefined;
  /** The other side proved that this one is an old copy, for example restored from a backup. */
  readonly stale: boolean;
}

const flagsSchema = z.record(z.string(), z.union([z.boolean(), z.string(), z.null()]));
const extraSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  namespace: z.string().optional(),
});
const journalSchema: z.ZodType<Journal> = z.lazy(() =>
  z.object({
    role: z.enum(["source", "target"]),
    phase: z.enum(PHASES),
    epoch: z.int().min(0),
    runId: z.string(),
    attempt: z.string(),
    cluster: z.string(),
    peer: z.string(),
    objects: z.int().min(0),
    digest: z.string(),
    flags: flagsSchema.optional(),
    moved: z.array(z.string()),
    kept: z.array(z.string()),
    preexisting: z.array(z.string()),
    extras: z.array(extraSchema),
    previous: journalSchema.optional(),
    stale: z.boolean(),
  })
);

/**
 * Writes a journal as the data of a ConfigMap. `role`, `phase`, `epoch` and `runId` are keys of their own, for people
 * with kubectl; `journal` holds everything and is what is read back.
 *
 * @param journal What to write.
 */
export function formatJournal(journal: Journal): Record<string, string> {
  const { role, phase, epoch, runId } = journal;
  return { role, phase, epoch: String(epoch), runId, journal: JSON.stringify(journal) };
}

/**
 * Reads a journal.
 *
 * @param configMap The ConfigMap; undefined when there is none.
 * @returns The journal; undefined when there is none.
 * @throws {LatticeError} `conflict` when the ConfigMap is no journal.
 */
export function parseJournal(configMap: KubeObject | undefined): Journal | undefined {
  if (configMap === undefined) return undefined;
  try {
    const { journal } = z.object({ journal: z.string() }).parse(configMap["data"]);
    return journalSchema.parse(JSON.parse(journal));
  } catch (cause) {
    const { namespace, name } = configMap.metadata;
    throw new LatticeError(
      "conflict",
      `Cannot read the move journal ConfigMap ${namespace}/${name}`,
      {
        field: "data.journal",
        remedy: "restore it, or delete it if no move of this namespace was ever started",
        cause,
      },
    );
  }
}

/**
 * Whether a phase is over.
 *
 * @param at Phase that a move is in.
 * @param phase Phase to have reached.
 */
export function reached(at: MovePhase, phase: MovePhase): boolean {
  return PHASES.indexOf(at) >= PHASES.indexOf(phase);
}

/**
 * Whether the cluster that holds this journal must keep its hands off the namespace: as a source that has handed
 * over, or as a target that was not handed to yet.
 *
 * @param journal This cluster's journal; undefined when there is none, which never fences.
 * @param peer The journal of another cluster that claims the same objects, when it is known: a higher epoch fences.
 */
export function isFencedBy(journal: Journal | undefined, peer?: Journal): boolean {
  if (peer && owns(peer) && peer.epoch > (journal?.epoch ?? 0)) return true;
  return journal !== undefined && !owns(journal);
}

/**
 * Whether a journal says that its own cluster owns the objects.
 *
 * @param journal A journal.
 */
export function owns(journal: Journal): boolean {
  const handedOver = reached(journal.phase, "HandedOver");
  return journal.role === "source" ? !handedOver : handedOver;
}

/** What a call of the mover has to do. */
export type Decision =
  /** Start, or go on before hand-over. */
  | { readonly kind: "advance"; readonly epoch: number; readonly resumed?: MovePhase }
  /** Hand-over is done: bring the rest to an end. */
  | { readonly kind: "finish"; readonly journal: Journal }
  /** Nothing is left to do. */
  | { readonly kind: "done"; readonly journal: Journal }
  /** The source is an old copy: fence it at this epoch and refuse. */
  | { readonly kind: "stale"; readonly epoch: number };

/** One side, as the decision needs it. */
export interface SideState {
  /** UID of the namespace; undefined when it is absent. */
  readonly namespaceUid?: string | undefined;
  /** Journal; undefined when it is absent. */
  readonly journal?: Journal | undefined;
}

/**
 * Decides from both journals what a move has to do.
 *
 * @param source Source.
 * @param target Target.
 * @param sourceHasCluster Whether the source still has the CAPI Cluster.
 * @throws {LatticeError} `conflict` when one of the sides is busy with another move, or owns the objects already;
 * `not-found` when there is nothing to move.
 */
export function decide(
  source: SideState,
  target: SideState,
  sourceHasCluster: boolean,
): Decision {
  const [ours, theirs] = [source.journal, target.journal];
  if (source.namespaceUid !== undefined && source.namespaceUid === target.namespaceUid) {
    throw new LatticeError("usage", "Cannot move: source and target are the same cluster", {
      remedy: "name two different clusters",
    });
  }
  if (ours?.stale) return { kind: "stale", epoch: ours.epoch };
  if (ours && !owns(ours)) return afterHandOver(ours, target);
  if (theirs && theirs.role === "target" && owns(theirs)) {
    const sameSource = theirs.peer === source.namespaceUid;
    if (!sourceHasCluster) {
      return { kind: reached(theirs.phase, "Done") ? "done" : "finish", journal: theirs };
    }
    if (sameSource && theirs.epoch > (ours?.epoch ?? 0)) {
      return { kind: "stale", epoch: theirs.epoch };
    }
    throw taken(theirs);
  }
  if (theirs) checkTarget(theirs, source, ours?.epoch ?? 0);
  if (!sourceHasCluster) {
    throw new LatticeError("not-found", "Cannot move: the source has no such CAPI Cluster", {
      remedy: "check the name, and whether an earlier move has taken it to another cluster",
    });
  }
  const epoch = ours?.epoch ?? 0;
  return ours?.role === "source"
    ? { kind: "advance", epoch, resumed: ours.phase }
    : { kind: "advance", epoch };
}

function afterHandOver(ours: Journal, target: SideState): Decision {
  if (ours.role === "target") {
    throw new LatticeError(
      "conflict",
      `Cannot move: the source is itself the target of a move in phase ${ours.phase}`,
      { remedy: `finish that move (run ${ours.runId}) first` },
    );
  }
  if (ours.peer !== target.namespaceUid) {
    throw new LatticeError(
      "conflict",
      `Cannot move: the source handed its objects to another cluster (run ${ours.runId}, epoch ${ours.epoch})`,
      { remedy: "move from the cluster that owns them now" },
    );
  }
  return { kind: ours.phase === "Done" ? "done" : "finish", journal: ours };
}

function checkTarget(theirs: Journal, source: SideState, epoch: number): void {
  if (theirs.role === "source" && owns(theirs)) throw taken(theirs);
  if (theirs.role === "source" && theirs.epoch > epoch) {
    throw new LatticeError(
      "conflict",
      `Cannot move: the target handed over at epoch ${theirs.epoch}, the source knows only epoch ${epoch}`,
      { remedy: "the source is an old copy: move from the cluster that owns the objects now" },
    );
  }
  if (theirs.role === "target" && !owns(theirs) && theirs.peer !== source.namespaceUid) {
    throw new LatticeError(
      "conflict",
      `Cannot move: the target is the target of another move (run ${theirs.runId}, phase ${theirs.phase})`,
      { remedy: "finish or abort that move first" },
    );
  }
}

function taken(theirs: Journal): LatticeError {
  return new LatticeError(
    "conflict",
    `Cannot move: the target already owns a cluster of this name (run ${theirs.runId}, epoch ${theirs.epoch})`,
    { remedy: "choose another target" },
  );
}
