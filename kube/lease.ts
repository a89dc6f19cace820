/**
 * Leader election by a `coordination.k8s.io/v1` Lease: of all that share a lease's name, at most one runs.
 *
 * ### Expected flow
 * 1. Wait until the lease is free: never held, released, or not renewed for its duration *since we first saw its present
 *    content* (clocks of different machines are never compared).
 * 2. Take it with a write that fails if anybody else wrote meanwhile, and run.
 * 3. Renew every `retryMs`. If that fails for `renewMs`, the run's signal aborts, before the lease expires for others.
 * 4. At the end release it, so that the next one need not wait.
 *
 * ### Assumptions
 * The run stops soon after its signal aborts: `leaseMs - renewMs` is the time it has.
 *
 * @module
 */
import { LatticeError, UsageError } from "@lattice/api/errors";
import { getLogger } from "@logtape/logtape";
import { z } from "zod";
import { backoffMs, sleep } from "./backoff.ts";
import type { KubeClient } from "./client.ts";
import { isApiError } from "./errors.ts";
import { LinkedAbort } from "./linked_abort.ts";
import { randomFraction } from "./random.ts";
import type { ObjectMeta, Ref } from "./types.ts";

/** Options of a leader election. */
export interface LeaseOptions {
  /** Client; it stays the caller's. */
  readonly client: KubeClient;
  /** Namespace of the lease; it must exist. */
  readonly namespace: string;
  /** Name of the lease. */
  readonly name: string;
  /** Who we are; different for every process, also for the next one on this machine. */
  readonly identity: string;
  /** Milliseconds without renewal after which others may take the lease; rounded up to seconds. */
  readonly leaseMs: number;
  /** Milliseconds without a successful renewal after which we give up; less than `leaseMs`. */
  readonly renewMs: number;
  /** Milliseconds between attempts; less than `renewMs`. */
  readonly retryMs: number;
  /** Ends waiting and running. */
  readonly signal: AbortSignal;
}

const leaseSchema = z.looseObject({
  metadata: z.custom<ObjectMeta>((value) => typeof value === "object" && value !== null),
  spec: z.looseObject({
    holderIdentity: z.string().nullish(),
    leaseDurationSeconds: z.number().nullish(),
    acquireTime: z.string().nullish(),
    renewTime: z.string().nullish(),
    leaseTransitions: z.number().nullish(),
  }).nullish().transform((spec) => spec ?? {}),
});

type Lease = z.infer<typeof leaseSchema>;

const KIND = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" } as const;

/**
 * Waits for the lease, runs while holding it, and releases it afterwards.
 *
 * @param options See {@linkcode LeaseOptions}.
 * @param run What to do as the holder. Its signal aborts when the lease is lost or `options.signal` aborts.
 * @returns Resolves when `run` did, or when `options.signal` aborted before the lease was won.
 * @throws {LatticeError} `conflict` when the lease was lost; what `run` throws; `usage` for durations out of order.
 */
export async function runWithLease(
  options: LeaseOptions,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  checkDurations(options);
  const election = new Election(options);
  if (!await election.win()) return;
  using link = new LinkedAbort(options.signal);
  using finished = new LinkedAbort();
  const lost = (reason: unknown) => link.abort(reason);
  const keeping = election.keep(finished.signal, lost);
  try {
    await run(link.signal);
  } finally {
    finished.abort(new Error("The run ended"));
    await keeping;
    await election.release();
  }
  if (election.lostReason) throw election.lostReason;
}

