/**
 * Files that are refused, and why: the file itself, names, sizes, versions, labels, taints. No tests of its own.
 *
 * @module
 */
import { type Case, LOCAL, pool, swap } from "./testing.ts";

/** By what is wrong with them. */
export const CLUSTER_REFUSALS: Readonly<Record<string, Case>> = {
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
};
