/**
 * Every object that is rendered for the clouds, put through the real admission webhooks; then its day 2: written again,
 * upgraded, resized and reshaped. What they make of it is nothing that the operator would write again. For each webhook, an object that only it refuses shows that it is in the way.
 *
 * The managers of kubeadm, RKE2 and CAPD run always; those of the clouds that `LATTICE_PROVIDERS` names, with commas
 * between them (`deno task test:providers`), once their sets are built.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type KubeObject, type LatticeCluster, parseCluster } from "@lattice/api";
import { isApiError, type KubeClient } from "@lattice/kube";
import { renderCluster } from "@lattice/providers";
import { z } from "zod";
import { needsApply } from "../../operator/cluster/difference.ts";
import { groupKind } from "../support/provider_crds.ts";
import { startWebhookWorld } from "../support/provider_webhooks.ts";
import { clusterFile, matrix, type MatrixCluster } from "../support/provider_matrix.ts";

const clouds = z.array(z.enum(["openstack", "proxmox", "aws"]));
const NAMED = (Deno.env.get("LATTICE_PROVIDERS") ?? "").split(",").filter((name) => name !== "");
const SETS = ["kubeadm", "rke2", ...clouds.parse(NAMED)] as const;
const MANAGER = "lattice-controller";
const NAMESPACE = "refused";

type Fields = Record<string, unknown>;

/** An object that its schema allows, and what its webhook says. */
interface Refused {
  manager: string;
  apiVersion: string;
  kind: string;
  spec: Fields;
  says: string;
}

const INFRASTRUCTURE = "infrastructure.cluster.x-k8s.io";
const BOOTSTRAP = "bootstrap.cluster.x-k8s.io";
const CONTROL_PLANE = "controlplane.cluster.x-k8s.io";
const infrastructureRef = { apiGroup: INFRASTRUCTURE, kind: "DockerMachineTemplate", name: "a" };
const file = { path: "/a", content: "a" };

const REFUSED: readonly Refused[] = [
  {
    manager: "capi",
    apiVersion: "cluster.x-k8s.io/v1beta2",
    kind: "MachineDeployment",
    spec: {
      clusterName: "a",
      selector: { matchLabels: { a: "a" } },
      template: {
        metadata: { labels: { a: "a" } },
        spec: { clusterName: "b", bootstrap: { dataSecretName: "a" }, infrastructureRef },
      },
    },
    says: "must be set to the same value",
  },
  {
    manager: "kubeadm-bootstrap",
    apiVersion: `${BOOTSTRAP}/v1beta2`,
    kind: "KubeadmConfigTemplate",
    spec: { template: { spec: { files: [file, file] } } },
    says: "must be unique among all files",
  },
  {
    manager: "kubeadm-control-plane",
    apiVersion: `${CONTROL_PLANE}/v1beta2`,
    kind: "KubeadmControlPlane",
    spec: {
      replicas: 2,
      version: "v1.35.4",
      machineTemplate: { spec: { infrastructureRef } },
      kubeadmConfigSpec: { format: "cloud-config" },
    },
    says: "cannot be an even number",
  },
  {
    manager: "capd",
    apiVersion: `${INFRASTRUCTURE}/v1beta2`,
    kind: "DockerCluster",
    spec: { failureDomains: [{ name: "b" }, { name: "a" }] },
    says: "failure domains must be sorted by name",
  },
  {
    manager: "rke2-bootstrap",
    apiVersion: `${BOOTSTRAP}/v1beta1`,
    kind: "RKE2Config",
    spec: { privateRegistriesConfig: { configs: { "registry.example.com": {} } } },
    says: "need either credentials, tls settings or both",
  },
  {
    manager: "rke2-control-plane",
    apiVersion: `${CONTROL_PLANE}/v1beta1`,
    kind: "RKE2ControlPlane",
    spec: {
      replicas: 1,
      version: "v1.35.4+rke2r1",
      registrationMethod: "address",
      // Without it, the webhook that fills in defaults writes what the schema refuses.
      rolloutStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } },
      machineTemplate: { infrastructureRef: { kind: "DockerMachineTemplate", name: "a" } },
    },
    says: "registrationAddress must be supplied",
  },
  {
    manager: "capo",
    apiVersion: `${INFRASTRUCTURE}/v1beta1`,
    kind: "OpenStackMachineTemplate",
    spec: {
      template: {
        spec: { flavor: "a", image: { filter: { name: "a" } }, providerID: "openstack:///a" },
      },
    },
    says: "cannot be set in templates",
  },
  {
    manager: "capmox",
    apiVersion: `${INFRASTRUCTURE}/v1alpha1`,
    kind: "ProxmoxCluster",
    spec: {
      controlPlaneEndpoint: { host: "10.0.0.5", port: 6443 },
      dnsServers: ["10.0.0.2"],
      ipv4Config: { addresses: ["10.0.0.4-10.0.0.6"], prefix: 24, gateway: "10.0.0.1" },
    },
    says: "addresses may not contain the endpoint IP",
  },
  {
    manager: "capa",
    apiVersion: `${INFRASTRUCTURE}/v1beta2`,
    kind: "AWSMachineTemplate",
    spec: { template: { spec: { instanceType: "a", rootVolume: { size: 80, type: "io1" } } } },
    says: "iops required if type is 'io1' or 'io2'",
  },
];

