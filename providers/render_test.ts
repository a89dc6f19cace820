import assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import {
  type Bootstrap,
  type KubeObject,
  type LatticeCluster,
  parseCluster,
  TEMPLATE_HASH_ANNOTATION,
} from "@lattice/api";
import awsText from "../examples/aws.yaml" with { type: "text" };
import dockerText from "../examples/docker.yaml" with { type: "text" };
import localText from "../examples/local.yaml" with { type: "text" };
import openstackText from "../examples/openstack.yaml" with { type: "text" };
import proxmoxText from "../examples/proxmox.yaml" with { type: "text" };
import { renderCluster } from "./mod.ts";

const EXAMPLES = {
  aws: awsText,
  docker: dockerText,
  local: localText,
  openstack: openstackText,
  proxmox: proxmoxText,
};
const BOOTSTRAPS: Bootstrap[] = ["kubeadm", "rke2"];
const MATRIX = Object.entries(EXAMPLES).flatMap(([provider, text]) =>
  BOOTSTRAPS.map((bootstrap) => ({ provider, bootstrap, text }))
);

for (const { provider, bootstrap, text } of MATRIX) {
  Deno.test(`renderCluster() of examples/${provider}.yaml with ${bootstrap}`, async (t) => {
    const objects = renderCluster(parseCluster(text, { bootstrap }));
    const yaml = objects.map((object) => stringify(object, { version: "1.1", lineWidth: 0 }));
    await t.assertSnapshot(yaml.join("---\n"));
  });
}

type Fields = Record<string, unknown>;

const local = (change: (text: string) => string = (text) => text): LatticeCluster =>
  parseCluster(change(localText));

function kindsOf(objects: readonly KubeObject[]): string[] {
  return objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

function find(objects: readonly KubeObject[], kind: string, name?: string): KubeObject {
  const found = objects.find((object) =>
    object.kind === kind && (name === undefined || object.metadata.name === name)
  );
  assert.ok(found, `${kind} ${name ?? ""} is not among ${kindsOf(objects).join(", ")}`);
  return found;
}

function dig(object: unknown, path: string): unknown {
  return path.split(".").reduce((node, key) => (node as Fields | undefined)?.[key], object);
}

Deno.test("objects come in the order of application, named and counted as specified", () => {
  const objects = renderCluster(parseCluster(dockerText));
  assert.deepEqual(kindsOf(objects), [
    "Cluster docker-demo",
    "ConfigMap docker-demo-lb-config",
    "DockerCluster docker-demo",
    "RKE2ControlPlane docker-demo-control-plane",
    "DockerMachineTemplate docker-demo-control-plane",
    "MachineDeployment docker-demo-pool-batch",
    "DockerMachineTemplate docker-demo-pool-batch",
    "RKE2ConfigTemplate docker-demo-pool-batch",
    "MachineDeployment docker-demo-pool-general",
    "DockerMachineTemplate docker-demo-pool-general",
    "RKE2ConfigTemplate docker-demo-pool-general",
  ]);
});

for (const { provider, bootstrap, text } of MATRIX) {
  const extra = provider === "docker" && bootstrap === "rke2" ? 1 : 0;
  const perPool = provider === "local" ? 2 : 3;

  Deno.test(`${provider} with ${bootstrap}: ${4 + extra} objects and ${perPool} a pool`, () => {
    const cluster = parseCluster(text, { bootstrap });
    const pools = Object.keys(cluster.spec.nodes.workerPools).length;
    assert.equal(renderCluster(cluster).length, 4 + extra + perPool * pools);
    const { nodes } = cluster.spec;
    const alone = { ...cluster, spec: { ...cluster.spec, nodes: { ...nodes, workerPools: {} } } };
    assert.equal(renderCluster(alone).length, 4 + extra);
  });

  Deno.test(`${provider} with ${bootstrap}: every object has the namespace and the labels`, () => {
    const cluster = parseCluster(text, { bootstrap });
    for (const { metadata } of renderCluster(cluster)) {
      assert.equal(metadata.namespace, `capi-${cluster.metadata.name}`);
      assert.equal(metadata.labels?.["lattice.dev/cluster"], cluster.metadata.name);
      assert.equal(metadata.labels?.["cluster.x-k8s.io/cluster-name"], cluster.metadata.name);
    }
  });

  Deno.test(`${provider} with ${bootstrap}: no two fields share an object`, () => {
    const seen = new Set<unknown>();
    const walk = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      assert.ok(!seen.has(value), `shared: ${JSON.stringify(value)}`);
      seen.add(value);
      Object.values(value).forEach(walk);
    };
    const cluster = parseCluster(text, { bootstrap });
    renderCluster(cluster).forEach(walk);
    Object.values(cluster.spec).forEach(walk);
  });
}

