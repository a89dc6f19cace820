import { anExternal, type Bad, refuses } from "./service_fixtures_test.ts";

const E = "spec.endpoints.api";

const BAD_EXTERNALS: readonly Bad[] = [
  { name: "no endpoints", path: "spec.endpoints", value: {}, says: "is empty" },
  {
    name: "malformed endpoint name",
    path: "spec.endpoints.A_b",
    value: "https://a.example.com",
    says: "is not a DNS label",
  },
  { name: "bare word", path: E, value: "stripe", says: "has no port" },
  {
    name: "unknown scheme",
    path: E,
    value: "ftp://a.example.com:21",
    says: "https, http, tcp or grpc",
  },
  { name: "TCP without a port", path: E, value: "tcp://a.example.com", says: "has no port" },
  { name: "port 0", path: E, value: "tcp://a.example.com:0", says: "from 1 to 65535" },
  { name: "port 99999", path: E, value: "tcp://a.example.com:99999", says: "from 1 to 65535" },
  { name: "credentials", path: E, value: "https://u:p@a.example.com", says: "credentials" },
  {
    name: "another host in the path",
    path: E,
    value: "https://a.example.com/x@b.example.com:1",
    says: "credentials",
  },
  { name: "query", path: E, value: "https://a.example.com?x=b", says: "query" },
  { name: "fragment", path: E, value: "https://a.example.com#b", says: "query or a fragment" },
  { name: "backslash", path: E, value: "https://a.example.com\\.b.example.com", says: "backslash" },
  { name: "wildcard", path: E, value: "https://*.example.com", says: "wildcard" },
  { name: "one label", path: E, value: "https://intranet", says: "no full DNS name" },
  {
    name: "inside of the cluster",
    path: E,
    value: "http://web.shop.svc.cluster.local",
    says: "inside of the cluster",
  },
  { name: "this machine", path: E, value: "tcp://127.0.0.1:22", says: "of the machine itself" },
  {
    name: "credentials of the cloud",
    path: E,
    value: "http://169.254.169.254",
    says: "of the machine itself",
  },
  { name: "address in octal", path: E, value: "http://0177.0.0.1", says: "no full DNS name" },
  { name: "address as a number", path: E, value: "http://2130706433", says: "no full DNS name" },
  { name: "IPv6 without brackets", path: E, value: "tcp://::1:80", says: "is not a URL" },
  { name: "IPv6 loopback", path: E, value: "tcp://[::1]:80", says: "of the machine itself" },
  {
    name: "IPv6 with an IPv4 inside",
    path: E,
    value: "tcp://[::ffff:7f00:1]:80",
    says: "of the machine itself",
  },
  { name: "no address in brackets", path: E, value: "tcp://[]:80", says: "is not IPv6" },
  {
    name: "static resolution of a name",
    path: "spec.resolution",
    value: "static",
    field: E,
    says: "resolution is static",
  },
  {
    name: "two protocols on one port",
    path: "spec.endpoints.other",
    value: "tcp://api.stripe.com:443",
    says: "with another protocol",
  },
  {
    name: "malformed requester",
    path: "spec.allowed_requesters",
    value: ["a b"],
    field: "spec.allowed_requesters[0]",
    says: "is not a requester",
  },
  {
    name: "half a wildcard",
    path: "spec.allowed_requesters",
    value: ["web*"],
    field: "spec.allowed_requesters[0]",
    says: "is not a requester",
  },
  {
    name: "requester anywhere",
    path: "spec.allowed_requesters",
    value: ["*/web"],
    field: "spec.allowed_requesters[0]",
    says: "is not a requester",
  },
  {
    name: "both spellings that differ",
    path: "spec.allowedRequesters",
    value: ["web"],
    says: "write one of them",
  },
  {
    name: "misspelt requesters",
    path: "spec.allowedRequester",
    value: ["web"],
    says: "did you mean allowedRequesters?",
  },
  { name: "name of a waypoint", path: "metadata.name", value: "a-waypoint", says: "is reserved" },
];

for (const bad of BAD_EXTERNALS) refuses("external service", anExternal, bad);
