import assert from "node:assert/strict";
import { type KubeObject, type LatticeCluster, parseCluster } from "@lattice/api";
import { versions } from "@lattice/providers";
import { stringify } from "yaml";
import local from "../../examples/local.yaml" with { type: "text" };
import { CLOUDS, matrix } from "../../tests/support/provider_matrix.ts";
import { ADDON_NAMES, describeBundle } from "./bundle.ts";
import type { AddonPart, BundleOptions, ChartPart } from "./types.ts";

const IMAGE = "images.example.com/lattice/operator:1.2.3";
const MATRIX = matrix();
const OPTIONS: BundleOptions = { versions, image: IMAGE };

function clusterOf(name: string): LatticeCluster {
  const found = MATRIX.find((one) => one.name === name);
  assert.ok(found, name);
  return structuredClone(found.cluster);
}

function partsOf(cluster: LatticeCluster, options: Partial<BundleOptions> = {}): AddonPart[] {
  return describeBundle(cluster, { ...OPTIONS, ...options }).items.flatMap(({ parts }) => parts);
}

function objectsOf(cluster: LatticeCluster, options: Partial<BundleOptions> = {}): KubeObject[] {
  return partsOf(cluster, options).flatMap((part) => part.part === "objects" ? part.objects : []);
}

function chartsOf(cluster: LatticeCluster, options: Partial<BundleOptions> = {}): ChartPart[] {
  return partsOf(cluster, options).flatMap((part) => part.part === "chart" ? [part] : []);
}

function namesOf(cluster: LatticeCluster, options: Partial<BundleOptions> = {}): string[] {
  return describeBundle(cluster, { ...OPTIONS, ...options }).items.map(({ name }) => name);
}

const EVERYONE = [
  "cilium",
  "lattice-crds",
  "lattice-operator",
  "cert-manager",
  "gateway-api",
  "istio-base",
  "istio-cni",
  "istiod",
  "ztunnel",
  "mesh-policies",
  "external-secrets",
];

const OWN: Readonly<Record<string, readonly string[]>> = {
  docker: ["local-path"],
  proxmox: ["load-balancer-pool", "local-path"],
  aws: ["aws-cloud-controller-manager", "aws-ebs-csi-driver"],
  openstack: ["openstack-cloud-controller-manager", "openstack-cinder-csi"],
};

for (const cloud of CLOUDS) {
  Deno.test(`describeBundle() gives ${cloud} what it needs, in order`, () => {
    const wanted = [...EVERYONE, ...OWN[cloud] ?? []];
    for (const bootstrap of ["kubeadm", "rke2"]) {
      const names = namesOf(clusterOf(`${cloud}-${bootstrap}-minimal`));
      assert.deepEqual(names, ADDON_NAMES.filter((name) => wanted.includes(name)));
    }
  });

  Deno.test(`describeBundle() of ${cloud} is as recorded`, async (t) => {
    const bundle = describeBundle(clusterOf(`${cloud}-kubeadm-everything`), {
      ...OPTIONS,
      credentials: CREDENTIALS[cloud],
      ...(cloud === "proxmox" ? { proxmoxStorage: "ceph" } : {}),
    });
    await t.assertSnapshot(
      stringify(bundle.items.map(shortened), { aliasDuplicateObjects: false }),
    );
  });
}

const CREDENTIALS: Readonly<Record<string, Readonly<Record<string, string>> | undefined>> = {
  openstack: { "clouds.yaml": "clouds: {}\n", cloud: "lab", cacert: "PEM" },
  proxmox: { url: "https://pve.example.com:8006/", token: "root@pam!capi", secret: "s3cret" },
};

/** Schemas, policies and the operator's rights are recorded elsewhere. */
function shortened<T extends { parts: readonly AddonPart[]; name: string }>(item: T): unknown {
  const isLong = item.name === "lattice-crds" || item.name === "mesh-policies";
  const named = (object: KubeObject): unknown =>
    isLong || (item.name === "lattice-operator" && "rules" in object)
      ? `${object.kind} ${object.metadata.name}`
      : object;
  const parts = item.parts.map((part) => part.part === "objects" ? part.objects.map(named) : part);
  return { ...item, parts };
}

Deno.test("describeBundle() says the same every time", () => {
  for (const { cluster } of MATRIX) {
    assert.equal(
      JSON.stringify(describeBundle(cluster, OPTIONS)),
      JSON.stringify(describeBundle(structuredClone(cluster), OPTIONS)),
    );
  }
});

