/**
 * The bundle of addons: rendered from the real charts by the real helm, put to a real API server strictly, applied again,
 * shrunk, and sent through a mirror.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { KubeObject } from "@lattice/api";
import {
  ADDON_LABEL,
  applyBundle,
  type Bundle,
  type BundleItem,
  type BundleOptions,
  type BundleProgress,
  type RenderedBundle,
  waitBundleReady,
} from "@lattice/addons";
import { connect, type KubeClient, type Ref } from "@lattice/kube";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { lattice } from "../../cli/testing/io.ts";
import { locateSet } from "../../tools/locate.ts";
import { startApiServer } from "../support/apiserver.ts";
import { type ServedCharts, servedCharts } from "../support/charts.ts";
import { installCrds } from "../support/provider_crds.ts";
import { CLOUDS, matrix } from "../support/provider_matrix.ts";

const TIMEOUT_MS = 240_000;
const MIRROR = "mirror.example.com:5000/k8s";

/** The largest cluster of each provider, with both bootstrap providers among them. */
const CLUSTERS = matrix().filter(({ cloud, bootstrap, size }) =>
  size === "everything" && bootstrap === (CLOUDS.indexOf(cloud) % 2 === 0 ? "kubeadm" : "rke2")
);

function refOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): Ref {
  return { apiVersion, kind, name, namespace };
}

function objectsOf(bundle: RenderedBundle): KubeObject[] {
  return bundle.items.flatMap(({ objects }) => objects);
}

function keyOf({ kind, metadata: { namespace = "", name } }: KubeObject): string {
  return `${kind} ${namespace}/${name}`;
}

/** Version of every object as the server stores it. */
async function stored(client: KubeClient, bundle: RenderedBundle): Promise<Map<string, string>> {
  const versions = new Map<string, string>();
  await Promise.all(
    objectsOf(bundle).map(async (object) => {
      const { metadata } = await client.get<KubeObject>(refOf(object));
      versions.set(keyOf(object), metadata.resourceVersion ?? "");
    }),
  );
  return versions;
}

function print(title: string, counts: Readonly<Record<string, number>>): void {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  // deno-lint-ignore no-console
  console.info(`${title}: ${total} objects ${JSON.stringify(counts)}`);
}

function countsOf(bundle: RenderedBundle): Record<string, number> {
  return Object.fromEntries(bundle.items.map(({ name, objects }) => [name, objects.length]));
}

/** What Cilium's operator does when it starts. */
async function registerCilium(client: KubeClient): Promise<void> {
  await installCrds(client, await (await locateSet("crds")).objects("cilium-crds.yaml"));
}

Deno.test("the addons of every provider are accepted strictly, and a second apply changes nothing", async (t) => {
  await using charts = await servedCharts();
  await using server = await startApiServer({ apiServerArgs: ["--allow-privileged=true"] });
  using client = await connect({ kubeconfig: server.kubeconfigPath });
  let cilium: Promise<void> | undefined;
  const waited: string[] = [];
  const onProgress = (progress: BundleProgress): void => {
    if (progress.step !== "waiting") return;
    waited.push(progress.kind.apiVersion);
    cilium ??= registerCilium(client);
  };
  for (const { name, cluster } of CLUSTERS) {
    await t.step(name, async () => {
      const bundle = await charts.render(charts.describe(cluster));
      const report = await applyBundle(client, bundle, { timeoutMs: TIMEOUT_MS, onProgress });
      assert.equal(report.applied, objectsOf(bundle).length);
      const before = await stored(client, bundle);
      const again = await applyBundle(client, bundle, { timeoutMs: TIMEOUT_MS });
      assert.deepEqual([again.deleted, again.kept], [[], []]);
      assert.deepEqual(await stored(client, bundle), before);
      print(name, countsOf(bundle));
    });
  }
  await cilium;
  await t.step("kinds that a program registers were waited for", () => {
    assert.match(waited[0] ?? "", /^cilium[.]io[/]/);
  });
});

