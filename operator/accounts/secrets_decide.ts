/**
 * Decides about a SecretsProvider: what becomes of its ClusterSecretStore, and what is reported. Pure.
 *
 * @module
 */
import {
  SECRETS_PROVIDER_LABEL,
  type SecretsProvider,
  type SecretsProviderSpec,
} from "@lattice/api";
import type { KubeObject } from "@lattice/kube";
import { renderSecretStore, SECRET_STORE } from "@lattice/workload";
import { z } from "zod";
import { ownedFields } from "../cluster/difference.ts";
import { needsWrite } from "../mesh/difference.ts";
import { extras } from "../mesh/drift.ts";
import { type Aspect, assess, type Assessment, holds, lacks, validity } from "./assess.ts";
import { type Credentials, credentialsAspect } from "./credentials.ts";
import { type Declared, misplaced } from "./declared.ts";
import * as reasons from "./reasons.ts";

/** Name of the controller, and field manager of what it writes. */
export const SECRETS_MANAGER = "lattice-secrets-provider";

/** A word that a condition can have as its reason. */
const REASON = /^[A-Za-z]([A-Za-z0-9_,:]{0,254}[A-Za-z0-9_])?$/;

/** What was read. */
export interface SecretsWorld {
  /** Name of the SecretsProvider. */
  readonly name: string;
  /** The SecretsProvider; undefined: it is gone, or was never there. */
  readonly provider: Declared<SecretsProvider> | undefined;
  /** Whether the cluster serves ClusterSecretStores. */
  readonly isServed: boolean;
  /** The ClusterSecretStore of that name; undefined: there is none. */
  readonly store: KubeObject | undefined;
  /** Namespaces with services that name the SecretsProvider. */
  readonly namespaces: readonly string[];
  /** What was seen of its credentials; undefined: it needs none. */
  readonly credentials: Credentials | undefined;
}

/** One write. */
export type StoreWrite =
  /** Server-side apply. */
  | { readonly do: "apply"; readonly object: KubeObject }
  /** A merge patch that removes what others added. */
  | { readonly do: "strip"; readonly patch: Readonly<Record<string, unknown>> }
  /** Deletion of the store that was read. */
  | { readonly do: "delete"; readonly uid: string | undefined };

/** What to write and what to report. */
export interface SecretsPlan {
  /** Writes, in order. */
  readonly writes: readonly StoreWrite[];
  /** Aspects; undefined: there is nothing to report about. */
  readonly aspects?: readonly Aspect[];
}

/**
 * Keys that the credentials of a method need.
 *
 * @param spec The SecretsProvider's.
 */
export function vaultKeys({ authMethod }: Pick<SecretsProviderSpec, "authMethod">): string[] {
  if (authMethod === "kubernetes") return [];
  return authMethod === "token" ? ["token"] : ["role_id", "secret_id"];
}

/**
 * Decides what a SecretsProvider needs next.
 *
 * @param world What was read.
 */
export function decideSecrets(world: SecretsWorld): SecretsPlan {
  const { name, provider, store } = world;
  if (provider === undefined || isLeaving(provider.raw)) {
    return { writes: store && isOurs(store, name) && !isLeaving(store) ? [removal(store)] : [] };
  }
  const wrongPlace = misplaced(provider.raw);
  if (wrongPlace) return { writes: [], aspects: [wrongPlace] };
  const valid = validity(provider.problems);
  // Nobody knows what a malformed one is meant to be: its store stays as it is.
  if (provider.object === undefined) return { writes: [], aspects: [valid] };
  const { writes, applied } = storePlan(world, provider.object);
  const aspects = [valid, credentialsAspect(world.credentials), applied];
  if (applied.status === "True" && store) aspects.push(...reported(store));
  return { writes, aspects };
}

/**
 * What is reported of a SecretsProvider.
 *
 * @param name Its name.
 * @param aspects Its aspects.
 */
