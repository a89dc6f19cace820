import assert from "node:assert/strict";
import { z } from "zod";
import { type SchemaNode, structuralSchema } from "./openapi.ts";
import { clusterSpecSchema, clusterStatusSchema, latticeClusterCrd } from "./mod.ts";
import type {
  AwsConfig,
  Condition,
  DockerConfig,
  LatticeClusterSpec,
  LatticeClusterStatus,
  OpenStackConfig,
  ProxmoxConfig,
  WorkerPool,
} from "./mod.ts";

Deno.test("structuralSchema() drops what a CRD does not know and keeps the rest", () => {
  const schema = z.strictObject({
    a: z.int().min(1),
    b: z.record(z.string().regex(/^x/), z.array(z.string()).max(3)).exactOptional(),
    c: z.strictObject({}).exactOptional(),
    d: z.enum(["one", "two"]).default("one"),
  }).meta({ "x-kubernetes-validations": [{ rule: "true", message: "m" }] });
  assert.deepEqual(structuralSchema(schema), {
    type: "object",
    properties: {
      a: { type: "integer", format: "int64", minimum: 1 },
      b: {
        type: "object",
        additionalProperties: { type: "array", items: { type: "string" }, maxItems: 3 },
      },
      c: { type: "object", properties: {}, maxProperties: 0 },
      d: { type: "string", enum: ["one", "two"], default: "one" },
    },
    required: ["a"],
    "x-kubernetes-validations": [{ rule: "true", message: "m" }],
  });
});

Deno.test("the CRD of LatticeCluster stays as it is", async (t) => {
  await t.assertSnapshot(JSON.stringify(latticeClusterCrd(), null, 1));
});

Deno.test("every field of the CRD says what it is", () => {
  const silent: string[] = [];
  const walk = (node: SchemaNode, path: string): void => {
    for (const [name, field] of Object.entries(node.properties ?? {})) {
      if (!field.description) silent.push(`${path}.${name}`);
      walk(field, `${path}.${name}`);
    }
    if (node.items) walk(node.items, `${path}[]`);
    if (typeof node.additionalProperties === "object") walk(node.additionalProperties, `${path}.*`);
  };
  walk(structuralSchema(clusterSpecSchema), "spec");
  walk(structuralSchema(clusterStatusSchema), "status");
  assert.deepEqual(silent, []);
});

