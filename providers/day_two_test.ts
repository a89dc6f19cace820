/**
 * What a change of each field of a LatticeCluster changes in its objects: exactly that, on a cluster that is there.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  type Bootstrap,
  clusterSpecSchema,
  type KubeObject,
  parseCluster,
  type SchemaNode,
  structuralSchema,
} from "@lattice/api";
import { BOOTSTRAPS, type Cloud, CLOUDS, clusterFile } from "../tests/support/provider_matrix.ts";
import { renderCluster } from "./mod.ts";

type Fields = Record<string, unknown>;
/** Path below `spec`, with the new value; undefined removes the field. */
type Changes = Readonly<Record<string, unknown>>;

const KUBERNETES: Changes = {
  "provider.kubernetes.version": "1.36.0",
  "provider.kubernetes.certSANs": ["other.example.com"],
  "provider.credentialsSecretRef.name": "other-credentials",
  "nodes.controlPlane": 5,
  "parentConfig.host": "parent.example.com",
};
const POOLS: Changes = {
  "nodes.workerPools.general.replicas": 11,
  "nodes.workerPools.general.labels": { tier: "web", "node-role.kubernetes.io/web": "" },
  "nodes.workerPools.general.taints": [{ key: "tier", value: "web", effect: "NoSchedule" }],
  "nodes.workerPools.gpu.nodeClass": "other",
  "nodes.workerPools.gpu.min": 2,
  "nodes.workerPools.gpu.max": 9,
  "nodes.workerPools.more": { replicas: 1 },
  "nodes.workerPools.batch": undefined,
};
/** Fields that say something to people, or to what is not an object of Cluster API. */
const ELSEWHERE: Changes = {
  "providerRef": "other-account",
  "provider.credentialsSecretRef.namespace": "other",
  "nodes.workerPools.general.displayName": "General",
  "networking": { default: { cidr: "172.18.255.0/28" } },
  "parentConfig.grpcPort": 50052,
  "parentConfig.bootstrapPort": 8444,
  "parentConfig.proxyPort": 8082,
  "parentConfig.service.type": "NodePort",
  "environment": "production",
  "region": "us-west-2",
};

/** Every field of a provider's configuration, with a value that differs from that of the matrix. */
const CONFIG: Readonly<Record<Cloud, Changes>> = {
  docker: {
    nodeImage: "registry.example.com/node:other",
    loadBalancerRepository: "registry.example.com/other",
  },
  proxmox: {
    controlPlaneEndpoint: "10.0.0.99",
    "ipv4Pool.range": "10.0.0.101-130/24",
    "ipv4Pool.gateway": "10.0.0.2",
    "ipv6Pool.range": "fd00::101-fd00::130/64",
    "ipv6Pool.gateway": "fd00::2",
    cpCores: 8,
    cpMemoryMib: 16384,
    cpDiskSizeGb: 80,
    cpSockets: 1,
    workerCores: 8,
    workerMemoryMib: 16384,
    workerDiskSizeGb: 80,
    workerSockets: 1,
    sourceNode: "pve-2",
    templateTags: ["other"],
    snapName: "other",
    targetNode: "pve-1",
    pool: "other",
    description: "Other",
    tags: ["other"],
    allowedNodes: ["pve-1", "pve-2", "pve-3"],
    dnsServers: ["10.0.0.3"],
    sshAuthorizedKeys: ["ssh-ed25519 AAAA other"],
    virtualIpNetworkInterface: "eth2",
    kubeVipImage: "registry.example.com/kube-vip:other",
    bridge: "vmbr2",
    vlan: 21,
    networkModel: "virtio",
    memoryAdjustment: 100,
    vmidMin: 1100,
    vmidMax: 1899,
    skipCloudInitStatus: false,
    skipQemuGuestAgent: false,
  },
  aws: {
    region: "eu-west-1",
    cpInstanceType: "m6i.xlarge",
    workerInstanceType: "m6i.large",
    sshKeyName: "other",
    cpIamInstanceProfile: "other-control-plane",
    workerIamInstanceProfile: "other-nodes",
    vpcId: "vpc-1",
    subnetIds: ["subnet-1"],
    loadBalancerType: "nlb",
    internalLoadBalancer: false,
    cpRootVolumeSizeGb: 120,
    cpRootVolumeType: "gp3",
    workerRootVolumeSizeGb: 220,
    workerRootVolumeType: "gp3",
    amiId: "ami-1",
    sshAuthorizedKeys: ["ssh-ed25519 AAAA other"],
  },
  openstack: {
    externalNetwork: "other",
    cpFlavor: "m2.large",
    workerFlavor: "m2.medium",
    imageName: "other",
    sshKeyName: "other",
    cloudName: "other",
    dnsNameservers: ["10.6.0.3"],
    nodeCidr: "10.8.0.0/24",
    apiServerLoadBalancerFlavor: "other",
    managedSecurityGroups: true,
    allowAllInClusterTraffic: false,
    cpAvailabilityZone: "az-3",
    workerAvailabilityZone: "az-4",
    cpRootVolumeSizeGb: 60,
    cpRootVolumeType: "nvme",
    workerRootVolumeSizeGb: 110,
    workerRootVolumeType: "nvme",
    sshAuthorizedKeys: ["ssh-ed25519 AAAA other"],
  },
};

