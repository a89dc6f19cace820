/**
 * cert-manager, which issues the certificates of Cluster API's webhooks.
 *
 * @module
 */
import { chartPart } from "./objects.ts";
import type { Addon } from "./types.ts";

/** What Lattice sets of the chart `cert-manager`. */
interface CertManagerValues {
  readonly crds: { enabled: true; keep: true };
  readonly global: { leaderElection: { namespace: string } };
  readonly startupapicheck: { enabled: false };
}

const NAMESPACE = "cert-manager";

const VALUES: CertManagerValues = {
  crds: { enabled: true, keep: true },
  // In a namespace of its own: the usual place, kube-system, would need rights there.
  global: { leaderElection: { namespace: NAMESPACE } },
  // A hook of Helm's; whoever installs waits for the webhook itself.
  startupapicheck: { enabled: false },
};

/** Certificates. */
export const certManager: Addon = {
  name: "cert-manager",
  namespace: NAMESPACE,
  parts: ({ options }) => [chartPart("cert-manager", `v${options.versions.certManager}`, VALUES)],
};
