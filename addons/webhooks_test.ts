import assert from "node:assert/strict";
import type { KubeObject } from "@lattice/kube";
import { pointAt } from "./webhooks.ts";

const SERVER = { url: "https://127.0.0.1:20006/", caPem: "PEM\n" };
const SERVICE = { service: { name: "webhook-service", namespace: "system", path: "/convert" } };

Deno.test("pointAt() turns the service of a webhook into a URL and keeps all else", () => {
  const before: KubeObject = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "x" },
    webhooks: [{
      name: "a",
      clientConfig: { service: { path: "/validate" } },
      failurePolicy: "Fail",
    }],
  };
  const copy = structuredClone(before);
  assert.deepEqual(pointAt(before, SERVER), {
    ...before,
    webhooks: [{
      name: "a",
      failurePolicy: "Fail",
      clientConfig: { url: "https://127.0.0.1:20006/validate", caBundle: btoa("PEM\n") },
    }],
  });
  assert.deepEqual(before, copy, "the argument is not modified");
});

Deno.test("pointAt() rewrites the conversion of a CRD", () => {
  const crd = (conversion?: unknown): KubeObject => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "x" },
    spec: { group: "g", ...(conversion === undefined ? {} : { conversion }) },
  });
  const webhook = { conversionReviewVersions: ["v1"], clientConfig: SERVICE };
  assert.deepEqual(
    pointAt(crd({ strategy: "Webhook", webhook }), SERVER),
    crd({
      strategy: "Webhook",
      webhook: {
        conversionReviewVersions: ["v1"],
        clientConfig: { url: "https://127.0.0.1:20006/convert", caBundle: btoa("PEM\n") },
      },
    }),
  );
  assert.deepEqual(pointAt(crd(), SERVER), crd());
  assert.deepEqual(pointAt(crd({ strategy: "None" }), SERVER), crd({ strategy: "None" }));
});
