/**
 * Splits the change of a policy into what it takes away and what it gives. Pure.
 *
 * Policies are lists of things that are allowed. Taken apart into single allowances (one peer, one port), two versions can
 * be compared; what both allow is the version to write first when a change does both.
 *
 * @module
 */
import type { KubeObject } from "@lattice/kube";
import { isRecord } from "../cluster/difference.ts";

/** How a policy gets from what it is to what is wanted. */
export interface Steps {
  /** Allows nothing that it does not allow now; absent when nothing is taken away. */
  readonly tighten?: KubeObject;
  /** Allows more; absent when nothing is given. */
  readonly loosen?: KubeObject;
}

type Fields = Record<string, unknown>;

/** A rule that was taken apart: allowances by the text that names them. */
interface Parts {
  /** Every allowance of the rule. */
  readonly names: readonly string[];
  /** The rule with only those allowances that are kept; several rules when they no longer fit into one. */
  restricted(keep: ReadonlySet<string>): Fields[];
}

/** Kinds whose rules can be compared, with the fields of `spec` that hold rules. */
const RULE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  CiliumNetworkPolicy: ["ingress", "egress"],
  AuthorizationPolicy: ["rules"],
};

/**
 * The steps from one version of an object to another, which differ.
 *
 * @param live The object as it is.
 * @param wanted The object as it is wanted.
 * @returns One step or two. Objects that are not lists of allowances change in one step, which counts as loosening.
 */
export function stepsBetween(live: KubeObject, wanted: KubeObject): Steps {
  const fields = RULE_FIELDS[wanted.kind];
  if (fields === undefined) return { loosen: wanted };
  const before = specOf(live);
  const after = specOf(wanted);
  const sameFrame = frameOf(before, fields) === frameOf(after, fields);
  const allowed = new Set(fields.flatMap((field) => namesOf(field, before[field])));
  const asked = new Set(fields.flatMap((field) => namesOf(field, after[field])));
  // What was allowed to others is no measure: nothing of it is kept.
  const kept = sameFrame ? asked.intersection(allowed) : new Set<string>();
  const takes = !sameFrame || !allowed.isSubsetOf(asked);
  const gives = !asked.isSubsetOf(kept);
  if (!takes) return { loosen: wanted };
  return gives
    ? { tighten: restricted(wanted, fields, kept), loosen: wanted }
    : { tighten: wanted };
}

function restricted(
  wanted: KubeObject,
  fields: readonly string[],
  kept: ReadonlySet<string>,
): KubeObject {
  const spec = { ...specOf(wanted) };
  for (const field of fields) {
    const rules = rulesOf(spec[field]).flatMap((rule) => partsOf(field, rule).restricted(kept));
    if (rules.length > 0) spec[field] = rules;
    else if (field === "rules") delete spec[field];
    // Cilium enforces a direction only where there is a rule for it; an empty one matches nobody.
    else if (spec[field] !== undefined) spec[field] = [{}];
  }
  return { ...wanted, spec };
}

function namesOf(field: string, rules: unknown): string[] {
  return rulesOf(rules).flatMap((rule) => [...partsOf(field, rule).names]);
}

function partsOf(field: string, rule: Fields): Parts {
  const parts = field === "rules" ? istioParts(rule) : ciliumParts(field, rule);
  return parts ?? opaque(field, rule);
}

/** A rule of a shape that is never written here: it is kept whole or not at all. */
function opaque(field: string, rule: Fields): Parts {
  const name = nameOf(field, rule);
  return { names: [name], restricted: (keep) => keep.has(name) ? [rule] : [] };
}

const CILIUM_PEERS = [
  "fromEndpoints",
  "fromEntities",
  "fromCIDR",
  "toEndpoints",
  "toEntities",
  "toFQDNs",
  "toCIDR",
];

function ciliumParts(field: string, rule: Fields): Parts | undefined {
  if (Object.keys(rule).length === 0) return { names: [], restricted: () => [] };
  const { toPorts, ...rest } = rule;
  const [peerField, ...others] = Object.keys(rest);
  const [group, ...groups] = rulesOf(toPorts);
  if (peerField === undefined || others.length > 0 || !CILIUM_PEERS.includes(peerField)) return;
  const peers = rest[peerField];
  if (!Array.isArray(peers) || group === undefined || groups.length > 0) return;
  const { ports, ...layer7 } = group;
  if (!Array.isArray(ports)) return;
  return product(
    peers,
    ports,
    (peer, port) => nameOf(field, peerField, peer, port, layer7),
    (somePeers, somePorts) => ({
      [peerField]: somePeers,
      toPorts: [{ ...layer7, ports: somePorts }],
    }),
  );
}

function istioParts(rule: Fields): Parts | undefined {
  const { from, to, ...rest } = rule;
  const source = only(from)?.["source"];
  const operation = only(to)?.["operation"];
  if (Object.keys(rest).length > 0 || !isRecord(source) || !isRecord(operation)) return;
  const { principals, ...otherSources } = source;
  const { ports, ...request } = operation;
  if (Object.keys(otherSources).length > 0) return;
  if (!Array.isArray(principals) || !Array.isArray(ports)) return;
  return product(
    principals,
    ports,
    (principal, port) => nameOf(principal, port, request),
    (somePrincipals, somePorts) => ({
      from: [{ source: { principals: somePrincipals } }],
      to: [{ operation: { ...request, ports: somePorts } }],
    }),
  );
}

/** A rule that allows every peer every port; peers that keep the same ports stay in one rule. */
function product(
  peers: readonly unknown[],
  ports: readonly unknown[],
  name: (peer: unknown, port: unknown) => string,
  rule: (peers: readonly unknown[], ports: readonly unknown[]) => Fields,
): Parts {
  return {
    names: peers.flatMap((peer) => ports.map((port) => name(peer, port))),
    restricted: (keep) => {
      const groups = new Map<string, { peers: unknown[]; ports: unknown[] }>();
      for (const peer of peers) {
        const left = ports.filter((port) => keep.has(name(peer, port)));
        if (left.length === 0) continue;
        const key = nameOf(left);
        const group = groups.get(key);
        if (group) group.peers.push(peer);
        else groups.set(key, { peers: [peer], ports: left });
      }
      return [...groups.values()].map((group) => rule(group.peers, group.ports));
    },
  };
}

/** Everything of a policy but its rules: whom it is about, and how. */
function frameOf(spec: Fields, fields: readonly string[]): string {
  const frame = Object.fromEntries(
    Object.entries(spec).filter(([key]) => !fields.includes(key)),
  );
  return nameOf(frame);
}

/** The one item of a list; undefined when there is not exactly one. */
function only(value: unknown): Fields | undefined {
  const [first, ...others] = rulesOf(value);
  return others.length > 0 ? undefined : first;
}

function specOf(object: KubeObject): Fields {
  const spec = object["spec"];
  return isRecord(spec) ? spec : {};
}

function rulesOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** A text that is equal for equal values, whatever the order of their keys. */
function nameOf(...values: unknown[]): string {
  return JSON.stringify(
    values,
    (_key, value: unknown) =>
      isRecord(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1))
        : value,
  );
}
