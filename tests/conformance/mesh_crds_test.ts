/**
 * Every kind that services become, put to a real API server that holds the real CRDs of Cilium, Istio, the
 * Gateway API, External Secrets and cert-manager, with `fieldValidation=Strict`; and written a second time,
 * which must change nothing.
 *
 * Needs the set `crds` (`deno task setup crds`).
 *
 * @module
 */
import assert from "node:assert/strict";
import type { KubeObject } from "@lattice/api";
import { connect, type KubeClient } from "@lattice/kube";
import { compileAll, graphOf, infrastructurePolicies } from "@lattice/policy";
import api from "../../examples/mesh/api-gateway.yaml" with { type: "text" };
import auth from "../../examples/mesh/auth-service.yaml" with { type: "text" };
import web from "../../examples/mesh/web-frontend.yaml" with { type: "text" };
import { locateSet } from "../../tools/locate.ts";
import { startApiServer } from "../support/apiserver.ts";
import type { Declared } from "../support/mesh_model.ts";
import { meshOf } from "../support/mesh_random.ts";
import { FULL_WORKLOADS, parsed, renderAll } from "../support/mesh_workloads.ts";
import { groupKind, installCrds, withoutConversion } from "../support/provider_crds.ts";

const GRAPHS = Number(Deno.env.get("LATTICE_MESH_CRD_GRAPHS") ?? 12);
const CLUSTER = { cluster: "prod" };
const FILES = ["cilium", "istio", "gateway-api", "external-secrets", "cert-manager"] as const;
/** Groups that every API server serves. */
const BUILT_IN = new Set(["", "apps", "autoscaling", "policy"]);

/**
 * Kinds that a server rewrites once, without a change of ours, when they are applied again: claims, and
 * Gateways, whose definition has a default for the status that is stored with the second write only.
 */
const SETTLING = new Set(["PersistentVolumeClaim", "Gateway"]);

/** What the other examples leave out: ingress with both ways to a certificate, limits to requests, hosts. */
const MORE = `
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: portal, namespace: docs}
spec:
  containers: {main: {image: "registry.local/portal:1"}}
  service: {ports: {http: {port: 80, targetPort: 8080}, dns: {port: 53, protocol: UDP}}}
  ingress:
    hosts: [portal.example.com, www.portal.example.com]
    paths: [{path: /, pathType: PathPrefix}, {path: /login, pathType: Exact}]
    tls: {mode: auto, issuerRef: {name: letsencrypt, kind: ClusterIssuer}}
  resources:
    admin: {type: service, direction: inbound, inbound: {methods: [GET, POST], paths: [/v1/*, /health]}}
    payments: {type: external-service}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: admin, namespace: docs}
spec:
  containers: {main: {image: "registry.local/admin:1"}}
  service: {ports: {http: {port: 8080}}}
  ingress:
    hosts: [admin.example.com]
    tls: {mode: manual, secretName: admin-tls}
  resources:
    portal: {type: service, direction: outbound}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeExternalService
metadata: {name: payments, namespace: docs}
spec:
  endpoints:
    api: https://api.payments.example:443
    bulk: grpc://bulk.payments.example:8443
    old: tcp://203.0.113.9:5432
    new: "tcp://[2001:db8::9]:5432"
  allowed_requesters: [portal]
`;

Deno.test("all that services become is accepted by the real CRDs, strictly, and a second time changes nothing", async (t) => {
  await using server = await startApiServer({ apiServerArgs: ["--allow-privileged=true"] });
  using client = await connect({ kubeconfig: server.kubeconfigPath });
  const batches = worlds();
  const kinds = new Set(batches.flatMap(({ objects }) => objects.map(groupKind)));
  const crds = (await realCrds()).filter((crd) => kinds.has(groupKind(crd)));
  await installCrds(client, crds.map(withoutConversion));
  await t.step("every kind that is not built in has its real CRD", () => {
    const held = new Set(crds.map(groupKind));
    const others = [...kinds].filter((kind) => !BUILT_IN.has(kind.split("/")[0] ?? ""));
    assert.deepEqual(others.filter((kind) => !held.has(kind)), []);
    assert.deepEqual(others.sort(), [
      "cert-manager.io/Certificate",
      "cilium.io/CiliumClusterwideNetworkPolicy",
      "cilium.io/CiliumNetworkPolicy",
      "external-secrets.io/ExternalSecret",
      "gateway.networking.k8s.io/Gateway",
      "gateway.networking.k8s.io/HTTPRoute",
      "networking.istio.io/ServiceEntry",
      "security.istio.io/AuthorizationPolicy",
      "security.istio.io/PeerAuthentication",
    ]);
  });
  let count = 0;
  for (const { name, objects } of batches) {
    await t.step(`${name}: ${objects.length} objects`, async () => {
      await createNamespaces(client, objects);
      for (const object of objects) {
        await applyTwice(client, object);
        count++;
      }
    });
  }
  // deno-lint-ignore no-console -- the counts are part of what is shown.
  console.info(`${count} objects of ${kinds.size} kinds, ${crds.length} CRDs, written twice`);
});

