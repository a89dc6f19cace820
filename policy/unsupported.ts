/**
 * What a service asks of the mesh that nothing enforces yet; said aloud instead of being ignored.
 *
 * @module
 */
import { INGRESS_GATEWAY_CLASS, type LatticeService, type Problem } from "@lattice/api";

/**
 * The fields of a service that the mesh does not honour.
 *
 * Traffic is never wider for it: who may call, on which port, with which methods and paths is always enforced.
 *
 * @param service the service
 * @returns one problem a field, for a condition `UnsupportedField`; empty when all is honoured
 */
export function unsupportedRules(service: LatticeService): Problem[] {
  const problems: Problem[] = [];
  const add = (field: string, reason: string, remedy: string) =>
    problems.push({ field, reason, remedy });
  for (const [name, { inbound, outbound }] of Object.entries(service.spec.resources)) {
    const field = `spec.resources.${name}`;
    if (inbound?.rateLimit) {
      add(`${field}.inbound.rateLimit`, "is not enforced", "limit the rate in the application");
    }
    if (outbound?.retries) {
      add(`${field}.outbound.retries`, "is not enforced", "retry in the application");
    }
    if (outbound?.timeout) {
      add(`${field}.outbound.timeout`, "is not enforced", "set a timeout in the application");
    }
  }
  const gatewayClass = service.spec.ingress?.gatewayClass;
  if (gatewayClass !== undefined && gatewayClass !== INGRESS_GATEWAY_CLASS) {
    add(
      "spec.ingress.gatewayClass",
      `${gatewayClass} has an identity that is not known: its gateways are kept out`,
      `write ${INGRESS_GATEWAY_CLASS}`,
    );
  }
  return problems;
}