/** One candidate. */
class Election {
  readonly #options: LeaseOptions;
  readonly #ref: Ref;
  readonly #log;
  /** The lease as last seen, and when we saw that content first. */
  #seen: { readonly version: string; readonly at: number } | undefined;
  /** The lease as we wrote it last. */
  #held: Lease | undefined;
  /** When the last successful write began: what others see of us is no older. */
  #renewedAt = clock();
  #lost: LatticeError | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#ref = { ...KIND, namespace: options.namespace, name: options.name };
    this.#log = getLogger(["lattice", "lease"]).with({
      name: options.name,
      identity: options.identity,
    });
  }

  get lostReason(): LatticeError | undefined {
    return this.#lost;
  }

  /** Tries until the lease is ours (true) or the signal aborts (false). */
  async win(): Promise<boolean> {
    const { signal, retryMs } = this.#options;
    while (!signal.aborted) {
      try {
        if (await this.#tryTake(signal)) return true;
      } catch (error) {
        if (!signal.aborted) this.#log.warn("Cannot reach the lease", { error });
      }
      await sleep(retryMs * (1 + 0.2 * randomFraction()), signal).catch(() => undefined);
    }
    return false;
  }

  /** Renews until told to stop; calls `lost` when that failed for too long or somebody else has the lease. */
  async keep(stop: AbortSignal, lost: (reason: unknown) => void): Promise<void> {
    const { renewMs, retryMs } = this.#options;
    let pause = retryMs;
    while (!stop.aborted) {
      await sleep(pause, stop).catch(() => undefined);
      if (stop.aborted) return;
      const left = renewMs - since(this.#renewedAt);
      const outcome = left <= 0 ? "late" : await this.#renew(stop, left);
      if (stop.aborted) return;
      if (outcome === "taken" || since(this.#renewedAt) >= renewMs) {
        this.#lost = this.#lossOf(outcome);
        this.#held = undefined;
        return lost(this.#lost);
      }
      pause = outcome === "renewed" ? retryMs : Math.min(
        backoffMs(0, { baseMs: retryMs, maxMs: retryMs }),
        Math.max(renewMs - since(this.#renewedAt), 0),
      );
    }
  }

  /** Gives the lease back, if it is still ours; a failure only means that the next holder waits a little. */
  async release(): Promise<void> {
    const held = this.#held;
    if (!held) return;
    this.#held = undefined;
    const spec = {
      ...held.spec,
      holderIdentity: "",
      leaseDurationSeconds: 1,
      renewTime: microTime(),
    };
    try {
      await this.#options.client.replace(
        { ...KIND, metadata: held.metadata, spec } as LeaseObject,
        {
          timeoutMs: this.#options.retryMs,
        },
      );
    } catch (error) {
      this.#log.debug("Cannot release the lease", { error });
    }
  }

  async #tryTake(signal: AbortSignal): Promise<boolean> {
    const { client, renewMs } = this.#options;
    const call = { signal, timeoutMs: renewMs };
    const found = await client.find(this.#ref, call);
    const present = found === undefined ? undefined : leaseSchema.parse(found);
    if (present && !this.#mayTake(present)) return false;
    const object = this.#ours(present);
    const started = clock();
    try {
      const written = present
        ? await client.replace(object, call)
        : await client.create(object, call);
      this.#held = leaseSchema.parse(written);
      this.#renewedAt = started;
      return true;
    } catch (error) {
      // Somebody was quicker: wait for that one.
      if (isApiError(error, 409)) return false;
      throw error;
    }
  }

  /** Whether a lease is free, by our own clock. */
  #mayTake(present: Lease): boolean {
    const version = present.metadata.resourceVersion ?? "";
    if (this.#seen?.version !== version) this.#seen = { version, at: performance.now() };
    const { holderIdentity, leaseDurationSeconds } = present.spec;
    if (!holderIdentity || holderIdentity === this.#options.identity) return true;
    const durationMs = (leaseDurationSeconds ?? 0) * 1000;
    return performance.now() - this.#seen.at > durationMs;
  }

  async #renew(stop: AbortSignal, left: number): Promise<"renewed" | "taken" | "failed"> {
    const { client } = this.#options;
    using link = new LinkedAbort(stop);
    link.deadline(left, () => new LatticeError("timeout", "The lease was not renewed in time"));
    const started = clock();
    try {
      const written = await client.replace(this.#ours(this.#held), { signal: link.signal });
      this.#held = leaseSchema.parse(written);
      this.#renewedAt = started;
      return "renewed";
    } catch (error) {
      if (isApiError(error, 409)) return await this.#reread(link.signal);
      if (!stop.aborted) this.#log.warn("Cannot renew the lease", { error });
      return "failed";
    }
  }

  /** After a conflict: our own write may have arrived although its answer did not, or a person edited a label. */
  async #reread(signal: AbortSignal): Promise<"taken" | "failed"> {
    try {
      const present = leaseSchema.parse(await this.#options.client.get(this.#ref, { signal }));
      if (present.spec.holderIdentity !== this.#options.identity) return "taken";
      this.#held = present;
    } catch (error) {
      this.#log.warn("Cannot read the lease", { error });
    }
    return "failed";
  }

  /** The lease as ours: acquired now, or renewed if it was ours before. */
  #ours(present: Lease | undefined): LeaseObject {
    const { identity, leaseMs, namespace, name } = this.#options;
    const now = microTime();
    const mine = present?.spec.holderIdentity === identity;
    const transitions = present?.spec.leaseTransitions ?? 0;
    return {
      ...KIND,
      metadata: present?.metadata ?? { name, namespace },
      spec: {
        ...present?.spec,
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(leaseMs / 1000),
        acquireTime: mine ? present?.spec.acquireTime ?? now : now,
        renewTime: now,
        leaseTransitions: present && !mine ? transitions + 1 : transitions,
      },
    };
  }

  #lossOf(outcome: string): LatticeError {
    const why = outcome === "taken" ? "another holder took it" : "it could not be renewed in time";
    return new LatticeError("conflict", `Lost the lease '${this.#options.name}': ${why}`, {
      remedy: "start again; whoever holds the lease now does the work",
    });
  }
}

interface LeaseObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: Readonly<Record<string, unknown>>;
}

function checkDurations({ leaseMs, renewMs, retryMs }: LeaseOptions): void {
  if (leaseMs > renewMs && renewMs > retryMs && retryMs > 0) return;
  throw new UsageError(
    `Cannot elect a leader: 'leaseMs' > 'renewMs' > 'retryMs' > 0 must hold: ${leaseMs}, ${renewMs}, ${retryMs}`,
    { field: "renewMs" },
  );
}

interface Moment {
  readonly steady: number;
  readonly wall: number;
}

/** Two clocks: the steady one stands still while a machine sleeps, the other may be set. */
function clock(): Moment {
  return { steady: performance.now(), wall: Date.now() };
}

/** Milliseconds that passed by whichever clock says more: holding on too long is the worse mistake. */
function since(moment: Moment): number {
  return Math.max(performance.now() - moment.steady, Date.now() - moment.wall);
}

function microTime(): string {
  return new Date().toISOString().replace("Z", "000Z");
}
