import assert from "node:assert/strict";
import type { KubeObject } from "@lattice/api";
import { DOCKER_HUB } from "./images.ts";
import { mirrorObjects, podSpecOf, registriesOf, withPullSecret } from "./mirror.ts";

const MIRROR = "mirror.example.com:5000/k8s";
const FROM = "images.example.com";

function object(kind: string, fields: Record<string, unknown>): KubeObject {
  return { apiVersion: "v1", kind, metadata: { name: "a" }, ...fields };
}

function mirrored(one: KubeObject): unknown {
  const { apiVersion: _a, kind: _k, metadata: _m, ...fields } = mirrorObjects([one], MIRROR)[0] ??
    one;
  return fields;
}

Deno.test("mirrorObjects() finds the images of every sort of container and volume", () => {
  const spec = (at: (name: string) => string): unknown => ({
    containers: [{ name: "a", image: at("a/b:1") }],
    initContainers: [{ name: "b", image: at("b:2") }],
    ephemeralContainers: [{ name: "c", image: at("c/d") }],
    volumes: [{ name: "v", image: { reference: at("models/x:1"), pullPolicy: "Always" } }],
  });
  const before = spec((name) => `${FROM}/${name}`);
  const after = spec((name) => `${MIRROR}/${name}`);
  assert.deepEqual(mirrored(object("Pod", { spec: before })), { spec: after });
  const nested = (pod: unknown): unknown => ({
    jobTemplate: { spec: { template: { spec: pod } } },
  });
  assert.deepEqual(mirrored(object("CronJob", { spec: nested(before) })), { spec: nested(after) });
});

Deno.test("mirrorObjects() finds images in custom resources, but not in their definitions", () => {
  const spec = { image: `${FROM}/a:1`, reference: "an/other:thing" };
  assert.deepEqual(mirrored(object("Gizmo", { spec })), {
    spec: { ...spec, image: `${MIRROR}/a:1` },
  });
  const definition = object("CustomResourceDefinition", { spec: { image: `${FROM}/a:1` } });
  assert.deepEqual(mirrorObjects([definition], MIRROR), [definition]);
});

Deno.test("mirrorObjects() finds registries in arguments, environment and configuration", () => {
  const pod = (host: string, hub: string): unknown => ({
    containers: [{
      name: "a",
      image: `${host}/a:1`,
      args: [
        `--solver-image=${host}/b:2`,
        "--listen=0.0.0.0:8080",
        "--at=https://images.example.com/x",
      ],
      env: [{ name: "HELPER", value: `${host}/c@sha256:abc` }],
    }],
    data: { values: `{"global":{"hub":"${hub}/istio","tag":"1"}}` },
  });
  const seen = mirrored(object("Pod", { spec: pod(FROM, DOCKER_HUB) }));
  assert.deepEqual(seen, { spec: pod(MIRROR, MIRROR) });
});

Deno.test("mirrorObjects() leaves names alone that only look like a registry", () => {
  const data = {
    a: `not${DOCKER_HUB}/x`,
    b: `http://${DOCKER_HUB}/x`,
    c: `x/${DOCKER_HUB}/x`,
    d: DOCKER_HUB,
    image: "just words",
  };
  assert.deepEqual(mirrored(object("ConfigMap", { data })), { data });
});

Deno.test("mirrorObjects() changes nothing the second time", () => {
  const one = object("Pod", {
    spec: { containers: [{ name: "a", image: "busybox", args: [`${DOCKER_HUB}/a/b`] }] },
  });
  const once = mirrorObjects([one], MIRROR);
  assert.deepEqual(mirrorObjects(once, MIRROR), once);
  // A mirror on the registry itself, under another path.
  const nested = mirrorObjects([one], `${DOCKER_HUB}/proxy`);
  assert.deepEqual(mirrorObjects(nested, `${DOCKER_HUB}/proxy`), nested);
});

Deno.test("registriesOf() names each registry once", () => {
  const images = ["busybox", "a/b", `${FROM}/c`];
  const pods = images.map((image) =>
    object("Pod", { spec: { containers: [{ name: "a", image }] } })
  );
  assert.deepEqual(registriesOf(pods), [DOCKER_HUB, FROM]);
});

Deno.test("withPullSecret() reaches the pods of every kind and keeps other secrets", () => {
  const spec = { containers: [], imagePullSecrets: [{ name: "mine" }] };
  const kinds: [string, unknown][] = [
    ["Pod", { spec }],
    ["Deployment", { spec: { template: { spec } } }],
    ["DaemonSet", { spec: { template: { spec } } }],
    ["StatefulSet", { spec: { template: { spec } } }],
    ["ReplicaSet", { spec: { template: { spec } } }],
    ["ReplicationController", { spec: { template: { spec } } }],
    ["Job", { spec: { template: { spec } } }],
    ["CronJob", { spec: { jobTemplate: { spec: { template: { spec } } } } }],
    ["PodTemplate", { template: { spec } }],
  ];
  for (const [kind, fields] of kinds) {
    const once = withPullSecret([object(kind, fields as Record<string, unknown>)]);
    const secrets = podSpecOf(once[0] as KubeObject)?.["imagePullSecrets"];
    assert.deepEqual(secrets, [{ name: "mine" }, { name: "lattice-registry" }], kind);
    assert.deepEqual(withPullSecret(once), once);
  }
  const service = object("Service", { spec: {} });
  assert.deepEqual(withPullSecret([service]), [service]);
});
