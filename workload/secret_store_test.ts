import assert from "node:assert/strict";
import {
  readObject,
  type SecretsAuthMethod,
  type SecretsProvider,
  type SecretsProviderSpec,
} from "@lattice/api";
import fc from "fast-check";
import { renderSecretStore, secretsProvidersOf } from "./secret_store.ts";
import { aService } from "./testing.ts";

const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

/** A SecretsProvider as an API server returns it. */
function aProvider(spec: Partial<SecretsProviderSpec>, name = "vault"): SecretsProvider {
  const { object, problems } = readObject({
    apiVersion: "lattice.dev/v1alpha1",
    kind: "SecretsProvider",
    metadata: { name },
    spec: { server: "https://vault.example.com:8200", ...spec },
  });
  assert.deepEqual(problems, []);
  return object as SecretsProvider;
}

const CASES: readonly [name: string, spec: Partial<SecretsProviderSpec>][] = [
  ["token", { credentialsSecretRef: { name: "vault-token", namespace: "lattice-system" } }],
  ["kubernetes", { authMethod: "kubernetes", kubernetesMountPath: "k8s/prod", path: "team" }],
  ["appRole, with everything", {
    authMethod: "appRole",
    credentialsSecretRef: { name: "role", namespace: "vault-credentials" },
    approleMountPath: "machines",
    path: "kv",
    namespace: "admin/team",
    caBundle: PEM,
  }],
];

for (const [name, spec] of CASES) {
  Deno.test(`the store of a provider with ${name}`, async (t) => {
    await t.assertSnapshot(renderSecretStore(aProvider(spec), ["shop", "docs", "shop"]));
  });
}

interface Store {
  readonly spec: {
    readonly conditions: readonly { readonly namespaces: readonly string[] }[];
    readonly provider: { readonly vault: Record<string, unknown> };
  };
}

function storeOf(provider: SecretsProvider, namespaces: readonly string[]): Store["spec"] {
  return (renderSecretStore(provider, namespaces) as unknown as Store).spec;
}

const label = fc.stringMatching(/^[a-z]([-a-z0-9]{0,10}[a-z0-9])?$/);
const reference = fc.record({ name: label, namespace: label });
const spec: fc.Arbitrary<Partial<SecretsProviderSpec>> = fc.record({
  authMethod: fc.constantFrom<SecretsAuthMethod>("token", "kubernetes", "appRole"),
  path: label,
  namespace: label,
  caBundle: fc.constantFrom(PEM, `${PEM}# Zürich 東京\n`),
}, { requiredKeys: ["authMethod"] }).chain((traits) =>
  traits.authMethod === "kubernetes"
    ? fc.constant(traits)
    : reference.map((credentialsSecretRef) => ({ ...traits, credentialsSecretRef }))
);

Deno.test("every store is closed to all but those who name it, and says so the same in every order", () => {
  fc.assert(fc.property(spec, label, fc.array(label), (traits, name, namespaces) => {
    const provider = aProvider(traits, name);
    const { conditions, provider: { vault } } = storeOf(provider, namespaces);
    const expected = [...new Set(["lattice-system", ...namespaces])].sort();
    assert.deepEqual(conditions, [{ namespaces: expected }]);
    assert.equal(
      JSON.stringify(renderSecretStore(provider, namespaces.toReversed())),
      JSON.stringify(renderSecretStore(provider, namespaces)),
    );
    assert.equal(Object.keys(vault["auth"] as object).length, 1);
    const { caBundle } = vault as { caBundle?: string };
    assert.equal(
      caBundle && new TextDecoder().decode(Uint8Array.fromBase64(caBundle)),
      traits.caBundle,
    );
  }));
});

Deno.test("secretsProvidersOf() names each provider of a service once, sorted", () => {
  const secret = (provider: string) => ({
    type: "secret",
    direction: "outbound" as const,
    id: "a/b",
    params: { provider },
  });
  const service = aService({
    resources: {
      a: secret("vault-b"),
      b: secret("vault-a"),
      c: secret("vault-b"),
      d: { type: "volume", direction: "outbound", params: { provider: "not-a-secret" } },
    },
  });
  assert.deepEqual(secretsProvidersOf(service), ["vault-a", "vault-b"]);
});

Deno.test("secretsProvidersOf() leaves out what is malformed and keeps the rest", () => {
  const resources = {
    a: null,
    b: { type: "secret" },
    c: { type: "secret", params: { provider: 5 } },
    d: { type: "secret", params: { provider: "" } },
    e: { type: "secret", params: { provider: "vault", key: "misspelt" } },
  };
  assert.deepEqual(secretsProvidersOf({ spec: { resources } }), ["vault"]);
  for (const odd of [undefined, null, "text", {}, { spec: {} }, { spec: { resources: [] } }]) {
    assert.deepEqual(secretsProvidersOf(odd), []);
  }
});
