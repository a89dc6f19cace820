/**
 * The CRDs of CloudProvider and SecretsProvider put to a real kube-apiserver: what the parser refuses the
 * server refuses, too.
 *
 * @module
 */
import assert from "node:assert/strict";
import { waitEstablished } from "@lattice/addons";
import { cloudProviderCrd, type KubeObject, readObject, secretsProviderCrd } from "@lattice/api";
import { connect, isApiError, type KubeClient } from "@lattice/kube";
import { startApiServer } from "../support/apiserver.ts";

const REFERENCE = { name: "credentials" };
const VAULT = "https://vault.example.com:8200";

/** What the server refuses, and part of what it says. */
const REFUSED: readonly (readonly [name: string, object: KubeObject, says: string])[] = [
  ["unknown type", account({ type: "gcp" }), "spec.type"],
  ["no type", account({}), "spec.type"],
  ["unknown field", account({ type: "aws", providerType: "aws" }), "providerType"],
  ["name", { ...account({ type: "aws" }), metadata: named("1aws") }, "DNS label"],
  [
    "block of another type",
    account({ type: "aws", proxmox: { serverUrl: "https://pve:8006" } }),
    "proxmox only",
  ],
  ["subnets of no VPC", account({ type: "aws", aws: { subnetIds: ["s"] } }), "vpcId"],
  [
    "a URL with a password",
    account({ type: "openstack", openstack: { authUrl: "https://a:b@keystone" } }),
    "authUrl",
  ],
  ["no server", vault({ credentialsSecretRef: REFERENCE }), "server"],
  ["no credentials", vault({ server: VAULT }), "need credentialsSecretRef"],
  [
    "credentials that nothing reads",
    vault({ server: VAULT, authMethod: "kubernetes", credentialsSecretRef: REFERENCE }),
    "takes no credentialsSecretRef",
  ],
  [
    "method",
    vault({ server: VAULT, authMethod: "ldap", credentialsSecretRef: REFERENCE }),
    "authMethod",
  ],
];

Deno.test("the CRDs of accounts and secrets are enforced by a real API server", async (t) => {
  await using server = await startApiServer();
  using client = await connect({ kubeconfig: server.kubeconfigPath });
  const crds = [cloudProviderCrd(), secretsProviderCrd()];
  for (const crd of crds) await apply(client, crd);
  await waitEstablished(client, crds, { timeoutMs: 30_000 });

  await t.step("what is legal is taken and read back whole, with the same defaults", async () => {
    const legal = [
      account({ type: "docker" }),
      account({ type: "aws", region: "eu-west-1", credentialsSecretRef: REFERENCE }),
      vault({ server: VAULT, credentialsSecretRef: REFERENCE }),
      vault({ server: VAULT, authMethod: "kubernetes" }),
    ];
    for (const object of legal) {
      const seen = await apply(client, object);
      assert.deepEqual(readObject(seen).object?.spec, readObject(object).object?.spec);
      await client.delete({ ...object, ...object.metadata });
    }
  });

  await t.step("the type of an account cannot be changed", async () => {
    await apply(client, account({ type: "aws" }));
    await assert.rejects(apply(client, account({ type: "proxmox" })), /cannot be changed/);
  });

  for (const [name, object, says] of REFUSED) {
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

function named(name: string): KubeObject["metadata"] {
  return { name, namespace: "default" };
}

function account(spec: Record<string, unknown>): KubeObject {
  const metadata = named("account");
  return { apiVersion: "lattice.dev/v1alpha1", kind: "CloudProvider", metadata, spec };
}

function vault(spec: Record<string, unknown>): KubeObject {
  const metadata = named("vault");
  return { apiVersion: "lattice.dev/v1alpha1", kind: "SecretsProvider", metadata, spec };
}

async function apply(client: KubeClient, object: KubeObject): Promise<KubeObject> {
  const options = { manager: "conformance", force: true, fieldValidation: "Strict" } as const;
  return await client.apply<KubeObject>(object, options);
}
