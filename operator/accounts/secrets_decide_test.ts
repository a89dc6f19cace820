import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { SecretsProvider } from "@lattice/api";
import type { KubeObject } from "@lattice/kube";
import { renderSecretStore } from "@lattice/workload";
import { declared } from "./declared.ts";
import {
  afterFailure,
  assessSecrets,
  decideSecrets,
  SECRETS_MANAGER,
  type SecretsWorld,
  vaultKeys,
} from "./secrets_decide.ts";

const REF = { name: "vault-token", namespace: "lattice-system" };
const SPEC = { server: "https://vault.example.com:8200", credentialsSecretRef: REF };

function rawProvider(spec: unknown = SPEC, metadata: object = {}): KubeObject {
  return {
    apiVersion: "lattice.dev/v1alpha1",
    kind: "SecretsProvider",
    metadata: { name: "vault", namespace: "lattice-system", generation: 3, ...metadata },
    spec,
  };
}

/** What the API server would say of fields that were set. */
function fields(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [`f:${key}`, fields(each)]),
  );
}

/** The store as it is after it was applied for these namespaces. */
function applied(...namespaces: string[]): KubeObject {
  const { object } = declared<SecretsProvider>(rawProvider());
  ok(object);
  const store = renderSecretStore(object, namespaces);
  const fieldsV1 = {
    "f:metadata": { "f:labels": fields(store.metadata.labels) },
    "f:spec": fields(store["spec"]),
  };
  const managedFields = [{ manager: SECRETS_MANAGER, operation: "Apply", fieldsV1 }];
  return { ...store, metadata: { ...store.metadata, uid: "u1", managedFields } };
}

function world(traits: Partial<SecretsWorld> = {}): SecretsWorld {
  return {
    name: "vault",
    provider: declared(rawProvider()),
    isServed: true,
    store: applied("shop"),
    namespaces: ["shop"],
    credentials: { ref: REF, needs: ["token"], has: new Set(["token"]) },
    ...traits,
  };
}

function withStatus(status: string, reason: string, message: string): KubeObject {
  return {
    ...applied("shop"),
    status: { conditions: [{ type: "Ready", status, reason, message }] },
  };
}

/** The applied store with other metadata; undefined removes. */
function withMetadata(changes: Record<string, unknown>): KubeObject {
  const store = applied("shop");
  return { ...store, metadata: { ...store.metadata, ...changes } };
}

/** The applied store with a second provider of secrets, which somebody added. */
function withExtra(): KubeObject {
  const store = applied("shop");
  const { provider, ...spec } = store["spec"] as { provider: object };
  const fieldsV1 = { "f:spec": { "f:provider": { "f:fake": { "f:data": {} } } } };
  const managedFields = [
    ...store.metadata.managedFields ?? [],
    { manager: "kubectl", operation: "Update", fieldsV1 },
  ];
  return {
    ...store,
    metadata: { ...store.metadata, managedFields },
    spec: { ...spec, provider: { ...provider, fake: { data: [] } } },
  };
}

/** The applied store, which somebody opened to everybody. Lists are owned by who wrote them last. */
function withPattern(): KubeObject {
  const store = applied("shop");
  const namespaces = ["lattice-system", "shop"];
  const spec = {
    ...store["spec"] as object,
    conditions: [{ namespaces, namespaceRegexes: [".*"] }],
  };
  const owned = { "f:spec": { "f:provider": fields((spec as { provider?: object }).provider) } };
  const managedFields = [
    { manager: SECRETS_MANAGER, operation: "Apply", fieldsV1: owned },
    {
      manager: "kubectl",
      operation: "Update",
      fieldsV1: { "f:spec": { "f:conditions": {} } },
    },
  ];
  return { ...store, metadata: { ...store.metadata, managedFields }, spec };
}

