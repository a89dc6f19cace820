import assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import { type LatticeCluster, parseCluster, ValidationError } from "./mod.ts";

const LOCAL = `apiVersion: lattice.dev/v1alpha1
kind: LatticeCluster
metadata:
  name: demo
spec:
  providerRef: local
  provider:
    kubernetes:
      version: "1.35.4"
      bootstrap: kubeadm
    config:
      local: {}
  nodes:
    controlPlane: 1
    workerPools:
      general:
        replicas: 2
`;

const CONFIGS = {
  aws: `
        region: us-west-2
        cpInstanceType: m5.xlarge
        workerInstanceType: m5.large
        sshKeyName: lattice-key`,
  openstack: `
        externalNetwork: public
        cpFlavor: m1.large
        workerFlavor: m1.medium
        imageName: ubuntu
        sshKeyName: lattice-key`,
  proxmox: `
        controlPlaneEndpoint: 10.0.0.100
        ipv4Pool: {range: 10.0.0.101-110/24, gateway: 10.0.0.1}
        cpCores: 4
        cpMemoryMib: 8192
        cpDiskSizeGb: 40
        workerCores: 4
        workerMemoryMib: 8192
        workerDiskSizeGb: 40`,
};

function withConfig(provider: keyof typeof CONFIGS, extra = ""): string {
  return LOCAL.replace("providerRef: local", "providerRef: account")
    .replace("local: {}", `${provider}:${CONFIGS[provider]}${extra && `\n        ${extra}`}`);
}

const pool = (lines: string) => (text: string) => text.replace("replicas: 2", lines);
const swap = (from: string, to: string) => (text: string) => text.replace(from, to);

interface Case {
  input: string;
  /** The whole line that is printed. */
  line: string;
}

