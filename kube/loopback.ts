/**
 * Keeps connections to this machine away from the proxies that the environment names, as Go programs do. Deno asks
 * the environment whenever it makes an HTTP client and knows no such exception.
 *
 * @module
 */

const PROXIES = [
  "HTTPS_PROXY",
  "https_proxy",
  "HTTP_PROXY",
  "http_proxy",
  "ALL_PROXY",
  "all_proxy",
];
const LOOPBACK = ["127.0.0.1", "localhost", "::1"];

/**
 * Adds loopback to `NO_PROXY` of this process when a server is there and a proxy is set; children inherit it. Without the
 * permission to read or change the environment nothing happens.
 *
 * @param server URL of the server.
 */
export function bypassProxiesForLoopback(server: string): void {
  const { hostname } = new URL(server);
  const loopback = hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
  if (!loopback) return;
  try {
    if (!PROXIES.some((name) => Deno.env.get(name))) return;
    const present = Deno.env.get("NO_PROXY") ?? Deno.env.get("no_proxy") ?? "";
    const hosts = present.split(",").map((host) => host.trim()).filter((host) => host !== "");
    const wanted = [...LOOPBACK, hostname.replace(/[[\]]/g, "")];
    const missing = wanted.filter((host) => !hosts.includes(host));
    if (missing.length > 0 && !hosts.includes("*")) {
      Deno.env.set("NO_PROXY", [...hosts, ...new Set(missing)].join(","));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
  }
}
