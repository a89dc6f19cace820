/**
 * Istio's AuthorizationPolicies as Envoy's RBAC filters, the way Istio translates them: all DENY policies of a
 * target are one filter, all ALLOW policies another, which denies what no policy matches.
 *
 * A listener stands for a workload behind its ztunnel (bytes) or for a waypoint (requests). It asks for a
 * certificate of the mesh, as a tunnel does.
 *
 * @module
 */
import type { PolicySpec, Rule } from "./mesh_istio.ts";

/** PEM of a server and of the authority of the mesh. */
export interface MeshIdentity {
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

/** One place to connect to. */
export interface Listener {
  /** Address of the loopback network. */
  readonly address: string;
  /** Port, which policies mean. */
  readonly port: number;
  /** Whether requests are checked, as in a waypoint, or bytes, as in a ztunnel. */
  readonly layer: "bytes" | "requests";
  /** Policies that apply. */
  readonly policies: readonly PolicySpec[];
}

type Json = Record<string, unknown>;

const TYPE = "type.googleapis.com/envoy";

/**
 * The configuration of an Envoy.
 *
 * @param listeners places to connect to
 * @param identity what the listeners show and trust
 * @param admin where Envoy says that it is ready
 * @returns JSON object for `--config-path`
 */
export function envoyConfig(
  listeners: readonly Listener[],
  identity: MeshIdentity,
  admin: { address: string; port: number },
): Json {
  return {
    admin: { address: socket(admin.address, admin.port) },
    static_resources: {
      listeners: listeners.map((listener) => ({
        name: `${listener.address}:${listener.port}`,
        address: socket(listener.address, listener.port),
        filter_chains: [{
          transport_socket: mutualTls(identity),
          filters: listener.layer === "bytes"
            ? bytesFilters(listener.policies)
            : requestFilters(listener.policies),
        }],
      })),
    },
  };
}

// The echo answers bytes that got through.
function bytesFilters(policies: readonly PolicySpec[]): Json[] {
  return [
    ...rbacRules(policies, false).map((rules) => ({
      name: "envoy.filters.network.rbac",
      typed_config: {
        "@type": `${TYPE}.extensions.filters.network.rbac.v3.RBAC`,
        stat_prefix: "rbac",
        rules,
      },
    })),
    {
      name: "envoy.filters.network.echo",
      typed_config: { "@type": `${TYPE}.extensions.filters.network.echo.v3.Echo` },
    },
  ];
}

function requestFilters(policies: readonly PolicySpec[]): Json[] {
  return [{
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      "@type":
        `${TYPE}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: "waypoint",
      route_config: {
        virtual_hosts: [{
          name: "all",
          domains: ["*"],
          routes: [{ match: { prefix: "/" }, direct_response: { status: 200 } }],
        }],
      },
      http_filters: [
        ...rbacRules(policies, true).map((rules) => ({
          name: "envoy.filters.http.rbac",
          typed_config: { "@type": `${TYPE}.extensions.filters.http.rbac.v3.RBAC`, rules },
        })),
        {
          name: "envoy.filters.http.router",
          typed_config: { "@type": `${TYPE}.extensions.filters.http.router.v3.Router` },
        },
      ],
    },
  }];
}

function rbacRules(policies: readonly PolicySpec[], isHttp: boolean): Json[] {
  const of = (wanted: string) => policies.filter(({ action = "ALLOW" }) => action === wanted);
  return [
    ...(of("DENY").length > 0
      ? [{ action: "DENY", policies: rbacPolicies(of("DENY"), isHttp) }]
      : []),
    ...(of("ALLOW").length > 0
      ? [{ action: "ALLOW", policies: rbacPolicies(of("ALLOW"), isHttp) }]
      : []),
  ];
}

function rbacPolicies(policies: readonly PolicySpec[], isHttp: boolean): Json {
  const entries = policies.flatMap(({ rules = [] }, index) =>
    rules.flatMap((rule, at) => {
      // What a layer cannot see makes an ALLOW match nothing there.
      const operations = operationsOf(rule, isHttp);
      if (operations === undefined) return [];
      return [[`${index}-${at}`, { permissions: operations, principals: principalsOf(rule) }]];
    })
  );
  return Object.fromEntries(entries);
}

function principalsOf({ from }: Rule): Json[] {
  if (!from) return [{ any: true }];
  return from.map(({ source: { principals } }) =>
    principals
      ? {
        or_ids: {
          ids: principals.map((principal) => ({
            authenticated: { principal_name: { exact: `spiffe://${principal}` } },
          })),
        },
      }
      : { any: true }
  );
}

function operationsOf({ to }: Rule, isHttp: boolean): Json[] | undefined {
  if (!to) return [{ any: true }];
  const operations = to.filter(({ operation: { methods, paths } }) =>
    isHttp || (methods === undefined && paths === undefined)
  );
  if (operations.length === 0) return undefined;
  return operations.map(({ operation: { ports, methods, paths } }) => ({
    and_rules: {
      rules: [
        { any: true },
        ...(ports ? [anyOf(ports.map((port) => ({ destination_port: Number(port) })))] : []),
        ...(methods ? [anyOf(methods.map(methodRule))] : []),
        ...(paths ? [anyOf(paths.map(pathRule))] : []),
      ],
    },
  }));
}

function methodRule(method: string): Json {
  return { header: { name: ":method", string_match: { exact: method } } };
}

function pathRule(path: string): Json {
  const match = path.endsWith("*") ? { prefix: path.slice(0, -1) } : { exact: path };
  return { url_path: { path: match } };
}

function anyOf(rules: readonly Json[]): Json {
  return { or_rules: { rules } };
}

function mutualTls({ caPem, certPem, keyPem }: MeshIdentity): Json {
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: {
      "@type": `${TYPE}.extensions.transport_sockets.tls.v3.DownstreamTlsContext`,
      require_client_certificate: true,
      common_tls_context: {
        tls_certificates: [{
          certificate_chain: { inline_string: certPem },
          private_key: { inline_string: keyPem },
        }],
        validation_context: { trusted_ca: { inline_string: caPem } },
      },
    },
  };
}

function socket(address: string, port: number): Json {
  return { socket_address: { address, port_value: port } };
}