const CASES: Record<string, Case> = {
  "not YAML": {
    input: "a: [",
    line:
      "c.yaml:1: is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]; correct the line, or the one before it",
  },
  "a key that is there twice": {
    input: pool("replicas: 2\n        replicas: 3")(LOCAL),
    line: "c.yaml:18: is not YAML: Map keys must be unique; correct the line, or the one before it",
  },
  "empty file": {
    input: "# nothing\n",
    line: "c.yaml:1: is empty; write a LatticeCluster; examples/local.yaml is one",
  },
  "plain text": {
    input: "hello",
    line: "c.yaml:1: is not a mapping; write a LatticeCluster; examples/local.yaml is one",
  },
  "wrong kind": {
    input: swap("kind: LatticeCluster", "kind: Pod")(LOCAL),
    line: 'c.yaml:2: kind: "Pod" is not LatticeCluster; write kind: LatticeCluster',
  },
  "no kind": {
    input: swap("kind: LatticeCluster\n", "")(LOCAL),
    line: "c.yaml:1: kind: is missing; write kind: LatticeCluster",
  },
  "wrong apiVersion": {
    input: swap("v1alpha1", "v1")(LOCAL),
    line:
      'c.yaml:1: apiVersion: "lattice.dev/v1" is not lattice.dev/v1alpha1; write apiVersion: lattice.dev/v1alpha1',
  },
  "misspelt field": {
    input: swap("replicas", "replica")(LOCAL),
    line:
      "c.yaml:17: spec.nodes.workerPools.general.replica: unknown field; did you mean replicas?",
  },
  "unknown field": {
    input: swap("  nodes:", "  colour: red\n  nodes:")(LOCAL),
    line:
      "c.yaml:13: spec.colour: unknown field; legal here: providerRef, provider, nodes, networking, parentConfig, environment, region",
  },
  "unknown field at the top": {
    input: `${LOCAL}extra: 1\n`,
    line: "c.yaml:18: extra: unknown field; legal here: apiVersion, kind, metadata, spec, status",
  },
  "no metadata": {
    input: swap("metadata:\n  name: demo\n", "")(LOCAL),
    line: "c.yaml:1: metadata: is missing; write metadata as a mapping",
  },
  "no name": {
    input: swap("  name: demo", "  labels: {}")(LOCAL),
    line: "c.yaml:3: metadata.name: is missing; write name as a string",
  },
  "empty name": {
    input: swap("name: demo", 'name: ""')(LOCAL),
    line:
      "c.yaml:4: metadata.name: is empty; use a DNS label: a lower-case letter, then letters, digits and '-', at most 40 characters",
  },
  "name that is no DNS label": {
    input: swap("name: demo", "name: My_Cluster")(LOCAL),
    line:
      "c.yaml:4: metadata.name: \"My_Cluster\" is not the name of a cluster; use a DNS label: a lower-case letter, then letters, digits and '-', at most 40 characters",
  },
  "numeric name": {
    input: swap("name: demo", "name: 42")(LOCAL),
    line: 'c.yaml:4: metadata.name: must be a string, not 42; put it in quotes: name: "42"',
  },
  "namespace": {
    input: swap("name: demo", "name: demo\n  namespace: default")(LOCAL),
    line: "c.yaml:5: metadata.namespace: a LatticeCluster has no namespace; leave it out",
  },
  "control plane 0": {
    input: swap("controlPlane: 1", "controlPlane: 0")(LOCAL),
    line: "c.yaml:14: spec.nodes.controlPlane: must be at least 1, not 0; make it at least 1",
  },
  "even control plane": {
    input: swap("controlPlane: 1", "controlPlane: 2")(LOCAL),
    line:
      "c.yaml:14: spec.nodes.controlPlane: must be odd, not 2: an even number of etcd members tolerates no more failures; write 1 or 3",
  },
  "control plane as text": {
    input: swap("controlPlane: 1", 'controlPlane: "1"')(LOCAL),
    line: 'c.yaml:14: spec.nodes.controlPlane: must be a number, not "1"; write a number',
  },
  "broken number": {
    input: pool("replicas: 1.5")(LOCAL),
    line:
      "c.yaml:17: spec.nodes.workerPools.general.replicas: must be a whole number, not 1.5; write a whole number",
  },
  "negative replicas": {
    input: pool("replicas: -1")(LOCAL),
    line:
      "c.yaml:17: spec.nodes.workerPools.general.replicas: must be at least 0, not -1; make it at least 0",
  },
  "no replicas": {
    input: pool("displayName: General")(LOCAL),
    line:
      "c.yaml:16: spec.nodes.workerPools.general.replicas: is missing; write replicas as a number",
  },
  "min above max": {
    input: pool("replicas: 2\n        min: 5\n        max: 3")(LOCAL),
    line: "c.yaml:18: spec.nodes.workerPools.general.min: 5 is above max, 3; make min at most max",
  },
  "min without max": {
    input: pool("replicas: 2\n        min: 1")(LOCAL),
    line:
      "c.yaml:18: spec.nodes.workerPools.general.min: is set without max; set both for autoscaling, or neither",
  },
  "max without min": {
    input: pool("replicas: 2\n        max: 4")(LOCAL),
    line:
      "c.yaml:18: spec.nodes.workerPools.general.max: is set without min; set both for autoscaling, or neither",
  },
  "min 0": {
    input: pool("replicas: 2\n        min: 0\n        max: 4")(LOCAL),
    line:
      "c.yaml:18: spec.nodes.workerPools.general.min: must be at least 1, not 0; make it at least 1",
  },
  "replicas above max": {
    input: pool("replicas: 9\n        min: 1\n        max: 3")(LOCAL),
    line:
      "c.yaml:17: spec.nodes.workerPools.general.replicas: 9 lies outside of min..max, 1..3; write a first size from 1 to 3; the autoscaler owns the number afterwards",
  },
  "replicas below min": {
    input: pool("replicas: 0\n        min: 1\n        max: 3")(LOCAL),
    line:
      "c.yaml:17: spec.nodes.workerPools.general.replicas: 0 lies outside of min..max, 1..3; write a first size from 1 to 3; the autoscaler owns the number afterwards",
  },
  "pool id": {
    input: swap("general:", "Gen_eral:")(LOCAL),
    line:
      "c.yaml:16: spec.nodes.workerPools.Gen_eral: \"Gen_eral\" is not the id of a pool; use a lower-case letter, then letters, digits and '-', not '-' at the end, at most 40 characters",
  },
  "pool id with a hyphen at its end": {
    input: swap("general:", "general-:")(LOCAL),
    line:
      "c.yaml:16: spec.nodes.workerPools.general-: \"general-\" is not the id of a pool; use a lower-case letter, then letters, digits and '-', not '-' at the end, at most 40 characters",
  },
  "names that would be too long": {
    input: swap("name: demo", `name: ${"c".repeat(40)}`)(
      swap("general:", `${"p".repeat(20)}:`)(LOCAL),
    ),
    line: `c.yaml:16: spec.nodes.workerPools.${"p".repeat(20)}: the name ${"c".repeat(40)}-pool-${
      "p".repeat(20)
    } would be 66 characters long; shorten the cluster's name or the pool's id by 3`,
  },
  "no provider": {
    input: swap("local: {}", "{}")(LOCAL),
    line:
      "c.yaml:11: spec.provider.config: no provider is configured; write exactly one of aws, docker, openstack, proxmox, local, e.g. local: {}",
  },
  "two providers": {
    input: swap("local: {}", "local: {}\n      docker: {}")(LOCAL),
    line:
      "c.yaml:11: spec.provider.config: 2 providers are configured: docker, local; keep exactly one",
  },
  "provider that does not exist": {
    input: swap("local: {}", "gcp: {}")(LOCAL),
    line:
      "c.yaml:12: spec.provider.config.gcp: unknown field; legal here: aws, docker, openstack, proxmox, local",
  },
  "provider without a value": {
    input: swap("local: {}", "local:")(LOCAL),
    line: "c.yaml:12: spec.provider.config.local: is empty; write local: {} (a mapping)",
  },
  "configuration of another provider": {
    input: swap("local: {}", "local: {region: us-west-2}")(LOCAL),
    line:
      "c.yaml:12: spec.provider.config.local.region: unknown field; it belongs to spec.provider.config.aws",
  },
  "providerRef and configuration disagree": {
    input: swap("local: {}", "docker: {}")(LOCAL),
    line:
      "c.yaml:12: spec.provider.config.docker: configures docker, but spec.providerRef is local; configure local here, or set spec.providerRef to a CloudProvider of docker",
  },
  "no providerRef": {
    input: swap("  providerRef: local\n", "")(LOCAL),
    line: "c.yaml:5: spec.providerRef: is missing; write providerRef as a string",
  },
  "empty providerRef": {
    input: swap("providerRef: local", 'providerRef: ""')(LOCAL),
    line: "c.yaml:6: spec.providerRef: must not be empty; write a value",
  },
  "version as a number": {
    input: swap('"1.35.4"', "1.35")(LOCAL),
    line:
      'c.yaml:9: spec.provider.kubernetes.version: must be a string, not 1.35; put it in quotes: version: "1.35"',
  },
  "malformed version": {
    input: swap("1.35.4", "1.35.x")(LOCAL),
    line:
      'c.yaml:9: spec.provider.kubernetes.version: "1.35.x" is not a Kubernetes version; write 1.MINOR.PATCH, e.g. "1.35.4"',
  },
  "version without a patch": {
    input: swap("1.35.4", "1.35")(LOCAL),
    line:
      'c.yaml:9: spec.provider.kubernetes.version: "1.35" is not a Kubernetes version; write 1.MINOR.PATCH, e.g. "1.35.4"',
  },
  "version that was not built": {
    input: swap("1.35.4", "1.34.1")(LOCAL),
    line:
      "c.yaml:9: spec.provider.kubernetes.version: Kubernetes 1.34.1 is not available here; use one of: 1.35.4",
  },
  "RKE2 revision with kubeadm": {
    input: swap("1.35.4", "1.35.4+rke2r2")(LOCAL),
    line:
      'c.yaml:9: spec.provider.kubernetes.version: "1.35.4+rke2r2" names an RKE2 revision, but the bootstrap is kubeadm; write "1.35.4", or set bootstrap: rke2',
  },
  "misspelt bootstrap": {
    input: swap("bootstrap: kubeadm", "bootstrap: kubeadmin")(LOCAL),
    line:
      'c.yaml:10: spec.provider.kubernetes.bootstrap: "kubeadmin" is not a legal value; did you mean kubeadm?',
  },
  "other bootstrap": {
    input: swap("bootstrap: kubeadm", "bootstrap: k3s")(LOCAL),
    line:
      'c.yaml:10: spec.provider.kubernetes.bootstrap: "k3s" is not a legal value; write kubeadm or rke2',
  },
  "certSANs that are no list": {
    input: swap("bootstrap: kubeadm", "certSANs: example.org")(LOCAL),
    line:
      'c.yaml:10: spec.provider.kubernetes.certSANs: must be a list, not "example.org"; write a list',
  },
  "taint effect": {
    input: pool("replicas: 2\n        taints: [{key: gpu, effect: NoSchedul}]")(LOCAL),
    line:
      'c.yaml:18: spec.nodes.workerPools.general.taints[0].effect: "NoSchedul" is not a legal value; did you mean NoSchedule?',
  },
  "taint without a key": {
    input: pool("replicas: 2\n        taints:\n        - effect: NoSchedule")(LOCAL),
    line:
      "c.yaml:19: spec.nodes.workerPools.general.taints[0].key: is missing; write key as a string",
  },
  "reserved taint": {
    input: pool("replicas: 2\n        taints: [{key: node.kubernetes.io/x, effect: NoSchedule}]")(
      LOCAL,
    ),
    line:
      "c.yaml:18: spec.nodes.workerPools.general.taints[0].key: node.kubernetes.io/x is set by Kubernetes or Cluster API; use a key with a domain of your own",
  },
  "taint that is there twice": {
    input: pool(
      "replicas: 2\n        taints:\n        - {key: a, effect: NoSchedule}\n        - {key: a, effect: NoSchedule}",
    )(LOCAL),
    line:
      "c.yaml:20: spec.nodes.workerPools.general.taints[1].key: a:NoSchedule is there twice; keep one of them",
  },
  "label value": {
    input: pool('replicas: 2\n        labels: {a: "b c"}')(LOCAL),
    line:
      "c.yaml:18: spec.nodes.workerPools.general.labels.a: \"b c\" is not a label value; use up to 63 letters, digits, '-', '_' and '.'",
  },
  "label key": {
    input: pool("replicas: 2\n        labels: {a b: c}")(LOCAL),
    line:
      "c.yaml:18: spec.nodes.workerPools.general.labels.a b: \"a b\" is not a label key; write name or prefix/name with letters, digits, '-', '_' and '.'",
  },
  "label that YAML reads as a boolean": {
    input: pool("replicas: 2\n        labels: {gpu: yes}")(LOCAL),
    line:
      'c.yaml:18: spec.nodes.workerPools.general.labels.gpu: must be a string, not true; put it in quotes: gpu: "true"',
  },
  "label that a node may not have": {
    input: pool("replicas: 2\n        labels: {kubernetes.io/team: a}")(LOCAL),
    line:
      "c.yaml:18: spec.nodes.workerPools.general.labels.kubernetes.io/team: a node may not have this label: its domain is reserved for Kubernetes; use a domain of your own, node.kubernetes.io/ or node-role.kubernetes.io/",
  },
  "label of the pool": {
    input: pool("replicas: 2\n        labels: {lattice.dev/pool: other}")(LOCAL),
    line:
      "c.yaml:18: spec.nodes.workerPools.general.labels.lattice.dev/pool: is set by Lattice to general; leave it out",
  },
  "second document": {
    input: `${LOCAL}---\napiVersion: v1\nkind: Secret\n`,
    line:
      "c.yaml:19: a further document (Secret) follows the LatticeCluster; keep only the cluster in this file and apply the rest with kubectl afterwards",
  },
  "two clusters": {
    input: `${LOCAL}---\n${LOCAL}`,
    line:
      "c.yaml:19: a further document (LatticeCluster) follows the LatticeCluster; put every cluster into a file of its own",
  },
  "load balancer network": {
    input: swap("  nodes:", "  networking: {default: {cidr: 10.0.0.1}}\n  nodes:")(LOCAL),
    line:
      'c.yaml:13: spec.networking.default.cidr: "10.0.0.1" is not an IPv4 network; write address and prefix length, e.g. 10.0.0.0/24',
  },
  "load balancer network inside of the pods'": {
    input: swap("  nodes:", "  networking: {default: {cidr: 192.168.1.0/24}}\n  nodes:")(LOCAL),
    line:
      "c.yaml:13: spec.networking.default.cidr: 192.168.1.0/24 overlaps the addresses of pods, 192.168.0.0/16; choose a network outside of it",
  },
  "parent without a service": {
    input: swap("  nodes:", "  parentConfig: {}\n  nodes:")(LOCAL),
    line: "c.yaml:13: spec.parentConfig.service: is missing; write service as a mapping",
  },
  "parent's port": {
    input: swap(
      "  nodes:",
      "  parentConfig: {grpcPort: 70000, service: {type: LoadBalancer}}\n  nodes:",
    )(LOCAL),
    line:
      "c.yaml:13: spec.parentConfig.grpcPort: must be at most 65535, not 70000; make it at most 65535",
  },
  "aws without a region": {
    input: swap("        region: us-west-2\n", "")(withConfig("aws")),
    line: "c.yaml:12: spec.provider.config.aws.region: is missing; write region as a string",
  },
  "aws with a VPC and no subnets": {
    input: withConfig("aws", "vpcId: vpc-1"),
    line:
      "c.yaml:17: spec.provider.config.aws.vpcId: is set without subnetIds; list the subnets of the VPC in subnetIds",
  },
  "aws with subnets and no VPC": {
    input: withConfig("aws", "subnetIds: [a, b]"),
    line:
      "c.yaml:17: spec.provider.config.aws.subnetIds: is set without vpcId; name the VPC of the subnets in vpcId",
  },
  "aws load balancer": {
    input: withConfig("aws", "loadBalancerType: alb"),
    line:
      'c.yaml:17: spec.provider.config.aws.loadBalancerType: "alb" is not a legal value; did you mean nlb?',
  },
  "openstack volume type without a size": {
    input: withConfig("openstack", "cpRootVolumeType: ssd"),
    line:
      "c.yaml:18: spec.provider.config.openstack.cpRootVolumeType: is set without cpRootVolumeSizeGb; set cpRootVolumeSizeGb, too",
  },
  "openstack traffic without security groups": {
    input: withConfig(
      "openstack",
      "allowAllInClusterTraffic: true\n        managedSecurityGroups: false",
    ),
    line:
      "c.yaml:18: spec.provider.config.openstack.allowAllInClusterTraffic: is set without managedSecurityGroups; set managedSecurityGroups: true, or leave it out",
  },
  "openstack network inside of the services'": {
    input: withConfig("openstack", "nodeCidr: 10.130.0.0/24"),
    line:
      "c.yaml:18: spec.provider.config.openstack.nodeCidr: 10.130.0.0/24 overlaps the addresses of services, 10.128.0.0/12; choose a network outside of it",
  },
  "openstack name server": {
    input: withConfig("openstack", "dnsNameservers: [dns.example.org]"),
    line:
      'c.yaml:18: spec.provider.config.openstack.dnsNameservers[0]: "dns.example.org" is not an IPv4 address; write four numbers from 0 to 255, e.g. 10.0.0.1',
  },
  "proxmox range": {
    input: swap("10.0.0.101-110/24", "10.0.0.101")(withConfig("proxmox")),
    line:
      'c.yaml:14: spec.provider.config.proxmox.ipv4Pool.range: "10.0.0.101" is not a range of addresses; write first-last/prefix, e.g. 10.0.0.101-110/24',
  },
  "proxmox range that ends before it starts": {
    input: swap("10.0.0.101-110/24", "10.0.0.111-110/24")(withConfig("proxmox")),
    line:
      'c.yaml:14: spec.provider.config.proxmox.ipv4Pool.range: "10.0.0.111-110/24" ends before it starts; write first-last/prefix, e.g. 10.0.0.101-110/24',
  },
  "proxmox prefix": {
    input: swap("-110/24", "-110/33")(withConfig("proxmox")),
    line:
      'c.yaml:14: spec.provider.config.proxmox.ipv4Pool.range: "10.0.0.101-110/33" has a prefix length above 32; write first-last/prefix, e.g. 10.0.0.101-110/24',
  },
  "proxmox virtual address in the range": {
    input: swap("10.0.0.100", "10.0.0.105")(withConfig("proxmox")),
    line:
      "c.yaml:13: spec.provider.config.proxmox.controlPlaneEndpoint: 10.0.0.105, the virtual address, lies inside of the range; choose a free address of the machines' network, outside of the range",
  },
  "proxmox gateway outside of the network": {
    input: swap("gateway: 10.0.0.1", "gateway: 10.0.1.1")(withConfig("proxmox")),
    line:
      "c.yaml:14: spec.provider.config.proxmox.ipv4Pool.gateway: 10.0.1.1, the gateway, is outside of the network; choose a free address of the machines' network, outside of the range",
  },
  "proxmox VM ids": {
    input: withConfig("proxmox", "vmidMin: 300\n        vmidMax: 200"),
    line:
      "c.yaml:21: spec.provider.config.proxmox.vmidMin: 300 is above vmidMax, 200; make vmidMin at most vmidMax",
  },
  "proxmox node class": {
    input: pool("replicas: 2\n        nodeClass: large")(withConfig("proxmox")),
    line:
      'c.yaml:26: spec.nodes.workerPools.general.nodeClass: "large" is not the shape of a Proxmox machine; write CORESxMIB or CORESxMIBxGB, e.g. 8x16384x100',
  },
};

