/**
 * Turns charts and files into objects.
 *
 * @module
 */
import { type KubeObject, kubernetesTags } from "@lattice/api";
import { LatticeError } from "@lattice/api/errors";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { ChartPart, KubernetesVersion } from "../bundle/types.ts";
import { runHelm } from "./helm.ts";

/** How a chart is rendered. */
export interface TemplateOptions {
  /** Path of helm. */
  readonly helm: string;
  /** Folder or archive of the chart. */
  readonly path: string;
  /** Namespace of the release. */
  readonly namespace: string;
  /** Version of the cluster, which charts ask for. */
  readonly kubernetes: KubernetesVersion;
  /** Milliseconds. Default: 120,000. */
  readonly timeoutMs?: number | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** Kinds of Kubernetes itself that live in no namespace. */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  "APIService",
  "CSIDriver",
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "FlowSchema",
  "IngressClass",
  "MutatingAdmissionPolicy",
  "MutatingAdmissionPolicyBinding",
  "MutatingWebhookConfiguration",
  "Namespace",
  "Node",
  "PersistentVolume",
  "PriorityClass",
  "PriorityLevelConfiguration",
  "RuntimeClass",
  "StorageClass",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
  "VolumeAttachment",
]);

const objectSchema = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({ name: z.string().min(1) }),
});
const listSchema = z.looseObject({
  kind: z.string().endsWith("List"),
  items: z.array(z.unknown()),
});

/**
 * Renders a chart with its CRDs. Hooks and tests are left out: they are steps of Helm's own, not part of
 * what a cluster has.
 *
 * @param part the chart and its values
 * @param options helm, path, namespace, version of Kubernetes
 * @returns its objects, in Helm's order
 * @throws {LatticeError} when helm fails or writes something that is no object
 */
export async function renderChart(
  part: ChartPart,
  options: TemplateOptions,
): Promise<KubeObject[]> {
  const { chart, version } = part;
  const text = await runHelm({
    helm: options.helm,
    args: templateArgs(part, options),
    // Values may be secret, and arguments are for everyone to see.
    input: JSON.stringify(part.values),
    what: `render the chart "${chart}" ${version}`,
    timeoutMs: options.timeoutMs,
    signal: options.signal,
  });
  const objects = parseObjects(text, `the chart "${chart}" ${version}`);
  if (objects.length > 0) return objects.map((object) => inNamespace(object, options.namespace));
  throw new LatticeError("internal", `The chart "${chart}" ${version} renders no object`, {
    remedy: `look at "${options.path}": it is probably not that chart`,
  });
}

/**
 * The command line that renders a chart.
 *
 * @param part the chart
 * @param options path, namespace, version of Kubernetes
 * @returns arguments of helm; values come through standard input
 */
export function templateArgs(part: ChartPart, options: TemplateOptions): string[] {
  return [
    "template",
    part.release,
    options.path,
    "--namespace",
    options.namespace,
    "--kube-version",
    `v${options.kubernetes.text}`,
    "--include-crds",
    "--no-hooks",
    "--skip-tests",
    "--values",
    "-",
  ];
}

/**
 * Reads YAML documents as objects. Empty documents are skipped and lists taken apart.
 *
 * @param text the documents
 * @param from where they came from, for messages
 * @returns the objects, in order
 * @throws {LatticeError} `internal` when a document is neither empty nor an object
 */
export function parseObjects(text: string, from: string): KubeObject[] {
  const documents = parseAllDocuments(text, {
    version: "1.1",
    customTags: kubernetesTags,
    logLevel: "silent",
  });
  return [...documents].flatMap((document): KubeObject[] => {
    const error = "errors" in document ? document.errors[0] : undefined;
    if (error) throw notAnObject(from, error.message.split("\n")[0] ?? "", error);
    return toObjects("toJS" in document ? document.toJS() : null, from);
  });
}

function toObjects(value: unknown, from: string): KubeObject[] {
  if (value === null || value === undefined) return [];
  const list = listSchema.safeParse(value);
  if (list.success) return list.data.items.flatMap((item) => toObjects(item, from));
  const parsed = objectSchema.safeParse(value);
  if (parsed.success) return [parsed.data as KubeObject];
  throw notAnObject(from, "a document has no apiVersion, kind or name");
}

function notAnObject(from: string, why: string, cause?: unknown): LatticeError {
  return new LatticeError("internal", `Cannot read what ${from} contains: ${why}`, { cause });
}

// Charts may leave the namespace to whoever applies them.
function inNamespace(object: KubeObject, namespace: string): KubeObject {
  const { metadata } = object;
  if (metadata.namespace !== undefined || CLUSTER_SCOPED.has(object.kind)) return object;
  return isBuiltIn(object) ? { ...object, metadata: { ...metadata, namespace } } : object;
}

/**
 * Whether a kind is one of Kubernetes itself, which is always served.
 *
 * @param object an object of the kind
 * @returns whether its group is built in
 */
export function isBuiltIn({ apiVersion }: Pick<KubeObject, "apiVersion">): boolean {
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0] ?? "" : "";
  return !group.includes(".") || BUILT_IN_GROUPS.has(group);
}

const BUILT_IN_GROUPS: ReadonlySet<string> = new Set([
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "flowcontrol.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
]);
