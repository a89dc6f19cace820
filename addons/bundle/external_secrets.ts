/**
 * External Secrets, which copies secrets out of a vault.
 *
 * @module
 */
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
  parts: ({ options }) => [{
    part: "chart",
    chart: "external-secrets",
    version: options.versions.externalSecrets,
    release: "external-secrets",
    values: { ...VALUES },
  }],
};
