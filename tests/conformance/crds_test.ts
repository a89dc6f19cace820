/**
 * Lattice's CRDs and the objects rendered for the local provider, put to a real kube-apiserver with
 * `fieldValidation=Strict`; and what its CEL rules refuse.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type KubeObject, latticeClusterCrd, parseCluster } from "@lattice/api";
import { connect, isApiError, type KubeClient } from "@lattice/kube";
import { localCrds, renderCluster } from "@lattice/providers";
import example from "../../examples/local.yaml" with { type: "text" };
import { locateTools } from "../../tools/locate.ts";
import { startApiServer } from "../support/apiserver.ts";

const MANAGER = "conformance";

interface Case {
  name: string;
  change: (cluster: KubeObject) => void;
  /** Part of the server's message. */
  says: string;
}

type Tree = { [key: string]: Tree };

function at(cluster: KubeObject, path: string): { parent: Tree; key: string } {
  const keys = path.split(".");
  const key = keys.pop() ?? "";
  const parent = keys.reduce((node, step) => node[step] ??= {}, cluster as unknown as Tree);
  return { parent, key };
}

function set(path: string, value: unknown): (cluster: KubeObject) => void {
  return (cluster) => {
    const { parent, key } = at(cluster, path);
    parent[key] = value as Tree;
  };
}

function unset(path: string): (cluster: KubeObject) => void {
  return (cluster) => {
    const { parent, key } = at(cluster, path);
    delete parent[key];
  };
}

const POOL = "spec.nodes.workerPools.general";
const CONFIG = "spec.provider.config";
const AWS = {
  region: "us-west-2",
  cpInstanceType: "m5.large",
  workerInstanceType: "m5.large",
  sshKeyName: "key",
};

const REFUSED: Case[] = [
  { name: "unknown field", change: set("spec.colour", "red"), says: "colour" },
  { name: "no version", change: unset("spec.provider.kubernetes.version"), says: "version" },
  {
    name: "malformed version",
    change: set("spec.provider.kubernetes.version", "1.35"),
    says: "version",
  },
  { name: "name too long", change: set("metadata.name", "a".repeat(41)), says: "DNS label" },
  { name: "name with a dot", change: set("metadata.name", "a.b"), says: "DNS label" },
  { name: "control plane 0", change: set("spec.nodes.controlPlane", 0), says: "controlPlane" },
  { name: "control plane 2", change: set("spec.nodes.controlPlane", 2), says: "odd" },
  { name: "negative replicas", change: set(`${POOL}.replicas`, -1), says: "replicas" },
  { name: "min without max", change: set(`${POOL}.min`, 1), says: "set together" },
  {
    name: "min above max",
    change: (cluster) =>
      [set(`${POOL}.min`, 5), set(`${POOL}.max`, 3)].forEach((step) => step(cluster)),
    says: "min must not be above max",
  },
  {
    name: "replicas outside of min and max",
    change: (cluster) =>
      [set(`${POOL}.min`, 3), set(`${POOL}.max`, 5)].forEach((step) => step(cluster)),
    says: "within min and max",
  },
  {
    name: "pool id",
    change: set("spec.nodes.workerPools.Big_One", { replicas: 1 }),
    says: "DNS label",
  },
  { name: "no provider", change: set(CONFIG, {}), says: "exactly one" },
  { name: "two providers", change: set(`${CONFIG}.docker`, {}), says: "exactly one" },
  {
    name: "field of another provider",
    change: set(`${CONFIG}.local`, { region: "us-west-2" }),
    says: "must have at most 0 items",
  },
  {
    name: "VPC without subnets",
    change: set(CONFIG, { aws: { ...AWS, vpcId: "vpc-1" } }),
    says: "vpcId needs subnetIds",
  },
  {
    name: "RKE2 revision with kubeadm",
    change: set("spec.provider.kubernetes.version", "1.35.4+rke2r1"),
    says: "rke2",
  },
  {
    name: "unknown bootstrap",
    change: set("spec.provider.kubernetes.bootstrap", "kops"),
    says: "bootstrap",
  },
];

const UNCHANGEABLE: Case[] = [
  {
    name: "provider",
    change: set(CONFIG, { docker: {} }),
    says: "provider of a cluster cannot be changed",
  },
  {
    name: "bootstrap",
    change: set("spec.provider.kubernetes.bootstrap", "rke2"),
    says: "bootstrap provider of a cluster cannot be changed",
  },
];