const FOREIGN: KubeObject = {
  apiVersion: "external-secrets.io/v1",
  kind: "ClusterSecretStore",
  metadata: { name: "vault" },
  spec: { provider: { fake: { data: [] } } },
};
const LEAVING = { deletionTimestamp: "2026-11-23T20:00:00Z" };

interface Case {
  readonly name: string;
  readonly world: Partial<SecretsWorld>;
  /** What is written, e.g. `apply strip`. */
  readonly writes: string;
  /** Phase and reason; absent: nothing is reported. */
  readonly says?: string;
  readonly message?: RegExp;
}

const CASES: readonly Case[] = [
  {
    name: "a store that is as it should be",
    world: {},
    writes: "",
    says: "Ready ProviderReady",
    message: /vault is applied; External Secrets has not reported on it yet/,
  },
  {
    name: "no store yet",
    world: { store: undefined },
    writes: "apply",
    says: "Ready ProviderReady",
  },
  {
    name: "a further namespace",
    world: { namespaces: ["docs", "shop"] },
    writes: "apply",
    says: "Ready ProviderReady",
  },
  {
    name: "a namespace less",
    world: { namespaces: [] },
    writes: "apply",
    says: "Ready ProviderReady",
  },
  {
    name: "a label that somebody removed",
    world: { store: withMetadata({ labels: undefined }) },
    writes: "apply",
    says: "Ready ProviderReady",
  },
  {
    name: "a store from a backup, of which nobody knows who applied it",
    world: { store: withMetadata({ managedFields: undefined }) },
    writes: "apply",
    says: "Ready ProviderReady",
  },
  {
    name: "a field that somebody added",
    world: { store: withExtra() },
    writes: "strip",
    says: "Ready ProviderReady",
  },
  {
    name: "a pattern of namespaces that somebody added",
    world: { store: withPattern() },
    writes: "apply",
    says: "Ready ProviderReady",
  },
  {
    name: "External Secrets can use it",
    world: { store: withStatus("True", "Valid", "store validated") },
    writes: "",
    says: "Ready ProviderReady",
    message: /External Secrets can use ClusterSecretStore vault/,
  },
  {
    name: "External Secrets cannot use it",
    world: { store: withStatus("False", "InvalidProviderConfig", "unable to log in") },
    writes: "",
    says: "Failed InvalidProviderConfig",
    message: /unable to log in/,
  },
  {
    name: "External Secrets gives no reason that is a word",
    world: { store: withStatus("False", "not a word", "") },
    writes: "",
    says: "Failed StoreNotReady",
    message: /gave no reason/,
  },
  {
    name: "a status of a form that nobody knows",
    world: { store: { ...applied("shop"), status: { conditions: "none" } } },
    writes: "",
    says: "Ready ProviderReady",
  },
  {
    name: "the kind is not served",
    world: { isServed: false, store: undefined },
    writes: "",
    says: "Pending WaitingForExternalSecrets",
    message: /external-secrets\.io\/v1.*install External Secrets/,
  },
  {
    name: "the kind is not served, and the Secret is missing: that needs somebody",
    world: {
      isServed: false,
      store: undefined,
      credentials: { ref: REF, needs: ["token"], has: undefined },
    },
    writes: "",
    says: "Failed CredentialsMissing",
  },
  {
    name: "no Secret: the store is kept as narrow as it has to be",
    world: { namespaces: [], credentials: { ref: REF, needs: ["token"], has: undefined } },
    writes: "apply",
    says: "Failed CredentialsMissing",
    message: /^there is no Secret lattice-system\/vault-token; create it with key token$/,
  },
  {
    name: "a key is missing",
    world: {
      credentials: { ref: REF, needs: ["role_id", "secret_id"], has: new Set(["role_id", "x"]) },
    },
    writes: "",
    says: "Failed CredentialsMissing",
    message: /^Secret lattice-system\/vault-token lacks key secret_id; add/,
  },
  {
    name: "no credentials are needed",
    world: { credentials: undefined },
    writes: "",
    says: "Ready ProviderReady",
  },
  {
    name: "the store is somebody else's",
    world: { store: FOREIGN },
    writes: "",
    says: "Failed NameTaken",
    message: /vault exists and is not Lattice's; delete it, or give/,
  },
  {
    name: "the store of before is on its way out",
    world: { store: withMetadata(LEAVING) },
    writes: "",
    says: "Pending WaitingForDeletion",
  },
  {
    name: "another namespace",
    world: {
      provider: declared(rawProvider(SPEC, { namespace: "shop" })),
      isServed: false,
      store: undefined,
    },
    writes: "",
    says: "Failed WrongNamespace",
    message: /namespace lattice-system only; create lattice-system\/vault/,
  },
  {
    name: "a spec that breaks rules leaves the store alone",
    world: {
      provider: declared(rawProvider({ server: "vault", authMethod: "kubernetes" })),
      namespaces: [],
      credentials: undefined,
    },
    writes: "",
    says: "Failed ValidationFailed",
    message: /^spec\.server: "vault" is not a URL of an API; write https/,
  },
  { name: "it is gone", world: { provider: undefined }, writes: "delete" },
  {
    name: "it is being deleted",
    world: { provider: declared(rawProvider(SPEC, LEAVING)) },
    writes: "delete",
  },
  {
    name: "it is gone, and so is the store",
    world: { provider: undefined, store: undefined },
    writes: "",
  },
  {
    name: "it is gone, and the store is somebody else's",
    world: { provider: undefined, store: FOREIGN },
    writes: "",
  },
  {
    name: "it is gone, and the store is being deleted",
    world: {
      provider: undefined,
      store: withMetadata(LEAVING),
    },
    writes: "",
  },
  {
    name: "a copy under another name belongs to who made it",
    world: {
      name: "copy",
      provider: undefined,
      store: withMetadata({ name: "copy", managedFields: undefined }),
    },
    writes: "",
  },
];