Deno.test("describeBundle() needs no permission", async () => {
  const program = `
    import { parseCluster } from "@lattice/api";
    import { describeBundle } from "./addons/bundle/bundle.ts";
    import { versions } from "@lattice/providers";
    import text from "./examples/aws.yaml" with { type: "text" };
    const { items } = describeBundle(parseCluster(text), { versions, image: "a" });
    console.log(items.length);
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--ext=ts", "-"],
    cwd: new URL("../..", import.meta.url).pathname,
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  const { stdout, stderr } = await child.output();
  const words = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  assert.equal(words(stdout).trim(), "14", words(stderr));
});

Deno.test("describeBundle() gives a local cluster Lattice's kinds only", () => {
  assert.deepEqual(namesOf(parseCluster(local)), ["lattice-crds"]);
});

Deno.test("describeBundle() never brings one object twice", () => {
  for (const { cluster, name } of MATRIX) {
    const keys = objectsOf(cluster).map(({ kind, metadata }) =>
      [kind, metadata.namespace, metadata.name].join("/")
    );
    assert.equal(new Set(keys).size, keys.length, name);
  }
});

Deno.test("the autoscaler comes with pools that have min and max, as objects of their own", () => {
  assert.ok(!namesOf(clusterOf("aws-kubeadm-minimal")).includes("cluster-autoscaler"));
  const cluster = clusterOf("aws-kubeadm-everything");
  const own = objectsOf(cluster).filter(({ metadata }) => metadata.name === "cluster-autoscaler");
  assert.deepEqual(own.map(({ kind }) => kind), [
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Deployment",
  ]);
  const text = JSON.stringify(own.at(-1));
  assert.match(text, /clusterapi:namespace=capi-aws-kubeadm-everything,clusterName=/);
  assert.match(text, /enforce-node-group-min-size=true/);
});

Deno.test("programs with a release for each minor version follow the cluster's", () => {
  const cases = [
    ["1.32.0", "v1.32.0"],
    ["v1.34.7", "v1.34.0"],
    ["1.35.4+rke2r1", "v1.35.0"],
    // Newer than any release that is known.
    ["1.36.1", "v1.35.0"],
  ] as const;
  for (const [version, tag] of cases) {
    const cluster = clusterOf("aws-kubeadm-everything");
    cluster.spec.provider.kubernetes.version = version;
    const text = JSON.stringify(objectsOf(cluster));
    assert.ok(text.includes(`cluster-autoscaler:${tag}"`), version);
    assert.ok(text.includes(`cloud-controller-manager:${tag}"`), version);
  }
});

Deno.test("load balancers get their addresses from the spec, or on Proxmox beside the machines", () => {
  const proxmox = { range: "10.0.0.101-120/24", gateway: "10.0.0.1", endpoint: "10.0.0.100" };
  const cases: {
    cloud: string;
    cidr?: string | null;
    over?: Partial<typeof proxmox>;
    pool?: string;
  }[] = [
    { cloud: "docker", cidr: "172.18.255.10/32", pool: "172.18.255.10/32" },
    { cloud: "openstack", cidr: "10.9.0.0/28", pool: "10.9.0.0/28" },
    { cloud: "docker" },
    { cloud: "openstack" },
    // Its load balancers bring their addresses.
    { cloud: "aws", cidr: "10.9.0.0/28" },
    { cloud: "proxmox", pool: "10.0.0.192/27" },
    { cloud: "proxmox", cidr: "10.0.0.64/28", pool: "10.0.0.64/28" },
    { cloud: "proxmox", cidr: null },
    // None of these may be handed to a Service.
    { cloud: "proxmox", over: { range: "10.0.0.190-200/24" } },
    { cloud: "proxmox", over: { gateway: "10.0.0.222" } },
    { cloud: "proxmox", over: { endpoint: "10.0.0.192" } },
  ];
  for (const { cloud, cidr, over, pool } of cases) {
    const cluster = clusterOf(`${cloud}-kubeadm-minimal`);
    delete cluster.spec.networking;
    if (cidr !== undefined) cluster.spec.networking = cidr === null ? {} : { default: { cidr } };
    const config = cluster.spec.provider.config.proxmox;
    if (config) {
      const { range, gateway, endpoint } = { ...proxmox, ...over };
      config.ipv4Pool = { range, gateway };
      config.controlPlaneEndpoint = endpoint;
    }
    const [blocks, policy] = objectsOf(cluster).filter(({ kind }) =>
      kind === "CiliumLoadBalancerIPPool" || kind === "CiliumL2AnnouncementPolicy"
    );
    const seen = (blocks?.["spec"] as { blocks: { cidr: string }[] } | undefined)?.blocks[0]?.cidr;
    const what = JSON.stringify({ cloud, cidr, over });
    assert.equal(seen, pool, what);
    assert.equal(policy !== undefined, pool !== undefined, what);
  }
});

