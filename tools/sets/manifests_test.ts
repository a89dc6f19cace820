import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { temporaryFolder } from "../testing.ts";
import { writeChart } from "./charts.ts";
import { locateSet } from "./locate.ts";
import { readCrds, readObjects } from "./manifests.ts";
import type { ChartFolder, CrdsFile, SetName } from "./recipe.ts";
import { loadRecipe } from "./recipes.ts";

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.writeTextFile(join(folder, path), content);
  }
}

const CRD = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: things.example.org, labels: { own: "yes" } }
spec: { group: example.org }
`;

const PATCH = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: things.example.org, labels: { patched: "" }, annotations: { cert: $(NAME) } }
spec: { conversion: { strategy: Webhook } }
`;

const CRDS_FILE: CrdsFile = {
  make: "crds",
  file: "things.yaml",
  module: "example.org/things",
  from: ["crd/kustomization.yaml"],
  labels: { "clusterctl.cluster.x-k8s.io": "" },
  conversion: true,
};

Deno.test("readCrds() applies labels and patches of a kustomization, old and new style", async () => {
  const styles = [
    'labels: [{ pairs: { contract: "v1" } }]\npatches: [{ path: patches/a.yaml }]',
    'commonLabels: { contract: "v1" }\npatchesStrategicMerge: [patches/a.yaml]',
  ];
  for (const style of styles) {
    await using folder = await temporaryFolder();
    const kustomization = `resources: [bases/a.yaml]\n${style}\n`;
    await write(folder.path, {
      "crd/kustomization.yaml": kustomization,
      "crd/bases/a.yaml": CRD,
      "crd/patches/a.yaml": PATCH,
    });
    const labels = { own: "yes", patched: "", contract: "v1", "clusterctl.cluster.x-k8s.io": "" };
    const [crd, ...more] = await readCrds(CRDS_FILE, folder.path);
    assert.deepEqual(more, []);
    assert.deepEqual(crd?.metadata, { name: "things.example.org", labels });
    assert.deepEqual(crd?.["spec"], { group: "example.org", conversion: { strategy: "Webhook" } });
    const [schemaOnly] = await readCrds({ ...CRDS_FILE, conversion: false }, folder.path);
    assert.deepEqual(schemaOnly?.["spec"], { group: "example.org" });
  }
});

Deno.test("readCrds() drops a rule that a field has twice, where it is told to", async () => {
  await using folder = await temporaryFolder();
  const rules = "[{ rule: a, message: one }, { rule: b }, { rule: a, message: two }]";
  await write(folder.path, {
    "crd.yaml": `${CRD.trimEnd()}\nschema: { x-kubernetes-validations: ${rules} }\n`,
  });
  const file = { ...CRDS_FILE, from: ["crd.yaml"] };
  const count = async (dropRepeatedRules: boolean): Promise<unknown[]> => {
    const [crd] = await readCrds({ ...file, dropRepeatedRules }, folder.path);
    return (crd?.["schema"] as Record<string, unknown[]>)["x-kubernetes-validations"] ?? [];
  };
  assert.equal((await count(false)).length, 3);
  assert.deepEqual(await count(true), [{ rule: "a", message: "one" }, { rule: "b" }]);
});

Deno.test("readObjects() puts the prefix before names, and takes lists apart", async () => {
  await using folder = await temporaryFolder();
  const role = (name: string): string =>
    `{ kind: Role, apiVersion: v1, metadata: { name: ${name} } }`;
  await write(folder.path, {
    "a.yaml": `kind: List\napiVersion: v1\nitems: [${role("one")}, ${role("two")}]\n`,
    "b.yaml": `${role("three")}\n---\n# nothing\n`,
  });
  const file = { make: "objects", file: "x", module: "m", from: ["a.yaml", "b.yaml"] } as const;
  const objects = await readObjects({ ...file, prefix: "p-" }, folder.path);
  assert.deepEqual(objects.map(({ metadata }) => metadata.name), ["p-one", "p-two", "p-three"]);
});