Deno.test("CRDs are accepted and enforced by a real API server", async (t) => {
  await using server = await startApiServer();
  using client = await connect({ kubeconfig: server.kubeconfigPath });
  const crds = [latticeClusterCrd(), ...localCrds()];

  await t.step("every CRD is accepted strictly and becomes Established", async () => {
    for (const crd of crds) await apply(client, crd);
    for (const crd of crds) await established(client, crd);
  });

  await t.step("no CRD is non-structural", async () => {
    for (const crd of crds) {
      const seen = await client.get<KubeObject & Conditioned>(ref(crd));
      const bad = seen.status?.conditions?.find(({ type }) => type === "NonStructuralSchema");
      assert.equal(bad, undefined, `${crd.metadata.name}: ${bad?.message}`);
    }
  });

  await t.step("the example is accepted, and defaults are filled in", async () => {
    const cluster = parseCluster(example);
    const seen = await apply(client, { ...cluster });
    assert.deepEqual(seen.spec, cluster.spec);
  });

  await t.step(
    "every rendered object is accepted strictly, and applying it again changes nothing",
    async () => {
      await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "capi-demo" } });
      for (const crd of await capiCrds()) {
        await client.create(crd);
        await established(client, crd);
      }
      for (const bootstrap of ["rke2", "kubeadm"] as const) {
        for (const object of renderCluster(parseCluster(example, { bootstrap }))) {
          const first = await apply(client, object);
          const second = await apply(client, object);
          assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
        }
      }
    },
  );

  for (const { name, change, says } of REFUSED) {
    await t.step(`refused: ${name}`, async () => {
      const cluster: KubeObject = { ...parseCluster(example), metadata: { name: "refused" } };
      change(cluster);
      await refuses(client, cluster, says);
    });
  }

  for (const { name, change, says } of UNCHANGEABLE) {
    await t.step(`cannot be changed: ${name}`, async () => {
      const cluster: KubeObject = { ...parseCluster(example) };
      change(cluster);
      await refuses(client, cluster, says);
    });
  }

  await t.step("a machine template cannot be changed", async () => {
    const template = renderCluster(parseCluster(example)).at(-1);
    assert.ok(template);
    const spec = { template: { metadata: { labels: { a: "b" } }, spec: {} } };
    await refuses(client, { ...template, spec }, "cannot be changed");
  });

  await t.step("kubectl's short name, category and scale are served", async () => {
    const resources = await client.resources();
    const cluster = resources.find(({ kind }) => kind === "LatticeCluster");
    assert.ok(cluster);
    const scale = await client.raw(
      "/apis/controlplane.lattice.dev/v1alpha1/namespaces/capi-demo/localcontrolplanes/demo-control-plane/scale",
    );
    const body = await scale.json() as { spec: { replicas: number } };
    assert.equal(body.spec.replicas, 1);
  });
});

// The kinds of the CAPI core manager. It does not run here, so nothing can convert between their versions.
async function capiCrds(): Promise<KubeObject[]> {
  const tools = await locateTools();
  const objects: KubeObject[] = await tools.objects("capi-crds.yaml");
  return objects.filter(({ kind }) => kind === "CustomResourceDefinition")
    .filter(({ metadata }) => /^(clusters|machinedeployments)[.]cluster/.test(metadata.name))
    .map((crd) => ({ ...crd, spec: { ...crd.spec as object, conversion: { strategy: "None" } } }));
}

interface Conditioned {
  status?: { conditions?: { type: string; status: string; message: string }[] };
}

function ref({ apiVersion, kind, metadata }: KubeObject): {
  apiVersion: string;
  kind: string;
  name: string;
} {
  return { apiVersion, kind, name: metadata.name };
}

function apply(client: KubeClient, object: KubeObject): Promise<KubeObject> {
  return client.apply(object, { manager: MANAGER, force: true, fieldValidation: "Strict" });
}

async function established(client: KubeClient, crd: KubeObject): Promise<void> {
  await client.wait<KubeObject & Conditioned>(
    ref(crd),
    (seen) =>
      seen?.status?.conditions?.some(({ type, status }) =>
        type === "Established" && status === "True"
      ) ?? false,
    { timeoutMs: 30_000, what: `${crd.metadata.name} is established` },
  );
}

async function refuses(client: KubeClient, object: KubeObject, says: string): Promise<void> {
  await assert.rejects(apply(client, object), (error: unknown) => {
    assert.ok(isApiError(error), String(error));
    assert.ok(error.message.includes(says), error.message);
    return true;
  });
}