/** Fields that the matrix leaves to another one, or sets as they would be changed. */
const NOT_ALONE: readonly string[] = [
  "proxmox.templateId",
  "openstack.managedSecurityGroups",
  // RKE2 has no other kind.
  "aws.loadBalancerType",
];

function changed(file: Fields, path: string, value: unknown): Fields {
  const [key = "", ...rest] = path.split(".");
  const { [key]: before, ...others } = file;
  if (rest.length > 0) {
    return { ...file, [key]: changed((before ?? {}) as Fields, rest.join("."), value) };
  }
  return value === undefined ? others : { ...file, [key]: value };
}

function render(file: Fields, existing: readonly KubeObject[] = []): KubeObject[] {
  return renderCluster(parseCluster(JSON.stringify(file)), { existing });
}

/** What differs, one line an object that comes or goes, or a path. */
function difference(before: readonly KubeObject[], after: readonly KubeObject[]): string[] {
  const names = (objects: readonly KubeObject[]) =>
    new Map(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]));
  const [old, now] = [names(before), names(after)];
  return [
    ...[...old.keys()].filter((key) => !now.has(key)).map((key) => `- ${key}`),
    ...[...now].flatMap(([key, object]) => {
      const known = old.get(key);
      return known ? paths(known, object).map((path) => `~ ${key}: ${path}`) : [`+ ${key}`];
    }),
  ].map((line) => line.replaceAll(/-[0-9a-f]{8}\b/g, "-HASH"));
}