export function assessSecrets(name: string, aspects: readonly Aspect[]): Assessment {
  const isReported = aspects.some(({ type }) => type === reasons.STORE_READY);
  const message = isReported
    ? `External Secrets can use ClusterSecretStore ${name}`
    : `ClusterSecretStore ${name} is applied; External Secrets has not reported on it yet`;
  return assess(aspects, { reason: reasons.PROVIDER_READY, message });
}

/**
 * The aspects after a write failed.
 *
 * @param aspects What was decided.
 * @param problem Why it failed.
 */
export function afterFailure(aspects: readonly Aspect[], problem: string): Aspect[] {
  return aspects.filter(({ type }) => type !== reasons.STORE_READY).map((aspect) =>
    aspect.type === reasons.STORE_APPLIED
      ? lacks(reasons.STORE_APPLIED, reasons.APPLY_FAILED, problem)
      : aspect
  );
}

function storePlan(
  { name, isServed, store, namespaces }: SecretsWorld,
  provider: SecretsProvider,
): { writes: StoreWrite[]; applied: Aspect } {
  const type = reasons.STORE_APPLIED;
  if (!isServed) {
    const message =
      `the cluster does not serve ${SECRET_STORE.kind} of ${SECRET_STORE.apiVersion} yet; ` +
      "install External Secrets";
    return {
      writes: [],
      applied: lacks(type, reasons.WAITING_FOR_EXTERNAL_SECRETS, message, "Pending"),
    };
  }
  if (store && !isOurs(store, name)) {
    const message = `ClusterSecretStore ${name} exists and is not Lattice's; ` +
      "delete it, or give the SecretsProvider another name";
    return { writes: [], applied: lacks(type, reasons.NAME_TAKEN, message) };
  }
  if (store && isLeaving(store)) {
    const message = `ClusterSecretStore ${name} of before is being deleted`;
    return { writes: [], applied: lacks(type, reasons.WAITING_FOR_DELETION, message, "Pending") };
  }
  const wanted = renderSecretStore(provider, namespaces);
  const open = wanted["spec"] as { conditions: [{ namespaces: string[] }] };
  const count = open.conditions[0].namespaces.length;
  const message = `open to ${count} ${count === 1 ? "namespace" : "namespaces"}`;
  const applied = holds(type, reasons.APPLIED, message);
  return { writes: writesFor(wanted, store), applied };
}

/** Conditions are compared to the last field: one more in an item of them opens the store to others. */
function writesFor(wanted: KubeObject, store: KubeObject | undefined): StoreWrite[] {
  const apply: StoreWrite = { do: "apply", object: wanted };
  if (store === undefined) return [apply];
  const patch = extras(store, wanted);
  return [
    ...(needsWrite(wanted, store, SECRETS_MANAGER) ? [apply] : []),
    ...(patch ? [{ do: "strip" as const, patch }] : []),
  ];
}

/** A store that came back from a backup knows nothing of who applied it, one whose label was removed says who did. */
function isOurs(store: KubeObject, name: string): boolean {
  return store.metadata.labels?.[SECRETS_PROVIDER_LABEL] === name ||
    ownedFields(store, SECRETS_MANAGER) !== undefined;
}

function isLeaving({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function removal({ metadata: { uid } }: KubeObject): StoreWrite {
  return { do: "delete", uid };
}

const reportedStatus = z.object({
  status: z.object({
    conditions: z.array(z.object({
      type: z.string(),
      status: z.string(),
      reason: z.string().default(""),
      message: z.string().default(""),
    })),
  }),
});

/** What External Secrets says of the store; nothing before it has looked. */
function reported(store: KubeObject): Aspect[] {
  const { data } = reportedStatus.safeParse(store);
  const found = data?.status.conditions.find(({ type }) => type === "Ready");
  if (found?.status === "True") {
    return [holds(reasons.STORE_READY, reasons.STORE_VALID, found.message)];
  }
  if (found?.status !== "False") return [];
  const reason = REASON.test(found.reason) ? found.reason : reasons.STORE_NOT_READY;
  const message = found.message || "External Secrets gave no reason; see its log";
  return [lacks(reasons.STORE_READY, reason, message)];
}
