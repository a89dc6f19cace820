/**
 * External Secrets, which copies secrets out of a vault.
 *
 * @module
 */
import { chartPart } from "./objects.ts";
import type { Addon } from "./types.ts";

/** What Lattice sets of the chart `external-secrets`. */
interface ExternalSecretsValues {
  readonly installCRDs: true;
}

const VALUES: ExternalSecretsValues = { installCRDs: true };

/** Secrets from outside. */
export const externalSecrets: Addon = {
  name: "external-secrets",
  namespace: "external-secrets",
  parts: ({ options }) => [chartPart("external-secrets", options.versions.externalSecrets, VALUES)],
};
