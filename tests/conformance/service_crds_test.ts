/**
 * The CRDs of services put to a real kube-apiserver: what the README writes is taken, and what the parser refuses
 * the server refuses, too, as far as its rules can see it.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  type KubeObject,
  latticeExternalServiceCrd,
  latticeServiceCrd,
  latticeServicePolicyCrd,
  readObject,
} from "@lattice/api";
import { connect, isApiError, type KubeClient } from "@lattice/kube";
import { startApiServer } from "../support/apiserver.ts";

const MANAGER = "conformance";

interface Case {
  name: string;
  object: KubeObject;
  /** Part of the server's message. */
  says: string;
}

const REFUSED: Case[] = [
  { name: "unknown field", object: service({ colour: "red" }), says: "colour" },
  { name: "reserved name", object: named("shop-waypoint"), says: "reserved" },
  { name: "name of a gateway", object: named("shop-gateway-istio"), says: "reserved" },
  { name: "name default", object: named("default"), says: "reserved" },
  { name: "long name", object: named("a".repeat(46)), says: "DNS label" },
  { name: "no containers", object: service({ containers: {} }), says: "containers" },
  { name: "no image", object: service({ containers: { main: {} } }), says: "image" },
  {
    name: "quantity",
    object: service({
      containers: { main: { image: "x", resources: { limits: { cpu: "fast" } } } },
    }),
    says: "cpu",
  },
  {
    name: "file without content",
    object: service({ containers: { main: { image: "x", files: { "/a": {} } } } }),
    says: "exactly one of",
  },
  {
    name: "probe without a check",
    object: service({ containers: { main: { image: "x", livenessProbe: {} } } }),
    says: "exactly one of",
  },
  { name: "port 70000", object: ports({ http: { port: 70000 } }), says: "port" },
  { name: "no port", object: ports({}), says: "ports" },
  {
    name: "port name",
    object: ports({ "a-very-long-port-name": { port: 1 } }),
    says: "15 characters",
  },
  {
    name: "two equal ports",
    object: ports({ a: { port: 1 }, b: { port: 1 } }),
    says: "same number",
  },
  { name: "protocol", object: ports({ a: { port: 1, protocol: "SCTP" } }), says: "protocol" },
  {
    name: "min above max",
    object: service({ replicas: { min: 3, max: 2 } }),
    says: "min must not",
  },
  {
    name: "autoscaler from 0",
    object: service({ replicas: { min: 0, max: 2 } }),
    says: "cannot go to 0",
  },
  { name: "direction", object: peer({ type: "service", direction: "in" }), says: "direction" },
  { name: "type", object: peer({ type: "Service" }), says: "type" },
  { name: "any namespace", object: peer({ type: "service", namespace: "*" }), says: "needs id" },
  {
    name: "inbound external",
    object: peer({ type: "external-service", direction: "both" }),
    says: "can only be called",
  },
  {
    name: "inbound rules on a call",
    object: peer({ type: "service", inbound: { methods: ["GET"] } }),
    says: "inbound rules need",
  },
  {
    name: "host network with peers",
    object: service({ hostNetwork: true, resources: { a: { type: "service" } } }),
    says: "escapes every policy",
  },
  {
    name: "sidecar with a container's name",
    object: service({ sidecars: { main: { image: "x" } } }),
    says: "name of a container",
  },
  {
    name: "ingress without ports",
    object: service({ ingress: { hosts: ["a.b"] } }),
    says: "ingress needs",
  },
  { name: "no endpoints", object: external({ endpoints: {} }), says: "endpoints" },
  {
    name: "credentials in a URL",
    object: external({ endpoints: { api: "https://u:p@a.example.com" } }),
    says: "endpoints",
  },
  {
    name: "two spellings that differ",
    object: external({ allowed_requesters: ["a"], allowedRequesters: ["b"] }),
    says: "write one of them",
  },
  {
    name: "requester",
    object: external({ allowed_requesters: ["*/web"] }),
    says: "allowed_requesters",
  },
  {
    name: "values of Exists",
    object: selecting([{ key: "a", operator: "Exists", values: ["b"] }]),
    says: "take none",
  },
];