function problemLines(text: string): string[] {
  try {
    parseCluster(text, { file: "c.yaml", versions: ["1.35.4"] });
  } catch (error) {
    assert.ok(error instanceof ValidationError, String(error));
    return error.message.split("\n");
  }
  return [];
}

for (const [name, { input, line }] of Object.entries(CASES)) {
  Deno.test(`parseCluster() refuses: ${name}`, () => {
    assert.deepEqual(problemLines(input), [line]);
  });
}

Deno.test("parseCluster() fills in defaults", () => {
  const cluster = parseCluster(LOCAL.replace("      bootstrap: kubeadm\n", ""));
  assert.equal(cluster.spec.provider.kubernetes.bootstrap, "kubeadm");
  const aws = parseCluster(withConfig("aws")).spec.provider.config.aws;
  assert.equal(aws?.loadBalancerType, "nlb");
  assert.equal(aws?.cpRootVolumeSizeGb, 80);
  const parent = parseCluster(
    LOCAL.replace("  nodes:", "  parentConfig: {service: {type: NodePort}}\n  nodes:"),
  ).spec.parentConfig;
  assert.deepEqual(parent, {
    grpcPort: 50051,
    bootstrapPort: 8443,
    proxyPort: 8081,
    service: { type: "NodePort" },
  });
});

