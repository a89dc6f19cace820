import assert from "node:assert/strict";
import { cloudProviderCrd } from "./cloud_provider.ts";
import type { CloudProvider } from "./cloud_provider_types.ts";
import { parseDocuments } from "./documents.ts";
import { secretsProviderCrd } from "./secrets_provider.ts";
import type { SecretsProvider } from "./secrets_provider_types.ts";

const CLOUD = `apiVersion: lattice.dev/v1alpha1
kind: CloudProvider
metadata:
  name: aws-prod
spec:
  type: aws
  region: us-west-2
  credentialsSecretRef:
    name: aws-credentials
`;
const SECRETS = `apiVersion: lattice.dev/v1alpha1
kind: SecretsProvider
metadata:
  name: vault
spec:
  server: https://vault.example.com:8200
  credentialsSecretRef:
    name: vault-token
`;

Deno.test("both kinds are read with their defaults, in Lattice's own namespace", () => {
  const [cloud, vault] = parseDocuments(`${CLOUD}---\n${SECRETS}`);
  assert.equal(cloud?.key, "lattice-system/aws-prod");
  const account = cloud?.object as CloudProvider;
  assert.equal(account.metadata.namespace, "lattice-system");
  assert.deepEqual(account.spec.credentialsSecretRef, {
    name: "aws-credentials",
    namespace: "lattice-system",
  });
  assert.equal(vault?.line, 11);
  const { spec } = vault?.object as SecretsProvider;
  assert.equal(spec.path, "secret");
  assert.equal(spec.authMethod, "token");
  assert.equal(spec.kubernetesRole, "external-secrets");
});

/** What is changed in a file, and the one problem that follows: line, field, words. */
type Case = readonly [change: readonly [string, string], line: number, field: string, says: RegExp];

const CLOUD_CASES: readonly Case[] = [
  [["type: aws", "type: gcp"], 6, "spec.type", /not a legal value/],
  [["type: aws", "providerType: aws"], 6, "spec.providerType", /unknown field/],
  [["name: aws-prod", "name: Aws_Prod"], 4, "metadata.name", /DNS label/],
  [["name: aws-prod", "name: aws-prod\n  finalizer: x"], 5, "metadata.finalizer", /unknown field/],
  [["    name: aws-credentials", "    secret: x"], 9, "credentialsSecretRef.secret", /unknown/],
  [["region: us-west-2", 'region: ""'], 7, "spec.region", /empty/],
  [["region: us-west-2", "proxmox: {serverUrl: 'https://pve:8006'}"], 7, "spec.proxmox", /is aws/],
  [["region: us-west-2", "aws: {subnetIds: [subnet-1]}"], 7, "aws.subnetIds", /no VPC/],
  [["region: us-west-2", "aws: {vpcID: vpc-1}"], 7, "spec.aws.vpcID", /did you mean vpcId/],
  [["region: us-west-2", "labels: {'a b': c}"], 7, "spec.labels.a b", /label key/],
  [["type: aws", "type: docker"], 8, "spec.credentialsSecretRef", /docker has none/],
  [
    ["type: aws\n  region: us-west-2", "type: openstack\n  openstack: {authUrl: keystone}"],
    7,
    "spec.openstack.authUrl",
    /not a URL/,
  ],
  [
    ["type: aws\n  region: us-west-2", "type: proxmox\n  proxmox: {serverUrl: 'https://a:b@pve'}"],
    7,
    "spec.proxmox.serverUrl",
    /without user/,
  ],
];

const SECRETS_CASES: readonly Case[] = [
  [["https://vault.example.com:8200", "vault"], 6, "spec.server", /not a URL/],
  [["  server: https://vault.example.com:8200\n", ""], 5, "spec.server", /missing/],
  [
    ["  credentialsSecretRef:\n    name: vault-token\n", ""],
    5,
    "spec.credentialsSecretRef",
    /token needs credentials/,
  ],
  [["spec:", "spec:\n  authMethod: kubernetes"], 8, "spec.credentialsSecretRef", /never reads/],
  [["spec:", "spec:\n  authMethod: approle"], 6, "spec.authMethod", /did you mean appRole/],
  [["spec:", "spec:\n  path: /secret/"], 6, "spec.path", /not a mount/],
  [["spec:", "spec:\n  caBundle: abc"], 6, "spec.caBundle", /not PEM/],
];

for (const [text, cases] of [[CLOUD, CLOUD_CASES], [SECRETS, SECRETS_CASES]] as const) {
  for (const [[from, to], line, field, says] of cases) {
    Deno.test(`refused with its line: ${to.replaceAll("\n", " ").trim() || "nothing"}`, () => {
      const changed = text.replace(from, to);
      assert.notEqual(changed, text);
      const [parsed] = parseDocuments(changed, { file: "p.yaml" });
      assert.equal(parsed?.object, undefined);
      const problem = parsed?.problems.find((each) => each.field.endsWith(field));
      assert.ok(problem, JSON.stringify(parsed?.problems));
      assert.match(`${problem.reason}; ${problem.remedy}`, says);
      assert.equal(problem.line, line);
      assert.equal(problem.file, "p.yaml");
      assert.ok(problem.remedy);
    });
  }
}

Deno.test("the CRDs have the names and columns that people type and read", () => {
  const facts = [cloudProviderCrd(), secretsProviderCrd()].map(({ metadata, spec }) => [
    metadata.name,
    spec.scope,
    spec.versions[0]?.additionalPrinterColumns?.map(({ name }) => name).join(" "),
  ]);
  assert.deepEqual(facts, [
    ["cloudproviders.lattice.dev", "Namespaced", "Type Region Phase Age"],
    ["secretsproviders.lattice.dev", "Namespaced", "Server Auth Phase Age"],
  ]);
});