/** More of everything than one list of Cilium's, Istio's or the Gateway API's takes. */
function crowd(): string {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  const callers = numbers(600);
  const service = (name: string, spec: unknown) => ({
    apiVersion: "lattice.dev/v1alpha1",
    kind: "LatticeService",
    metadata: { name, namespace: "crowd" },
    spec: { containers: { main: { image: "x" } }, ...spec as object },
  });
  const ports = numbers(60).flatMap((each) => [
    [`u${each}`, { port: 20_000 + each, protocol: "UDP" }],
    [`t${each}`, { port: 20_000 + each }],
  ]);
  const inbound = { methods: ["GET"] };
  const objects = [
    service("hub", {
      service: { ports: Object.fromEntries(ports) },
      ingress: { hosts: numbers(30).map((each) => `h${each}.example.com`) },
      resources: Object.fromEntries(
        callers.map((each) => [`c${each}`, { type: "service", direction: "inbound", inbound }]),
      ),
    }),
    ...callers.map((each) =>
      service(`c${each}`, {
        resources: {
          hub: { type: "service", direction: "outbound" },
          ...(each === 1 ? { far: { type: "external-service" } } : {}),
        },
      })
    ),
    {
      apiVersion: "lattice.dev/v1alpha1",
      kind: "LatticeExternalService",
      metadata: { name: "far", namespace: "crowd" },
      spec: {
        endpoints: Object.fromEntries(
          numbers(60).map((each) => [`e${each}`, `tcp://far.example.com:${10_000 + each}`]),
        ),
        allowed_requesters: ["c1"],
      },
    },
  ];
  return objects.map((object) => JSON.stringify(object)).join("\n---\n");
}

function worlds(): { name: string; objects: KubeObject[] }[] {
  const examples = [FULL_WORKLOADS, MORE, api, auth, web];
  const declared = parsed(examples).flatMap(({ object }) => object ?? []);
  const many = parsed([crowd()]).flatMap(({ object }) => object ?? []);
  const crowded = compileAll(graphOf(many), CLUSTER).filter(({ metadata }) =>
    !/^policy-c([2-9]|\d\d)/.test(metadata.name)
  );
  const parents = [
    { host: "parent.example.com", ports: [8443, 50051] },
    { host: "203.0.113.1", address: "ipv4", ports: [50051] },
    { host: "2001:db8::1", address: "ipv6", ports: [50051] },
  ] as const;
  return [
    { name: "mesh of the examples", objects: compileAll(graphOf(declared), CLUSTER) },
    { name: "workloads of the examples", objects: renderAll(examples) },
    { name: "mesh of a crowd", objects: crowded },
    {
      name: "workload of its hub",
      objects: renderAll([crowd()]).filter(({ metadata }) => metadata.name.startsWith("hub")),
    },
    {
      name: "the cluster below each kind of parent",
      objects: parents.flatMap((parent) =>
        infrastructurePolicies({ ...CLUSTER, operator: { parent } })
      ),
    },
    ...Array.from({ length: GRAPHS }, (_, seed) => ({
      name: `random mesh ${seed}`,
      objects: compileAll(graphOf(meshOf(seed).map((each) => moved(each, seed))), CLUSTER),
    })),
  ];
}

// Each mesh in namespaces of its own, so that none finds what another left.
function moved(object: Declared, seed: number): Declared {
  const text = JSON.stringify(
    object,
    (key, value) => key === "namespace" && value !== "*" ? `s${seed}-${value}` : value,
  );
  const copy = JSON.parse(text) as Declared;
  if (copy.kind === "LatticeExternalService") {
    copy.spec.allowedRequesters = copy.spec.allowedRequesters.map((requester) =>
      requester.includes("/") ? `s${seed}-${requester}` : requester
    );
  }
  return copy;
}

async function realCrds(): Promise<KubeObject[]> {
  const set = await locateSet("crds");
  const files = await Promise.all(FILES.map((file) => set.objects(`${file}-crds.yaml`)));
  return files.flat().filter(({ kind }) => kind === "CustomResourceDefinition");
}

async function createNamespaces(client: KubeClient, objects: readonly KubeObject[]): Promise<void> {
  const names = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  for (const name of names) {
    const ref = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
    await client.apply(ref, { manager: "conformance" });
  }
}

async function applyTwice(client: KubeClient, object: KubeObject): Promise<void> {
  const options = { manager: "lattice-mesh", force: true, fieldValidation: "Strict" } as const;
  if (SETTLING.has(object.kind)) await client.apply(object, options);
  const first = await client.apply<KubeObject>(object, options);
  const second = await client.apply<KubeObject>(object, options);
  const what = `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`;
  assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion, what);
}