Deno.test("parseCluster() reports every problem, in one error", () => {
  const text = LOCAL.replace("controlPlane: 1", "controlPlane: 2").replace("demo", "De_mo");
  assert.equal(problemLines(text).length, 2);
});

Deno.test("parseCluster() lets --bootstrap win over the file", () => {
  const cluster = parseCluster(LOCAL, { bootstrap: "rke2" });
  assert.equal(cluster.spec.provider.kubernetes.bootstrap, "rke2");
});

Deno.test("parseCluster() checks what --bootstrap makes of the file", () => {
  const text = LOCAL.replace("1.35.4", "1.35.4+rke2r1").replace("kubeadm", "rke2");
  assert.equal(parseCluster(text).spec.provider.kubernetes.bootstrap, "rke2");
  assert.throws(() => parseCluster(text, { bootstrap: "kubeadm" }), ValidationError);
});

Deno.test("parseCluster() takes the output of kubectl get -o yaml and drops what the server set", () => {
  const text = LOCAL.replace(
    "name: demo",
    "name: demo\n  uid: u\n  resourceVersion: '7'\n  generation: 1\n  labels: {a: b}",
  ) + "status:\n  phase: Ready\n  fromTheFuture: 1\n";
  const cluster = parseCluster(text);
  assert.deepEqual(cluster.metadata, { name: "demo", labels: { a: "b" } });
  assert.equal(cluster.status, undefined);
});