function paths(a: unknown, b: unknown, at = ""): string[] {
  if (JSON.stringify(a) === JSON.stringify(b)) return [];
  if (!isRecord(a) || !isRecord(b)) return [at];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.flatMap((key) => paths(a[key], b[key], at ? `${at}.${key}` : key));
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function baseOf(cloud: Cloud, bootstrap: Bootstrap): Fields {
  return clusterFile(cloud, bootstrap, "everything");
}

function changesOf(cloud: Cloud, bootstrap: Bootstrap): [string, unknown][] {
  const nodeClass = cloud === "proxmox" ? "4x4096" : "other";
  const config = Object.entries(CONFIG[cloud])
    .filter(([field]) => !(bootstrap === "rke2" && `${cloud}.${field}` === "aws.loadBalancerType"))
    .map(([field, value]): [string, unknown] => [`provider.config.${cloud}.${field}`, value]);
  return [
    ...Object.entries({ ...KUBERNETES, ...POOLS, "nodes.workerPools.gpu.nodeClass": nodeClass }),
    ...config,
  ];
}

for (const cloud of CLOUDS) {
  for (const bootstrap of BOOTSTRAPS) {
    Deno.test(`${cloud} with ${bootstrap}: each field changes exactly these objects`, async (t) => {
      const file = baseOf(cloud, bootstrap);
      const before = render(file);
      const lines = changesOf(cloud, bootstrap).flatMap(([path, value]) => {
        const after = render(changed(file, `spec.${path}`, value), before);
        return [path, ...difference(before, after).map((line) => `  ${line}`)];
      });
      await t.assertSnapshot(lines.join("\n"));
    });

    Deno.test(`${cloud} with ${bootstrap}: nothing changes without a change, or with one that is not about machines`, () => {
      const file = baseOf(cloud, bootstrap);
      const before = render(file);
      assert.deepEqual(difference(before, render(file, before)), []);
      for (const [path, value] of Object.entries(ELSEWHERE)) {
        const after = render(changed(file, `spec.${path}`, value), before);
        assert.deepEqual(difference(before, after), [], path);
      }
    });

    Deno.test(`${cloud} with ${bootstrap}: every change that was made is there when it is rendered again`, () => {
      const file = baseOf(cloud, bootstrap);
      const before = render(file);
      for (const [path, value] of changesOf(cloud, bootstrap)) {
        const next = changed(file, `spec.${path}`, value);
        const after = render(next, before);
        assert.deepEqual(difference(after, render(next, [...before, ...after])), [], path);
        // The first templates are gone once nothing is made from them.
        assert.deepEqual(difference(after, render(next, after)), [], `${path}, pruned`);
        assert.deepEqual(
          difference(before, render(file, [...after, ...before])),
          [],
          `${path}, back`,
        );
      }
    });
  }

  Deno.test(`${cloud}: every field of its configuration takes effect`, () => {
    const known = new Set(Object.keys(CONFIG[cloud]));
    const missing = leaves(configSchema(cloud)).filter((field) =>
      !known.has(field) && !NOT_ALONE.includes(`${cloud}.${field}`)
    );
    assert.deepEqual(missing, []);
    const file = baseOf(cloud, "kubeadm");
    const before = render(file);
    for (const [field, value] of Object.entries(CONFIG[cloud])) {
      if (NOT_ALONE.includes(`${cloud}.${field}`) && cloud !== "aws") continue;
      const after = render(changed(file, `spec.provider.config.${cloud}.${field}`, value), before);
      assert.notDeepEqual(difference(before, after), [], field);
    }
  });
}

Deno.test("fields that another one hides take effect without it", () => {
  const template = changed(
    baseOf("proxmox", "kubeadm"),
    "spec.provider.config.proxmox.templateTags",
    undefined,
  );
  const id = changed(template, "spec.provider.config.proxmox.templateId", 9001);
  assert.match(JSON.stringify(render(id)), /"templateID":9001/);
  const open = { managedSecurityGroups: false, allowAllInClusterTraffic: false };
  const config = { ...(baseOf("openstack", "kubeadm").spec as Fields).provider as Fields };
  const all = { ...(config.config as { openstack: Fields }).openstack, ...open };
  const file = changed(
    baseOf("openstack", "kubeadm"),
    "spec.provider.config.openstack",
    all,
  );
  assert.doesNotMatch(JSON.stringify(render(file)), /managedSecurityGroups/);
});

function configSchema(cloud: Cloud): SchemaNode {
  const path = ["provider", "config", cloud];
  return path.reduce<SchemaNode>(
    (node, key) => node.properties?.[key] ?? {},
    structuralSchema(clusterSpecSchema),
  );
}

function leaves(node: SchemaNode, at = ""): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const path = at ? `${at}.${key}` : key;
    return child.properties ? leaves(child, path) : [path];
  });
}