// Every field of every type, which the compiler checks; below they are held against the schemas.
const AWS: Required<AwsConfig> = {
  region: "r",
  cpInstanceType: "t",
  workerInstanceType: "t",
  sshKeyName: "k",
  cpIamInstanceProfile: "p",
  workerIamInstanceProfile: "p",
  vpcId: "vpc-0",
  subnetIds: ["subnet-0"],
  loadBalancerType: "nlb",
  internalLoadBalancer: true,
  cpRootVolumeSizeGb: 1,
  cpRootVolumeType: "gp2",
  workerRootVolumeSizeGb: 1,
  workerRootVolumeType: "gp2",
  amiId: "ami-0",
  sshAuthorizedKeys: ["ssh-ed25519 AAAA k"],
};
const DOCKER: Required<DockerConfig> = { nodeImage: "i", loadBalancerRepository: "r" };
const OPENSTACK: Required<OpenStackConfig> = {
  externalNetwork: "n",
  cpFlavor: "f",
  workerFlavor: "f",
  imageName: "i",
  sshKeyName: "k",
  cloudName: "c",
  dnsNameservers: ["1.1.1.1"],
  nodeCidr: "10.0.0.0/24",
  apiServerLoadBalancerFlavor: "f",
  managedSecurityGroups: true,
  allowAllInClusterTraffic: true,
  cpAvailabilityZone: "z",
  workerAvailabilityZone: "z",
  cpRootVolumeSizeGb: 1,
  cpRootVolumeType: "t",
  workerRootVolumeSizeGb: 1,
  workerRootVolumeType: "t",
  sshAuthorizedKeys: ["ssh-ed25519 AAAA k"],
};
const PROXMOX: Required<ProxmoxConfig> = {
  controlPlaneEndpoint: "10.0.0.2",
  ipv4Pool: { range: "10.0.0.3-4/24", gateway: "10.0.0.1" },
  ipv6Pool: { range: "fd00::1-fd00::2/64", gateway: "fd00::3" },
  cpCores: 1,
  cpMemoryMib: 1024,
  cpDiskSizeGb: 10,
  cpSockets: 1,
  workerCores: 1,
  workerMemoryMib: 1024,
  workerDiskSizeGb: 10,
  workerSockets: 1,
  sourceNode: "n",
  templateId: 9000,
  templateTags: ["t"],
  snapName: "s",
  targetNode: "n",
  pool: "p",
  description: "d",
  tags: ["t"],
  allowedNodes: ["n"],
  dnsServers: ["1.1.1.1"],
  sshAuthorizedKeys: ["ssh-ed25519 AAAA k"],
  virtualIpNetworkInterface: "i",
  kubeVipImage: "i",
  bridge: "b",
  vlan: 1,
  networkModel: "virtio",
  memoryAdjustment: 1,
  vmidMin: 100,
  vmidMax: 200,
  skipCloudInitStatus: true,
  skipQemuGuestAgent: true,
};
const POOL: Required<WorkerPool> = {
  displayName: "d",
  replicas: 1,
  nodeClass: "c",
  labels: { a: "b" },
  taints: [{ key: "k", value: "v", effect: "NoSchedule" }],
  min: 1,
  max: 2,
};
const SPEC: Required<LatticeClusterSpec> = {
  providerRef: "p",
  provider: {
    kubernetes: { version: "1.35.4", certSANs: ["a"], bootstrap: "rke2" },
    config: { aws: AWS, docker: DOCKER, openstack: OPENSTACK, proxmox: PROXMOX, local: {} },
    credentialsSecretRef: { name: "n", namespace: "n" },
  },
  nodes: { controlPlane: 1, workerPools: { general: POOL } },
  networking: { default: { cidr: "10.0.0.0/24" } },
  parentConfig: {
    host: "h",
    grpcPort: 1,
    bootstrapPort: 1,
    proxyPort: 1,
    service: { type: "NodePort" },
  },
  environment: "e",
  region: "r",
};
const CONDITION: Required<Condition> = {
  type: "Ready",
  status: "True",
  reason: "r",
  message: "m",
  lastTransitionTime: "2026-01-01T00:00:00Z",
  observedGeneration: 1,
};
const STATUS: Required<LatticeClusterStatus> = {
  phase: "Ready",
  message: "m",
  provider: "local",
  conditions: [CONDITION],
  readyControlPlane: 1,
  readyWorkers: 1,
  workerPools: {
    general: {
      desiredReplicas: 1,
      currentReplicas: 1,
      readyReplicas: 1,
      autoscalingEnabled: true,
      message: "m",
    },
  },
  endpoint: "e",
  observedGeneration: 1,
  pivotComplete: true,
  bootstrapComplete: true,
  unpivotImportComplete: true,
};

function unfilled(node: SchemaNode, value: unknown, path: string): string[] {
  if (value === undefined) return [path];
  if (node.items) {
    return (value as unknown[]).flatMap((one) => unfilled(node.items ?? {}, one, path));
  }
  const { properties, additionalProperties: values } = node;
  const fields = value as Record<string, unknown>;
  return typeof values === "object"
    ? Object.entries(fields).flatMap(([key, one]) => unfilled(values, one, `${path}.${key}`))
    : Object.entries(properties ?? {}).flatMap(([key, one]) =>
      unfilled(one, fields[key], `${path}.${key}`)
    );
}

Deno.test("types and schemas have the same fields", () => {
  assert.deepEqual(clusterSpecSchema.parse(SPEC), SPEC);
  assert.deepEqual(unfilled(structuralSchema(clusterSpecSchema), SPEC, "spec"), []);
  assert.deepEqual(clusterStatusSchema.parse(STATUS), STATUS);
  assert.deepEqual(unfilled(structuralSchema(clusterStatusSchema), STATUS, "status"), []);
});

Deno.test("a status of a newer operator is read without what is unknown", () => {
  assert.deepEqual(clusterStatusSchema.parse({ ...STATUS, fromTheFuture: 1 }), STATUS);
});
