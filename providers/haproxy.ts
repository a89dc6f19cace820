/**
 * The load balancer of a Docker cluster with RKE2.
 *
 * @module
 */
import { RKE2_JOIN_PORT } from "./infrastructure.ts";

const FAMILY = "resolvers docker resolve-prefer {{ if $.IPv6 }}ipv6{{ else }}ipv4{{ end }}";

function servers(port: string): string {
  return `{{- range $name, $server := .BackendServers }}
  server {{ $name }} {{ JoinHostPort $server.Address ${port} }} weight {{ $server.Weight }} check check-ssl verify none ${FAMILY}
{{- end }}`;
}

function frontend(name: string, port: string, backend: string): string {
  return `frontend ${name}
  bind *:${port}
{{- if .IPv6 }}
  bind :::${port}
{{- end }}
  default_backend ${backend}`;
}

/**
 * Configuration of HAProxy as a Go template of CAPD: API servers, and RKE2's supervisors at 9345.
 *
 * A supervisor answers an anonymous readiness request with 403; that is how a live one looks.
 */
export const RKE2_HAPROXY_CONFIG: string = `global
  daemon
  maxconn 4096

resolvers docker
  nameserver dns 127.0.0.11:53

defaults
  mode tcp
  timeout connect 5s
  timeout client 1m
  timeout server 1m
  default-server init-addr none

frontend stats
  mode http
  bind *:8404
  stats enable
  stats uri /stats

${frontend("control-plane", "{{ .FrontendControlPlanePort }}", "kube-apiservers")}

backend kube-apiservers
  option httpchk GET /healthz
  http-check expect status 200
${servers("$.BackendControlPlanePort")}

${frontend("rke2-join", String(RKE2_JOIN_PORT), "rke2-servers")}

backend rke2-servers
  option httpchk GET /v1-rke2/readyz
  http-check expect status 403
${servers(`"${RKE2_JOIN_PORT}"`)}
`;