Deno.test("parseCluster() reads JSON, CRLF, a byte order mark and blank documents", () => {
  const cluster = parseCluster(LOCAL);
  assert.deepEqual(parseCluster(JSON.stringify(cluster)), cluster);
  assert.deepEqual(parseCluster(LOCAL.replaceAll("\n", "\r\n")), cluster);
  assert.deepEqual(parseCluster(`\uFEFF${LOCAL}`), cluster);
  assert.deepEqual(parseCluster(`---\n# only a comment\n---\n${LOCAL}---\n`), cluster);
});

Deno.test("parseCluster() refuses aliases that multiply", () => {
  const bomb = [
    "a: &a [x,x,x,x,x,x,x,x,x,x]",
    ..."bcdefgh".split("").map((key, index) => {
      const previous = "abcdefgh"[index];
      return `${key}: &${key} [${Array(10).fill(`*${previous}`).join(",")}]`;
    }),
  ].join("\n");
  assert.deepEqual(problemLines(bomb), [
    "c.yaml:1: has aliases that multiply; write the values out",
  ]);
});

Deno.test("parseCluster() refuses a text that no API server would take", () => {
  assert.match(problemLines(`# ${"x".repeat(1_600_000)}`)[0] ?? "", /1600002 characters long/);
});

Deno.test("parseCluster() takes v before the version", () => {
  const cluster = parseCluster(LOCAL.replace("1.35.4", "v1.35.4"), { versions: ["1.35.4"] });
  assert.equal(cluster.spec.provider.kubernetes.version, "v1.35.4");
});

Deno.test("parseCluster() of what it returned is the same (idempotent)", () => {
  for (const text of [LOCAL, ...Object.keys(CONFIGS).map((key) => withConfig(key as "aws"))]) {
    const once: LatticeCluster = parseCluster(text);
    assert.deepEqual(parseCluster(stringify(once, { version: "1.1" })), once);
  }
});

Deno.test("parseCluster() throws a ValidationError, whatever the text", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    assert.throws(() => parseCluster(text, { file: "f" }), ValidationError);
  }));
});

Deno.test("parseCluster() never crashes on a mutilated file, and every problem has a line", () => {
  const lines = LOCAL.split("\n");
  fc.assert(
    fc.property(fc.nat(lines.length - 1), fc.nat(30), fc.string(), (row, at, junk) => {
      const line = lines[row] ?? "";
      const text = lines.with(row, line.slice(0, at) + junk + line.slice(at)).join("\n");
      try {
        parseCluster(text, { file: "f" });
      } catch (error) {
        assert.ok(error instanceof ValidationError, String(error));
        for (const problem of error.problems) assert.ok((problem.line ?? 0) >= 1);
      }
    }),
    { numRuns: 300 },
  );
});