Deno.test("the CRDs of services are accepted and enforced by a real API server", async (t) => {
  await using server = await startApiServer();
  using client = await connect({ kubeconfig: server.kubeconfigPath });

  await t.step(
    "every CRD is accepted strictly, becomes Established and is structural",
    async () => {
      for (
        const crd of [latticeServiceCrd(), latticeExternalServiceCrd(), latticeServicePolicyCrd()]
      ) {
        await apply(client, crd);
        const seen = await client.wait<KubeObject & Conditioned>(
          { apiVersion: crd.apiVersion, kind: crd.kind, name: crd.metadata.name },
          (each) => hasCondition(each, "Established"),
          { timeoutMs: 30_000, what: `${crd.metadata.name} is established` },
        );
        assert.ok(!hasCondition(seen, "NonStructuralSchema"));
      }
    },
  );

  await t.step("what the README writes is taken, and read back whole", async () => {
    const gateway = service({
      service: { ports: { http: { port: 8080 } } },
      resources: {
        "auth-service": { type: "service", direction: "outbound" },
        "web-frontend": { type: "service", direction: "inbound" },
        data: { type: "volume", params: { size: "5Gi", nested: { anything: [1, "a", true] } } },
      },
    });
    const seen = await apply(client, gateway);
    const { object, problems } = readObject(seen);
    assert.deepEqual(problems, []);
    assert.deepEqual(object?.spec, readObject(gateway).object?.spec);
    const again = await apply(client, gateway);
    assert.equal(again.metadata.resourceVersion, seen.metadata.resourceVersion);
  });

  await t.step("either spelling of the requesters is taken", async () => {
    for (const key of ["allowed_requesters", "allowedRequesters"]) {
      const object = external({ allowed_requesters: undefined, [key]: ["payment-service", "*"] });
      const seen = await apply(client, JSON.parse(JSON.stringify(object)) as KubeObject);
      const read = readObject(seen).object;
      assert.ok(read?.kind === "LatticeExternalService");
      assert.deepEqual(read.spec.allowedRequesters, ["payment-service", "*"]);
      await client.delete({ ...object, name: object.metadata.name, namespace: "default" });
    }
  });

  await t.step("a number is a legal quantity", async () => {
    await apply(
      client,
      service({
        containers: { main: { image: "x", resources: { limits: { cpu: 2, memory: "1Gi" } } } },
      }),
    );
  });

  for (const { name, object, says } of REFUSED) {
    await t.step(`refused: ${name}`, async () => {
      assert.ok(readObject(object).problems.length > 0, "the parser refuses it, too");
      await assert.rejects(apply(client, object), (error: unknown) => {
        assert.ok(isApiError(error), String(error));
        assert.ok(error.message.includes(says), error.message);
        return true;
      });
    });
  }
});

interface Conditioned {
  status?: { conditions?: { type: string; status: string }[] };
}

function hasCondition(object: (KubeObject & Conditioned) | undefined, wanted: string): boolean {
  return object?.status?.conditions?.some(({ type, status }) =>
    type === wanted && status === "True"
  ) ?? false;
}

function apply(client: KubeClient, object: KubeObject): Promise<KubeObject> {
  return client.apply(object, { manager: MANAGER, force: true, fieldValidation: "Strict" });
}

function made(kind: string, spec: Record<string, unknown>, name = "subject"): KubeObject {
  return {
    apiVersion: "lattice.dev/v1alpha1",
    kind,
    metadata: { name, namespace: "default" },
    spec,
  };
}

function service(spec: Record<string, unknown>): KubeObject {
  return made("LatticeService", { containers: { main: { image: "nginx:1.29" } }, ...spec });
}

function named(name: string): KubeObject {
  return made("LatticeService", { containers: { main: { image: "x" } } }, name);
}

function ports(each: Record<string, unknown>): KubeObject {
  return service({ service: { ports: each } });
}

function peer(resource: Record<string, unknown>): KubeObject {
  return service({ resources: { peer: resource } });
}

function external(spec: Record<string, unknown>): KubeObject {
  return made("LatticeExternalService", { endpoints: { api: "https://a.example.com" }, ...spec });
}

function selecting(matchExpressions: unknown[]): KubeObject {
  return made("LatticeServicePolicy", { selector: { matchExpressions } });
}