for (const each of CASES) {
  Deno.test(`decideSecrets(): ${each.name}`, () => {
    const { writes, aspects } = decideSecrets(world(each.world));
    equal(writes.map((write) => write.do).join(" "), each.writes);
    equal(aspects !== undefined, each.says !== undefined);
    if (aspects === undefined) return;
    const { phase, message, conditions } = assessSecrets("vault", aspects);
    const [ready] = conditions;
    equal(`${phase} ${ready?.reason}`, each.says);
    equal(ready?.status, phase === "Ready" ? "True" : "False");
    equal(ready?.message, message);
    match(message, each.message ?? /./);
  });
}

Deno.test("decideSecrets() removes exactly what was added, and deletes exactly what was read", () => {
  const added = CASES.find(({ writes }) => writes === "strip");
  deepEqual(decideSecrets(world(added?.world)).writes, [
    { do: "strip", patch: { spec: { provider: { fake: null } } } },
  ]);
  deepEqual(decideSecrets(world({ provider: undefined })).writes, [{ do: "delete", uid: "u1" }]);
});

Deno.test("afterFailure() says why, and drops what External Secrets said of the store before", () => {
  const { aspects } = decideSecrets(world({ store: withStatus("True", "Valid", "") }));
  ok(aspects);
  const failed = assessSecrets("vault", afterFailure(aspects, "the server refuses"));
  equal(failed.phase, "Failed");
  deepEqual(
    failed.conditions.map(({ type, status, reason }) => [type, status, reason]),
    [
      ["Ready", "False", "ApplyFailed"],
      ["Valid", "True", "ValidSpec"],
      ["CredentialsAvailable", "True", "CredentialsFound"],
      ["StoreApplied", "False", "ApplyFailed"],
    ],
  );
});

Deno.test("vaultKeys() names what each method reads", () => {
  deepEqual(vaultKeys({ authMethod: "token" }), ["token"]);
  deepEqual(vaultKeys({ authMethod: "appRole" }), ["role_id", "secret_id"]);
  deepEqual(vaultKeys({ authMethod: "kubernetes" }), []);
});