Deno.test("a MachineDeployment carries the replicas and the selector that CAPI would fill in", () => {
  const deployment = find(renderCluster(local()), "MachineDeployment");
  assert.equal(dig(deployment, "spec.replicas"), 2);
  const selector = {
    "cluster.x-k8s.io/cluster-name": "demo",
    "cluster.x-k8s.io/deployment-name": "demo-pool-general",
  };
  assert.deepEqual(dig(deployment, "spec.selector.matchLabels"), selector);
  assert.deepEqual(dig(deployment, "spec.template.metadata.labels"), {
    ...selector,
    "lattice.dev/pool": "general",
  });
  assert.equal(dig(deployment, "spec.template.spec.deletion.nodeDrainTimeoutSeconds"), 10);
});

Deno.test("autoscaler annotations are there with min and max only", () => {
  const objects = renderCluster(parseCluster(awsText));
  const gpu = find(objects, "MachineDeployment", "production-pool-gpu");
  assert.deepEqual(gpu.metadata.annotations, {
    "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size": "1",
    "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size": "8",
  });
  const general = find(objects, "MachineDeployment", "production-pool-general");
  assert.equal(general.metadata.annotations, undefined);
});

Deno.test("versions get v, and RKE2's revision unless the spec has one", () => {
  const cases: [string, Bootstrap, string][] = [
    ["1.35.4", "kubeadm", "v1.35.4"],
    ["v1.35.4", "kubeadm", "v1.35.4"],
    ["1.35.4", "rke2", "v1.35.4+rke2r1"],
    ["v1.35.4+rke2r3", "rke2", "v1.35.4+rke2r3"],
  ];
  for (const [version, bootstrap, expected] of cases) {
    const text = localText.replace("1.35.4", version);
    const objects = renderCluster(parseCluster(text, { bootstrap }));
    assert.equal(dig(find(objects, "LocalControlPlane"), "spec.version"), expected);
    assert.equal(dig(find(objects, "MachineDeployment"), "spec.template.spec.version"), expected);
  }
});

Deno.test("local: labels travel as an annotation, taints as CAPI's field", () => {
  const cluster = local((text) =>
    text.replace(
      "replicas: 2",
      "replicas: 2\n        labels: {tier: web}\n        taints: [{key: a, effect: NoSchedule}]",
    )
  );
  const deployment = find(renderCluster(cluster), "MachineDeployment");
  const annotations = dig(deployment, "spec.template.metadata.annotations") as Fields;
  assert.deepEqual(JSON.parse(String(annotations["lattice.dev/node-labels"])), {
    "lattice.dev/pool": "general",
    tier: "web",
  });
  assert.deepEqual(dig(deployment, "spec.template.spec.taints"), [
    { key: "a", effect: "NoSchedule", propagation: "Always" },
  ]);
});