Deno.test("what a smaller bundle no longer has is deleted, and nothing else", async (t) => {
  await using charts = await servedCharts();
  await using server = await startApiServer({ apiServerArgs: ["--allow-privileged=true"] });
  using client = await connect({ kubeconfig: server.kubeconfigPath });
  const aws = CLUSTERS.find(({ cloud }) => cloud === "aws");
  assert.ok(aws);
  const keep = ["lattice-operator", "aws-ebs-csi-driver", "cluster-autoscaler", "cert-manager"];
  const whole = only(charts.describe(aws.cluster), keep);
  const bundle = await charts.render(whole);
  // The second run finds what the first left behind when it was stopped.
  const stop = new AbortController();
  const onProgress = ({ step }: BundleProgress): void => {
    if (step === "applied") stop.abort(new Error("enough"));
  };
  await assert.rejects(applyBundle(client, bundle, { signal: stop.signal, onProgress }), /enough/);
  await applyBundle(client, bundle, { timeoutMs: TIMEOUT_MS });
  const smaller = await charts.render(only(whole, ["lattice-operator", "cert-manager"]));

  await t.step(
    "an object that lost its label stays, and so does one that was never ours",
    async () => {
      const taken = { apiVersion: "v1", kind: "ServiceAccount", namespace: "lattice-system" };
      const name = "cluster-autoscaler";
      const body = { metadata: { labels: { [ADDON_LABEL]: null } } };
      await client.patch({ ...taken, name }, { type: "merge", body });
      await client.create({ ...taken, metadata: { name: "stranger", namespace: taken.namespace } });
      const deleted: string[] = [];
      const report = await applyBundle(client, smaller, {
        timeoutMs: TIMEOUT_MS,
        onProgress: (progress) => {
          if (progress.step === "deleted") deleted.push(progress.ref.name);
        },
      });
      const gone = objectsOf(bundle).length - objectsOf(smaller).length;
      assert.equal(report.deleted.length, gone - 1);
      assert.equal(deleted.length, gone - 1);
      assert.ok(await client.find({ ...taken, name }));
      assert.ok(await client.find({ ...taken, name: "stranger" }));
      assert.equal(
        await client.find({
          apiVersion: "apps/v1",
          kind: "Deployment",
          name,
          namespace: taken.namespace,
        }),
        undefined,
      );
    },
  );

  await t.step("kinds and namespaces stay, with what others put there", async () => {
    const last = await charts.render(only(whole, ["lattice-operator"]));
    const report = await applyBundle(client, last, { timeoutMs: TIMEOUT_MS });
    const kinds = new Set(report.kept.map(({ kind }) => kind));
    assert.deepEqual([...kinds].sort(), ["CustomResourceDefinition", "Namespace"]);
    for (const ref of report.kept) assert.ok(await client.find(ref), ref.name);
    assert.ok(!report.deleted.some(({ kind }) => kinds.has(kind)));
  });

  await t.step(
    "a kind that nobody registers ends at the deadline, and a signal at once",
    async () => {
      const all = charts.describe(aws.cluster);
      const policies = await charts.render(only(all, ["mesh-policies"]));
      await assert.rejects(applyBundle(client, policies, { timeoutMs: 500 }), {
        code: "timeout",
        message: /does not serve AuthorizationPolicy \(security\.istio\.io\/v1\)/,
      });
      const stop = new AbortController();
      const onProgress = ({ step }: BundleProgress): void => {
        if (step === "waiting") stop.abort(new Error("enough"));
      };
      const { signal } = stop;
      await assert.rejects(applyBundle(client, policies, { signal, onProgress }), /enough/);
    },
  );

  await t.step("a bundle is ready when its programs say that they are available", async () => {
    const last = await charts.render(only(whole, ["lattice-operator"]));
    const ref = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      name: "lattice-operator",
      namespace: "lattice-system",
    };
    const ready = waitBundleReady(client, last, { timeoutMs: TIMEOUT_MS });
    await client.patch(ref, { type: "merge", subresource: "status", body: { status: AVAILABLE } });
    await ready;
    await assert.rejects(waitBundleReady(client, bundle, { timeoutMs: 200 }), /to be available/);
  });
});

const AVAILABLE = {
  observedGeneration: 1,
  conditions: [{ type: "Available", status: "True", reason: "Enough", message: "" }],
};

function only(bundle: Bundle, names: readonly string[]): Bundle {
  return { ...bundle, items: bundle.items.filter(({ name }) => names.includes(name)) };
}

Deno.test("with a mirror and a pull secret no image and no pod is left out", async () => {
  await using charts = await servedCharts();
  const registry = { mirror: MIRROR, pullSecret: { dockerConfigJson: '{"auths":{}}' } };
  const plain = objectsOf(await charts.render(everyAddon(charts)));
  const mirrored = objectsOf(await charts.render(everyAddon(charts, { registry })));
  const images = imagesIn(plain);
  const hosts = new Set(images.map((image) => image.split("/")[0] ?? ""));
  assert.ok(images.length > 30 && hosts.size > 4, `${images.length} of ${[...hosts]}`);
  for (const image of imagesIn(mirrored)) assert.ok(image.startsWith(`${MIRROR}/`), image);
  for (const object of mirrored) {
    if (object.kind === "CustomResourceDefinition") continue;
    const text = JSON.stringify(object);
    for (const host of hosts) assert.ok(!text.includes(`${host}/`), `${host} in ${keyOf(object)}`);
  }
  const pods = mirrored.flatMap((object) => podSpecs(object).map((spec) => ({ object, spec })));
  for (const { object, spec } of pods) {
    assert.deepEqual(spec["imagePullSecrets"], [{ name: "lattice-registry" }], keyOf(object));
  }
  const namespaces = new Set(pods.map(({ object }) => object.metadata.namespace));
  const secrets = mirrored.filter(({ metadata }) => metadata.name === "lattice-registry");
  assert.deepEqual(
    secrets.map(({ metadata }) => metadata.namespace).sort(),
    [...namespaces].sort(),
  );
  // deno-lint-ignore no-console
  console.info(`mirrored: ${images.length} images, ${pods.length} pods, ${secrets.length} secrets`);
});