Deno.test("credentials are in a Secret and nowhere else, and without them nothing of it is there", () => {
  for (const [cloud, word] of [["openstack", "p4ssw0rd"], ["proxmox", "t0k3n-s3cr3t"]] as const) {
    const cluster = clusterOf(`${cloud}-kubeadm-minimal`);
    const credentials = {
      "clouds.yaml": `clouds: {lab: {auth: {password: "${word}"}}}\n`,
      url: "https://pve.example.com:8006",
      token: "root@pam!capi",
      secret: word,
    };
    const options = { proxmoxStorage: "ceph" };
    const secrets = (given: Partial<BundleOptions>): KubeObject[] =>
      objectsOf(cluster, given).filter(({ kind }) => kind === "Secret");
    assert.deepEqual(secrets(options), []);
    const [secret, ...more] = secrets({ ...options, credentials });
    assert.deepEqual(more, []);
    const texts = Object.values(secret?.["data"] as Record<string, string>).map(decode);
    assert.ok(texts.some((text) => text.includes(word)));
    assert.ok(!JSON.stringify(partsOf(cluster, { ...options, credentials })).includes(word));
  }
});

function decode(text: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(text));
}

Deno.test("OpenStack's own load balancers are off where Cilium hands out addresses", () => {
  for (const cidr of [undefined, "10.9.0.0/28"]) {
    const cluster = clusterOf("openstack-kubeadm-minimal");
    delete cluster.spec.networking;
    if (cidr) cluster.spec.networking = { default: { cidr } };
    const credentials = { "clouds.yaml": "clouds: {}\n" };
    const secret = objectsOf(cluster, { credentials }).find(({ kind }) => kind === "Secret");
    const text = decode((secret?.["data"] as Record<string, string>)["cloud.conf"] ?? "");
    assert.match(text, cidr ? /^enabled = false$/m : /^enabled = true$/m);
  }
});

Deno.test("pods of the control plane find its nodes with either bootstrap provider", () => {
  for (const bootstrap of ["kubeadm", "rke2"]) {
    const cluster = clusterOf(`openstack-${bootstrap}-minimal`);
    const chart = chartsOf(cluster).find(({ release }) => release.startsWith("openstack-cloud"));
    const selector = chart?.values["nodeSelector"] as Record<string, string>;
    assert.deepEqual(Object.values(selector), [bootstrap === "rke2" ? "true" : ""]);
    assert.ok(
      !JSON.stringify(objectsOf(clusterOf(`aws-${bootstrap}-minimal`)))
        .includes('"node-role.kubernetes.io/control-plane":""'),
    );
  }
});

Deno.test("the pull secret reaches pods that programs make later, and the operator hands it on", () => {
  const cluster = clusterOf("docker-kubeadm-minimal");
  const registry = { pullSecret: {} };
  const istiod = (options: Partial<BundleOptions>): unknown =>
    chartsOf(cluster, options).find(({ chart }) => chart === "istiod")?.values["global"];
  assert.equal(istiod({}), undefined);
  assert.deepEqual(istiod({ registry }), { imagePullSecrets: ["lattice-registry"] });
  const helper = (options: Partial<BundleOptions>): unknown => {
    const found = objectsOf(cluster, options).find(({ metadata }) =>
      metadata.name === "local-path-config"
    );
    return JSON.parse((found?.["data"] as Record<string, string>)["helperPod.yaml"] ?? "").spec
      .imagePullSecrets;
  };
  assert.equal(helper({}), undefined);
  assert.deepEqual(helper({ registry }), [{ name: "lattice-registry" }]);
  const operator = JSON.stringify(objectsOf(cluster, { registry }));
  assert.match(operator, /"REGISTRY_CREDENTIALS_FILE"/);
  assert.doesNotMatch(JSON.stringify(objectsOf(cluster)), /"REGISTRY_CREDENTIALS_FILE"/);
});
