/**
 * Who a local API server lets in without a certificate: nobody but those who ask for its health.
 *
 * @module
 */

import { join } from "node:path";

/** What may be asked of the API server without a certificate: nothing but whether it is well. */
const ANONYMOUS_PATHS = ["/livez", "/readyz", "/healthz"];

/** Path of the file that limits what anonymous requests may do. */
export function authenticationFile(directory: string): string {
  return join(directory, "authentication.json");
}

/** Content of {@linkcode authenticationFile}. */
export function authenticationConfiguration(): string {
  return JSON.stringify({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "AuthenticationConfiguration",
    anonymous: { enabled: true, conditions: ANONYMOUS_PATHS.map((path) => ({ path })) },
  });
}