/** Each addon once, as the first provider that gets it has it. */
function everyAddon(charts: ServedCharts, options: Partial<BundleOptions> = {}): Bundle {
  const bundles = CLUSTERS.map(({ cluster }) => charts.describe(cluster, options));
  const items = new Map<string, BundleItem>();
  for (const item of bundles.flatMap((bundle) => bundle.items)) {
    if (!items.has(item.name)) items.set(item.name, item);
  }
  assert.ok(bundles[0]);
  return { ...bundles[0], items: [...items.values()] };
}

/** Every image, found without the product's help: in objects that have a name and an image, wherever they are. */
function imagesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(imagesIn);
  if (typeof value !== "object" || value === null) return [];
  const fields = value as Record<string, unknown>;
  if (fields["kind"] === "CustomResourceDefinition") return [];
  const own = typeof fields["image"] === "string" && typeof fields["name"] === "string"
    ? [fields["image"]]
    : [];
  return [...own, ...Object.values(fields).flatMap(imagesIn)];
}

/** Every pod spec, found by what makes one: a list of containers with images. */
function podSpecs(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(podSpecs);
  if (typeof value !== "object" || value === null) return [];
  const fields = value as Record<string, unknown>;
  if (fields["kind"] === "CustomResourceDefinition") return [];
  const own = Array.isArray(fields["containers"]) ? [fields] : [];
  return [...own, ...Object.values(fields).flatMap(podSpecs)];
}

Deno.test("lattice render --addons prints what is applied, from a folder of charts", async () => {
  await using charts = await servedCharts();
  const aws = CLUSTERS.find(({ cloud }) => cloud === "aws");
  assert.ok(aws);
  // Those whose folder has the very version that Lattice pins.
  const names = ["cilium", "cert-manager", "gateway-api"];
  const bundle = await charts.render(only(charts.describe(aws.cluster), names));
  const file = join(charts.dir, "cluster.yaml");
  await Deno.writeTextFile(file, stringify(aws.cluster, { version: "1.1" }));
  const args = ["render", "-f", file, "--addons", "-o", "json", "--only", ...names];
  const env = { LATTICE_CHARTS_DIR: charts.dir, LATTICE_HELM: charts.helm };
  const { code, stdout, stderr } = await lattice(args, { env });
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), objectsOf(bundle));
});

Deno.test("every value that we set is one that the chart has", async (t) => {
  await using charts = await servedCharts();
  const seen = new Set<string>();
  for (const { cluster } of CLUSTERS) {
    const registry = { pullSecret: {} };
    for (const part of charts.describe(cluster, { registry }).items.flatMap(({ parts }) => parts)) {
      if (part.part !== "chart" || seen.has(part.chart)) continue;
      seen.add(part.chart);
      await t.step(part.chart, async () => {
        const known = await defaultsOf(charts, part.chart);
        assert.deepEqual(unknownKeys(part.values, known), UNLISTED[part.chart] ?? []);
      });
    }
  }
  assert.deepEqual([...seen].sort(), [...charts.names].sort());
});

/** Values that the templates read although the defaults leave them out: by chart. */
const UNLISTED: Readonly<Record<string, readonly string[]>> = {
  istiod: ["meshConfig.trustDomain"],
  "openstack-cinder-csi": ["secret.name"],
};

type Values = Record<string, unknown>;

async function defaultsOf({ dir }: ServedCharts, chart: string): Promise<Values> {
  const text = await Deno.readTextFile(`${dir}/${chart}/values.yaml`);
  // Istio's charts keep their defaults under a key of their own; "profile" names one of several sets.
  const { _internal_defaults_do_not_set: internal, ...values } = parse(text, { version: "1.1" });
  return { profile: "", ...internal, ...values };
}

/** Paths of keys that the defaults do not have; where they have nothing, or an empty map, anything may stand. */
function unknownKeys(values: unknown, known: unknown, path = ""): string[] {
  const isMap = (value: unknown): value is Values =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isMap(values) || !isMap(known) || Object.keys(known).length === 0) return [];
  return Object.entries(values).flatMap(([key, value]) =>
    key in known ? unknownKeys(value, known[key], `${path}${key}.`) : [`${path}${key}`]
  );
}