Deno.test("local: the control plane is tainted only when there are workers", () => {
  const taints = (cluster: LatticeCluster) =>
    dig(find(renderCluster(cluster), "LocalControlPlane"), "spec.machineTemplate.spec.taints");
  assert.equal((taints(local()) as unknown[]).length, 1);
  assert.equal(taints(local((text) => text.replace("replicas: 2", "replicas: 0"))), undefined);
});

Deno.test("kubelets get labels and taints, but no label that only CAPI may set", () => {
  const text = dockerText.replace(
    "workload-type: batch\n",
    "workload-type: batch\n          node-role.kubernetes.io/batch: ''\n",
  );
  const objects = renderCluster(parseCluster(text, { bootstrap: "kubeadm" }));
  const config = find(objects, "KubeadmConfigTemplate", "docker-demo-pool-batch");
  const args = dig(
    config,
    "spec.template.spec.joinConfiguration.nodeRegistration.kubeletExtraArgs",
  ) as { name: string; value: string }[];
  assert.deepEqual(args.slice(1), [
    { name: "node-labels", value: "lattice.dev/pool=batch,workload-type=batch" },
    { name: "register-with-taints", value: "workload-type=batch:NoSchedule" },
  ]);
  const deployment = find(objects, "MachineDeployment", "docker-demo-pool-batch");
  const labels = dig(deployment, "spec.template.metadata.labels") as Fields;
  assert.equal(labels["node-role.kubernetes.io/batch"], "");
});

Deno.test("certificate names: the provider's, the spec's, the parent's host, each once", () => {
  const objects = renderCluster(parseCluster(dockerText, { bootstrap: "kubeadm" }));
  const plane = find(objects, "KubeadmControlPlane");
  assert.deepEqual(dig(plane, "spec.kubeadmConfigSpec.clusterConfiguration.apiServer.certSANs"), [
    "127.0.0.1",
    "localhost",
    "docker-demo.example.org",
    "172.18.255.10",
  ]);
});

Deno.test("nodeClass decides the shape of a pool's machines", () => {
  const aws = renderCluster(parseCluster(awsText));
  const shape = (objects: KubeObject[], kind: string, name: string) =>
    dig(find(objects, kind, name), "spec.template.spec") as Fields;
  assert.equal(shape(aws, "AWSMachineTemplate", "production-pool-gpu").instanceType, "p3.2xlarge");
  assert.equal(
    shape(aws, "AWSMachineTemplate", "production-pool-general").instanceType,
    "m5.large",
  );
  const stack = renderCluster(parseCluster(openstackText));
  const large = shape(stack, "OpenStackMachineTemplate", "openstack-demo-pool-large");
  assert.equal(large.flavor, "m1.xlarge");
  const proxmox = renderCluster(parseCluster(proxmoxText));
  const wide = shape(proxmox, "ProxmoxMachineTemplate", "proxmox-demo-pool-large");
  assert.deepEqual([wide.numCores, wide.memoryMiB], [8, 32768]);
});

Deno.test("the API server's cloud flag is left out from Kubernetes 1.33 on", () => {
  const args = (version: string) => {
    const objects = renderCluster(parseCluster(awsText.replace("1.32.0", version)));
    const plane = find(objects, "KubeadmControlPlane");
    return JSON.stringify(
      dig(plane, "spec.kubeadmConfigSpec.clusterConfiguration.apiServer.extraArgs"),
    );
  };
  assert.match(args("1.32.0"), /cloud-provider/);
  assert.doesNotMatch(args("1.33.0"), /cloud-provider/);
});

Deno.test("kube-vip runs only where there is a virtual address", () => {
  const has = (text: string, bootstrap: Bootstrap) =>
    JSON.stringify(renderCluster(parseCluster(text, { bootstrap }))).includes("kube-vip");
  for (const bootstrap of BOOTSTRAPS) {
    assert.ok(has(proxmoxText, bootstrap));
    assert.ok(!has(awsText, bootstrap));
  }
});