Deno.test("writeChart() makes what a release would: version, CRDs, no absent dependency", async () => {
  await using folder = await temporaryFolder();
  await write(join(folder.path, "module"), {
    "chart/Chart.template.yaml":
      "name: a\nversion: v0.0.0\ndependencies: [{ name: here }, { name: absent }]\n",
    "chart/charts/here/Chart.yaml": "name: here\n",
    "chart/templates/a.yaml": "kind: A\n",
    "crds/a.yaml": `${CRD}\ndescription: "write {{ .name }}"\n`,
  });
  const chart: ChartFolder = {
    make: "chart",
    file: "a",
    module: "m",
    from: "chart",
    version: "v1.2.3",
    crds: { from: "crds", when: ".Values.on" },
  };
  const target = join(folder.path, "target");
  await writeChart(chart, join(folder.path, "module"), target, AbortSignal.timeout(60_000));
  const read = (path: string): Promise<string> => Deno.readTextFile(join(target, path));
  assert.deepEqual(parse(await read("Chart.yaml")), {
    name: "a",
    version: "v1.2.3",
    appVersion: "v1.2.3",
    dependencies: [{ name: "here" }],
  });
  const crd = await read("templates/crds/things.example.org.yaml");
  assert.ok(crd.startsWith("{{- if .Values.on }}\n") && crd.endsWith("{{- end }}\n"), crd);
  assert.match(crd, /write \{\{ "\{\{" \}\} \.name/);
  assert.equal(await read("templates/a.yaml"), "kind: A\n");
});

const BUILT: readonly SetName[] = ["crds", "charts", "helm", "kubeadm", "rke2", "oracle"];

for (const name of BUILT) {
  Deno.test(`the set "${name}" holds all that its recipe says`, async () => {
    const [set, recipe] = [await locateSet(name), await loadRecipe(name)];
    assert.deepEqual(set.files().sort(), recipe.files.map(({ file }) => file).sort());
    for (const program of recipe.programs) {
      const { mode, size } = await Deno.stat(set.bin(program.name));
      assert.ok(size > 1_000_000 && (mode ?? 0o111) & 0o100, program.name);
    }
  });
}

Deno.test("CRDs of the kubeadm providers name their contract and convert through a webhook", async () => {
  const set = await locateSet("kubeadm");
  const expected = { "kubeadm-bootstrap": 2, "kubeadm-control-plane": 2, "capd": 12 };
  for (const [provider, count] of Object.entries(expected)) {
    const crds = await set.objects(`${provider}-crds.yaml`);
    assert.equal(crds.length, count, provider);
    for (const { metadata, spec } of crds) {
      const { conversion } = spec as { conversion?: { strategy: string } };
      assert.equal(metadata.labels?.["cluster.x-k8s.io/v1beta2"], "v1beta2", metadata.name);
      assert.equal(metadata.labels?.["clusterctl.cluster.x-k8s.io"], "", metadata.name);
      assert.equal(conversion?.strategy, "Webhook", metadata.name);
    }
    const webhooks = await set.objects(`${provider}-webhooks.yaml`);
    assert.ok(webhooks.every(({ kind }) => kind.endsWith("WebhookConfiguration")), provider);
  }
});

Deno.test("the third parties' CRDs are there, without conversion", async () => {
  const set = await locateSet("crds");
  const wanted: Readonly<Record<string, string>> = {
    "capa-crds.yaml": "awsclusters.infrastructure.cluster.x-k8s.io",
    "capmox-crds.yaml": "proxmoxclusters.infrastructure.cluster.x-k8s.io",
    "capo-crds.yaml": "openstackclusters.infrastructure.cluster.x-k8s.io",
    "caprke2-crds.yaml": "rke2controlplanes.controlplane.cluster.x-k8s.io",
    "ipam-crds.yaml": "inclusterippools.ipam.cluster.x-k8s.io",
    "cilium-crds.yaml": "ciliumnetworkpolicies.cilium.io",
    "istio-crds.yaml": "authorizationpolicies.security.istio.io",
    "gateway-api-crds.yaml": "httproutes.gateway.networking.k8s.io",
    "gateway-api-experimental-crds.yaml": "tcproutes.gateway.networking.k8s.io",
    "external-secrets-crds.yaml": "externalsecrets.external-secrets.io",
    "cert-manager-crds.yaml": "certificates.cert-manager.io",
  };
  assert.deepEqual(set.files().sort(), Object.keys(wanted).sort());
  for (const [file, name] of Object.entries(wanted)) {
    const crds = await set.objects(file);
    assert.ok(crds.some(({ metadata }) => metadata.name === name), `${file}: ${name}`);
    assert.ok(
      crds.every(({ spec }) => (spec as { conversion?: unknown }).conversion === undefined),
    );
  }
});
