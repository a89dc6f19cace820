/**
 * What SecretsProviders become, put to a real API server that holds the real CRD of External Secrets, with
 * `fieldValidation=Strict`; and written a second time, which must change nothing.
 *
 * Needs the set `crds` (`deno task setup crds`).
 *
 * @module
 */
import assert from "node:assert/strict";
import { type KubeObject, readObject, type SecretsProvider } from "@lattice/api";
import { connect } from "@lattice/kube";
import { renderSecretStore, SECRET_STORE } from "@lattice/workload";
import { locateSet } from "../../tools/locate.ts";
import { startApiServer } from "../support/apiserver.ts";
import { installCrds, withoutConversion } from "../support/provider_crds.ts";

const SERVER = "https://vault.example.com:8200";
const CREDENTIALS = { credentialsSecretRef: { name: "vault-credentials" } };

/** One SecretsProvider a way to log in, and one with every field. */
const SPECS: Readonly<Record<string, object>> = {
  token: CREDENTIALS,
  kubernetes: { authMethod: "kubernetes" },
  "app-role": { authMethod: "appRole", ...CREDENTIALS },
  everything: {
    authMethod: "appRole",
    ...CREDENTIALS,
    path: "team/kv",
    approleMountPath: "machines",
    namespace: "admin/team",
    caBundle: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
  },
};

Deno.test("stores are accepted by the real CRD, strictly, and a second time changes nothing", async () => {
  await using server = await startApiServer();
  using client = await connect({ kubeconfig: server.kubeconfigPath });
  const all: KubeObject[] = await (await locateSet("crds")).objects("external-secrets-crds.yaml");
  const crds = all.filter(({ metadata }) => metadata.name === SECRET_STORE.crd);
  assert.equal(crds.length, 1);
  await installCrds(client, crds.map(withoutConversion));
  const options = {
    manager: "lattice-secrets-provider",
    force: true,
    fieldValidation: "Strict",
  } as const;
  for (const [name, spec] of Object.entries(SPECS)) {
    const { object, problems } = readObject({
      apiVersion: "lattice.dev/v1alpha1",
      kind: "SecretsProvider",
      metadata: { name },
      spec: { server: SERVER, ...spec },
    });
    assert.deepEqual(problems, []);
    const store = renderSecretStore(object as SecretsProvider, ["shop", "docs"]);
    const first = await client.apply<KubeObject>(store, options);
    assert.deepEqual(first["spec"], store["spec"], "the server keeps every field and adds none");
    const second = await client.apply<KubeObject>(store, options);
    assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  }
});