function apply(client: KubeClient, object: KubeObject): Promise<KubeObject> {
  return client.apply(object, { manager: MANAGER, force: true, fieldValidation: "Strict" });
}

/** The cluster a while later: one minor up, larger, and with other machines in its first pool. */
function dayTwo({ cloud, bootstrap, size, cluster }: MatrixCluster): LatticeCluster {
  const before = clusterFile(cloud, bootstrap, size);
  const { spec } = before as { spec: { provider: { kubernetes: Fields }; nodes: Fields } };
  const [major, minor] = cluster.spec.provider.kubernetes.version.split(".");
  const version = `${major}.${Number(minor) + 1}.1`;
  const nodeClass = cloud === "proxmox" ? "16x65536" : "larger";
  const general = { replicas: 4, nodeClass, labels: { tier: "web" } };
  const workerPools = { ...(spec.nodes.workerPools as Fields | undefined), general };
  return parseCluster(JSON.stringify({
    ...before,
    spec: {
      ...spec,
      provider: {
        ...spec.provider,
        kubernetes: { ...spec.provider.kubernetes, version, certSANs: ["new.example.com"] },
      },
      nodes: { ...spec.nodes, controlPlane: 5, workerPools },
    },
  }));
}

Deno.test("rendered clusters pass the real admission webhooks, day 2 included", async (t) => {
  const clusters = matrix().map((one) => ({ one, objects: renderCluster(one.cluster) }));
  const kinds = new Set(clusters.flatMap(({ objects }) => objects.map(groupKind)));
  await using world = await startWebhookWorld(SETS, kinds);
  const { client, managers } = world;
  let count = 0;
  for (const { one, objects } of clusters) {
    await t.step(`${one.name}: ${objects.length} objects, written twice`, async () => {
      const metadata = { name: `capi-${one.name}` };
      await client.create({ apiVersion: "v1", kind: "Namespace", metadata });
      for (const object of objects) {
        const first = await apply(client, object);
        const second = await apply(client, object);
        const what = `${object.kind} ${object.metadata.name}`;
        assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion, what);
        assert.equal(needsApply(object, second, MANAGER), false, `${what} looks changed`);
      }
      count += objects.length;
    });
    await t.step(`${one.name}: upgraded, resized and reshaped`, async () => {
      const changed = renderCluster(dayTwo(one), { existing: objects });
      for (const object of changed) {
        const live = await apply(client, object);
        const what = `${object.kind} ${object.metadata.name}`;
        assert.equal(needsApply(object, live, MANAGER), false, `${what} looks changed`);
      }
      count += changed.length;
    });
  }
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  for (const { manager, apiVersion, kind, spec, says } of REFUSED) {
    if (!managers.includes(manager)) continue;
    await t.step(`the webhook of ${manager} is in the way`, async () => {
      const metadata = { name: "refused", namespace: NAMESPACE };
      await assert.rejects(apply(client, { apiVersion, kind, metadata, spec }), (error) => {
        assert.ok(isApiError(error), String(error));
        assert.match(error.message, /admission webhook "[^"]+" denied the request/);
        assert.ok(error.message.includes(says), error.message);
        return true;
      });
    });
  }
  await t.step("each manager has such an object", () => {
    const shown = REFUSED.map(({ manager }) => manager);
    assert.deepEqual(managers.filter((manager) => !shown.includes(manager)), []);
  });
  // deno-lint-ignore no-console -- the counts are part of what is shown.
  console.info(`${count} objects through the webhooks of ${managers.join(", ")}`);
});
