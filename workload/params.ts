/**
 * The free-form `params` of resources, read strictly: a misspelt one must not change what a volume is.
 *
 * @module
 */
import { z } from "zod";
import type { Findings } from "./types.ts";

/** How a volume may be mounted. */
export const ACCESS_MODES = [
  "ReadWriteOnce",
  "ReadWriteMany",
  "ReadOnlyMany",
  "ReadWriteOncePod",
] as const;

/** A Kubernetes quantity that is not negative. */
const QUANTITY =
  /^\+?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+|[numkMGTPE]|Ki|Mi|Gi|Ti|Pi|Ei)?$/;
/** A duration as Go writes it. */
const DURATION = /^(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+$/;

const volumeSchema = z.strictObject({
  size: z.string().regex(QUANTITY, "must be a quantity such as 5Gi").optional(),
  storageClass: z.string().min(1).optional(),
  accessMode: z.enum(ACCESS_MODES).optional(),
});

const secretSchema = z.strictObject({
  provider: z.string().min(1),
  keys: z.array(z.string().min(1)).min(1).optional(),
  refreshInterval: z.string().regex(DURATION, "must be a duration such as 1h").optional(),
});

/** `params` of a volume. */
export type VolumeParams = z.infer<typeof volumeSchema>;
/** `params` of a secret. */
export type SecretParams = z.infer<typeof secretSchema>;

/**
 * Reads the parameters of a volume.
 *
 * @param params what was written; absent: none
 * @returns the parameters, or undefined when they are wrong
 */
export function volumeParams(params: unknown): VolumeParams | undefined {
  return volumeSchema.safeParse(params ?? {}).data;
}

/**
 * Reads the parameters of a secret.
 *
 * @param params what was written
 * @returns the parameters, or undefined when they are wrong
 */
export function secretParams(params: unknown): SecretParams | undefined {
  return secretSchema.safeParse(params ?? {}).data;
}

/**
 * Reports what is wrong with the parameters of a volume or secret.
 *
 * @param type which of them
 * @param params what was written
 * @param field path of the parameters
 * @param findings where problems go
 */
export function checkParams(
  type: "volume" | "secret",
  params: unknown,
  field: string,
  findings: Findings,
): void {
  const schema = type === "volume" ? volumeSchema : secretSchema;
  for (const issue of schema.safeParse(params ?? {}).error?.issues ?? []) {
    const path = [field, ...issue.path.map(String)].join(".");
    const legal = `legal here: ${Object.keys(schema.shape).join(", ")}`;
    findings.block(path, sentence(issue.message), legal);
  }
}

function sentence(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