Deno.test("the parent's token is no argument of a program, and every code that says done ends the try", () => {
  const bootstrapInfo = { endpoint: "https://10.0.0.1:8443", token: "s3cr3t", caCertPem: "PEM\n" };
  for (const bootstrap of BOOTSTRAPS) {
    const objects = renderCluster(parseCluster(proxmoxText, { bootstrap }), { bootstrapInfo });
    const text = JSON.stringify(objects);
    assert.match(text, /printf 'header = [^|]*' 's3cr3t' \|/);
    assert.equal(text.split("s3cr3t").length - 1, 1);
    assert.match(text, /401\|409\|410/);
    assert.doesNotMatch(text, /--fail/);
  }
});

Deno.test("rendering is a function: the same cluster gives the same bytes, the order of pools does not matter", () => {
  const ids = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(fc.property(ids, fc.nat(20), (names, replicas) => {
    const cluster = local();
    const { nodes } = cluster.spec;
    const withPools = (order: string[]): LatticeCluster => ({
      ...cluster,
      spec: {
        ...cluster.spec,
        nodes: {
          ...nodes,
          workerPools: Object.fromEntries(order.map((id) => [id, { replicas }])),
        },
      },
    });
    const once = JSON.stringify(renderCluster(withPools(names)));
    assert.equal(JSON.stringify(renderCluster(withPools(names))), once);
    assert.equal(JSON.stringify(renderCluster(withPools(names.toReversed()))), once);
  }));
});

Deno.test("a changed template gets a new name, references follow, the rest stays", () => {
  const before = renderCluster(parseCluster(awsText));
  const after = renderCluster(parseCluster(awsText.replace("p3.2xlarge", "p4d.24xlarge")), {
    existing: before,
  });
  const changed = after.filter((object, index) =>
    JSON.stringify(object) !== JSON.stringify(before[index])
  );
  assert.deepEqual(changed.map(({ kind }) => kind), ["MachineDeployment", "AWSMachineTemplate"]);
  const [deployment, template] = changed;
  assert.match(template?.metadata.name ?? "", /^production-pool-gpu-[0-9a-f]{8}$/);
  const ref = dig(deployment, "spec.template.spec.infrastructureRef.name");
  assert.equal(ref, template?.metadata.name);
  assert.ok(template?.metadata.annotations?.[TEMPLATE_HASH_ANNOTATION]);
});

Deno.test("rendering with what exists changes nothing when nothing changed", () => {
  for (const { text, bootstrap } of MATRIX) {
    const cluster = parseCluster(text, { bootstrap });
    const once = renderCluster(cluster);
    assert.deepEqual(renderCluster(cluster, { existing: once }), once);
  }
});

Deno.test("rendering twice after a change gives the same names", () => {
  const before = renderCluster(parseCluster(proxmoxText));
  const changed = parseCluster(proxmoxText.replace("cpCores: 4", "cpCores: 8"));
  const after = renderCluster(changed, { existing: before });
  const again = renderCluster(changed, { existing: [...before, ...after] });
  assert.deepEqual(again, after);
  const ref = dig(
    find(after, "KubeadmControlPlane"),
    "spec.machineTemplate.spec.infrastructureRef",
  );
  assert.match(String((ref as Fields).name), /^proxmox-demo-control-plane-[0-9a-f]{8}$/);
});

Deno.test("a cluster without a name cannot be rendered", () => {
  assert.throws(() => renderCluster({ ...local(), metadata: { name: "" } }), RangeError);
});

Deno.test("what a node does after its bootstrap stays, although the parent's token is gone", () => {
  const bootstrapInfo = { endpoint: "https://10.0.0.1:8443", token: "t", caCertPem: "PEM" };
  for (const bootstrap of BOOTSTRAPS) {
    const cluster = parseCluster(proxmoxText, { bootstrap });
    const born = renderCluster(cluster, { bootstrapInfo });
    assert.deepEqual(renderCluster(cluster, { existing: born }), born);
  }
});
