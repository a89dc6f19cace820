/**
 * Security contexts: what Kubernetes' profile "restricted" asks for, unless the service says otherwise.
 *
 * @module
 */
import { compact, sortedEntries } from "./text.ts";
import type { Container, Rendering } from "./types.ts";

/**
 * Security context of a container.
 *
 * @param rendering the service
 * @param container the container
 * @param field path of the container
 */
export function securityOf(
  { findings }: Rendering,
  { security }: Container,
  field: string,
): Record<string, unknown> {
  const add = [...new Set(security?.capabilities ?? [])].sort();
  const drop = [...new Set(security?.dropCapabilities ?? ["ALL"])].sort();
  const all = security?.privileged === true ||
    add.some((capability) => /^(?:CAP_)?SYS_ADMIN$/i.test(capability));
  const escalation = security?.allowPrivilegeEscalation ?? all;
  const nonRoot = security?.runAsNonRoot ?? security?.runAsUser !== 0;
  if (all && !escalation) {
    findings.block(
      `${field}.security.allowPrivilegeEscalation`,
      "cannot be false for a container that is privileged or has SYS_ADMIN",
      "leave it out, or leave privileged and SYS_ADMIN out",
    );
  }
  if (nonRoot && security?.runAsUser === 0) {
    findings.block(
      `${field}.security.runAsNonRoot`,
      "cannot be true for runAsUser 0",
      "choose another user, or write runAsNonRoot: false",
    );
  }
  return compact({
    allowPrivilegeEscalation: escalation,
    capabilities: { ...(add.length > 0 && { add }), drop },
    privileged: security?.privileged,
    readOnlyRootFilesystem: security?.readOnlyRootFilesystem,
    runAsGroup: security?.runAsGroup,
    runAsNonRoot: nonRoot,
    runAsUser: security?.runAsUser,
  });
}

/**
 * Security context of a pod.
 *
 * @param rendering the service
 */
export function podSecurity({ spec }: Rendering): Record<string, unknown> {
  const sysctls = sortedEntries(spec.sysctls).map(([name, value]) => ({ name, value }));
  const group = groupOf(spec.containers);
  return compact({
    // Volumes and files belong to root otherwise, and nobody else could write or read them.
    fsGroup: group,
    fsGroupChangePolicy: group === undefined ? undefined : "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
    sysctls: sysctls.length === 0 ? undefined : sysctls,
  });
}

/** Group, else user, of the container `main`, else of the first that names one. */
function groupOf(containers: Readonly<Record<string, Container>>): number | undefined {
  const rest = sortedEntries(containers).map(([, container]) => container);
  const groups = [containers["main"], ...rest]
    .map((container) => container?.security?.runAsGroup ?? container?.security?.runAsUser);
  return groups.find((group) => group !== undefined && group > 0);
}
