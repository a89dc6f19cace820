import { deepEqual, equal, match, ok } from "node:assert/strict";
import {
  type KubeObject,
  latticeServiceCrd,
  SECRETS_PROVIDER_LABEL,
  secretsProviderCrd,
  type SecretsProviderStatus,
} from "@lattice/api";
import type { KubeClient } from "@lattice/kube";
import { SECRET_STORE } from "@lattice/workload";
import { installCrds } from "../../tests/support/provider_crds.ts";
import { eventually, objectsOf, patch, same, waitStatus } from "../mesh/shop_fixtures_test.ts";
import { standIns } from "../mesh/stand_ins.ts";
import { loosen, Running, secretOf, World } from "./accounts_fixtures_test.ts";
import { runSecretsProviders } from "./secrets_controller.ts";

const TOKEN = "hvs.never-to-be-shown";
const PROVIDER = {
  apiVersion: "lattice.dev/v1alpha1",
  kind: "SecretsProvider",
  namespace: "lattice-system",
} as const;
const SECRET = { apiVersion: "v1", kind: "Secret", namespace: "lattice-system" } as const;
const SERVICE = { apiVersion: "lattice.dev/v1alpha1", kind: "LatticeService" } as const;

function provider(name: string, spec: object = {}, namespace = "lattice-system"): KubeObject {
  const { apiVersion, kind } = PROVIDER;
  const credentialsSecretRef = { name: "vault-token" };
  const given = { server: "https://vault.example.com:8200", credentialsSecretRef, ...spec };
  return { apiVersion, kind, metadata: { name, namespace }, spec: given };
}

function service(name: string, namespace: string): KubeObject {
  const [object] = objectsOf(`
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  containers: {main: {image: "registry.local/app:1"}}
  resources: {db: {type: secret, id: ${name}/db, params: {provider: vault}}}
`);
  ok(object);
  return object;
}

function storeRef(name: string) {
  return { apiVersion: SECRET_STORE.apiVersion, kind: SECRET_STORE.kind, name };
}

/** Waits until the store is open to exactly these namespaces. */
async function openTo(client: KubeClient, ...namespaces: string[]): Promise<void> {
  await eventually(`a store that is open to ${namespaces}`, async () => {
    const store = await client.find<KubeObject>(storeRef("vault"));
    const { conditions } = (store?.["spec"] ?? {}) as { conditions?: unknown };
    return same(conditions, [{ namespaces }]);
  });
}

Deno.test("a SecretsProvider has a store, as narrow as it can be, and says how it stands", async (t) => {
  await using world = await World.start(secretsProviderCrd(), latticeServiceCrd());
  const { admin, operator } = world;
  await using stack = new AsyncDisposableStack();
  const controller = stack.use(new Running(runSecretsProviders, operator));
  const says = (
    name: string,
    reason: string,
    namespace = "lattice-system",
  ): Promise<SecretsProviderStatus> =>
    waitStatus<SecretsProviderStatus>(
      admin,
      { ...PROVIDER, name, namespace },
      ({ conditions }) => conditions?.find(({ type }) => type === "Ready")?.reason === reason,
      `${name} to say ${reason}`,
    );
  await admin.create(secretOf("vault-token", { token: TOKEN }));
  await admin.create(provider("vault"));

  await t.step("while nobody serves the kind it waits, and says for what", async () => {
    const seen = await says("vault", "WaitingForExternalSecrets");
    equal(seen.phase, "Pending");
    equal(seen.observedGeneration, 1);
    match(seen.message ?? "", /ClusterSecretStore of external-secrets\.io\/v1.*install/);
  });

  await t.step("as soon as it is served the store is there, open to nobody else", async () => {
    const crd = standIns().find(({ metadata }) => metadata.name === SECRET_STORE.crd);
    ok(crd);
    await installCrds(admin, [crd]);
    const seen = await says("vault", "ProviderReady");
    equal(seen.phase, "Ready");
    match(seen.message ?? "", /applied; External Secrets has not reported on it yet/);
    const store = await admin.get<KubeObject>(storeRef("vault"));
    deepEqual(store["spec"], {
      conditions: [{ namespaces: ["lattice-system"] }],
      provider: {
        vault: {
          server: "https://vault.example.com:8200",
          path: "secret",
          version: "v2",
          auth: {
            tokenSecretRef: { name: "vault-token", namespace: "lattice-system", key: "token" },
          },
        },
      },
    });
    equal(store.metadata.ownerReferences, undefined);
    equal(store.metadata.labels?.[SECRETS_PROVIDER_LABEL], "vault");
  });

  await t.step("it is open to the namespaces of the services that name it", async () => {
    await admin.create(service("web", "shop"));
    await openTo(admin, "lattice-system", "shop");
    await admin.create(service("wiki", "docs"));
    await openTo(admin, "docs", "lattice-system", "shop");
    await admin.delete({ ...SERVICE, namespace: "docs", name: "wiki" });
    await openTo(admin, "lattice-system", "shop");
  });

  await t.step("a steady state costs no request and no write", async () => {
    const refs = [storeRef("vault"), { ...PROVIDER, name: "vault" }];
    const nudge = (count: number) =>
      patch(admin, { ...SERVICE, namespace: "shop", name: "web" }, {
        metadata: { labels: { nudge: `n${count}` } },
      });
    await controller.settled(nudge);
    const before = await world.versions(...refs);
    await controller.settled(nudge);
    deepEqual(await world.versions(...refs), before);
  });

  await t.step("what others change is put back", async () => {
    const wanted = await admin.get<KubeObject>(storeRef("vault"));
    const edit = (body: unknown) => () => patch(admin, storeRef("vault"), body);
    const edits: [what: string, edit: () => Promise<unknown>][] = [
      ["another server", edit({ spec: { provider: { vault: { server: "https://evil" } } } })],
      ["open to everybody", edit({ spec: { conditions: null } })],
      [
        "open to more",
        edit({ spec: { conditions: [{ namespaces: ["lattice-system", "shop", "other"] }] } }),
      ],
      [
        "open to a pattern",
        edit({
          spec: {
            conditions: [{ namespaces: ["lattice-system", "shop"], namespaceRegexes: [".*"] }],
          },
        }),
      ],
      [
        "a second way in",
        edit({ spec: { provider: { vault: { auth: { appRole: { path: "other" } } } } } }),
      ],
      ["a label that is gone", edit({ metadata: { labels: { [SECRETS_PROVIDER_LABEL]: null } } })],
      ["a deletion", () => admin.delete(storeRef("vault"))],
    ];
    for (const [what, change] of edits) {
      await change();
      await eventually(what, async () => {
        const live = await admin.find<KubeObject>(storeRef("vault"));
        return live === undefined ? "gone" : same(
          [live["spec"], live.metadata.labels],
          [wanted["spec"], wanted.metadata.labels],
        );
      });
    }
  });

  await t.step("what External Secrets says of the store counts", async () => {
    const report = (status: string, reason: string, message: string) =>
      admin.patch(storeRef("vault"), {
        type: "merge",
        subresource: "status",
        body: { status: { conditions: [{ type: "Ready", status, reason, message }] } },
      });
    await report("False", "InvalidProviderConfig", "unable to log in");
    const failed = await says("vault", "InvalidProviderConfig");
    equal(`${failed.phase}: ${failed.message}`, "Failed: unable to log in");
    await report("True", "Valid", "store validated");
    const good = await says("vault", "ProviderReady");
    equal(good.message, "External Secrets can use ClusterSecretStore vault");
  });

  await t.step("a missing key is named, and no value", async () => {
    const ref = { ...SECRET, name: "vault-token" };
    await patch(admin, ref, { data: { token: null }, stringData: { VAULT_TOKEN: TOKEN } });
    const seen = await says("vault", "CredentialsMissing");
    equal(seen.phase, "Failed");
    match(seen.message ?? "", /^Secret lattice-system\/vault-token lacks key token; add/);
    await admin.delete(ref);
    await waitStatus<SecretsProviderStatus>(
      admin,
      { ...PROVIDER, name: "vault" },
      ({ message }) =>
        message?.startsWith("there is no Secret lattice-system/vault-token") ?? false,
      "the Secret to be missed",
    );
    await admin.create(secretOf("vault-token", { token: TOKEN }));
    const again = await says("vault", "ProviderReady");
    ok(!JSON.stringify(again).includes(TOKEN));
    const { items } = await admin.list<KubeObject>(
      { apiVersion: "events.k8s.io/v1", kind: "Event" },
      { namespace: "lattice-system" },
    );
    ok(items.some(({ reason }) => reason === "CredentialsMissing"));
    ok(!JSON.stringify([items, await admin.get(storeRef("vault"))]).includes(TOKEN));
  });

  await t.step("one in another namespace has no effect, and says so", async () => {
    const before = await world.versions(storeRef("vault"));
    await admin.create(provider("vault", { server: "https://evil.example.com" }, "shop"));
    const seen = await says("vault", "WrongNamespace", "shop");
    equal(seen.phase, "Failed");
    match(seen.message ?? "", /namespace lattice-system only/);
    await admin.delete({ ...PROVIDER, namespace: "shop", name: "vault" });
    deepEqual(await world.versions(storeRef("vault")), before);
  });

  await t.step("a store of somebody else is never touched", async () => {
    const { apiVersion, kind, name } = storeRef("theirs");
    const spec = { provider: { fake: { data: [] } } };
    await admin.create({ apiVersion, kind, metadata: { name }, spec });
    const before = await world.versions(storeRef("theirs"));
    await admin.create(provider("theirs"));
    const seen = await says("theirs", "NameTaken");
    equal(seen.phase, "Failed");
    await admin.delete({ ...PROVIDER, name: "theirs" });
    await controller.settled((count) =>
      patch(admin, { ...PROVIDER, name: "vault" }, { metadata: { labels: { nudge: `m${count}` } } })
    );
    deepEqual(await world.versions(storeRef("theirs")), before);
    await admin.create(
      provider("theirs", { credentialsSecretRef: null, authMethod: "kubernetes" }),
    );
    await says("theirs", "NameTaken");
    await admin.delete(storeRef("theirs"));
    await says("theirs", "ProviderReady");
  });

  await t.step("one that breaks a rule stops no other, and keeps its store", async () => {
    const before = await world.versions(storeRef("vault"));
    await loosen(admin, secretsProviderCrd());
    await eventually(
      "the definition to let anything through",
      () =>
        patch(admin, { ...PROVIDER, name: "vault" }, { spec: { server: 5 } })
          .then(() => undefined, String),
    );
    const seen = await says("vault", "ValidationFailed");
    equal(seen.phase, "Failed");
    match(seen.message ?? "", /^spec\.server: .*;/);
    await patch(admin, { ...PROVIDER, name: "theirs" }, { spec: { path: "kv" } });
    await eventually("the other to follow", async () => {
      const store = JSON.stringify(await admin.get(storeRef("theirs")));
      return store.includes('"path":"kv"') ? undefined : store;
    });
    deepEqual(await world.versions(storeRef("vault")), before);
    const server = "https://vault.example.com:8200";
    await patch(admin, { ...PROVIDER, name: "vault" }, { spec: { server } });
    await says("vault", "ProviderReady");
  });

  await t.step("a store that the server refuses is told of, and tried again", async () => {
    const policy = {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicy",
      metadata: { name: "no-such-store" },
      spec: {
        matchConstraints: {
          resourceRules: [{
            apiGroups: ["external-secrets.io"],
            apiVersions: ["*"],
            operations: ["CREATE"],
            resources: ["clustersecretstores"],
          }],
        },
        validations: [{ expression: "object.metadata.name != 'refused'", message: "not that one" }],
      },
    };
    const binding = {
      apiVersion: policy.apiVersion,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name: "no-such-store" },
      spec: { policyName: "no-such-store", validationActions: ["Deny"] },
    };
    await admin.create(policy);
    await admin.create(binding);
    const { apiVersion, kind, name } = storeRef("refused");
    const spec = { provider: { fake: { data: [] } } };
    const trial = { apiVersion, kind, metadata: { name }, spec };
    await eventually(
      "the server to refuse it",
      () => admin.create(trial, { dryRun: true }).then(() => "not yet", () => undefined),
    );
    await admin.create(provider("refused"));
    const seen = await says("refused", "ApplyFailed");
    equal(seen.phase, "Failed");
    match(seen.message ?? "", /not that one/);
    await admin.delete({ ...binding, name: "no-such-store" });
    await says("refused", "ProviderReady");
    await admin.delete({ ...PROVIDER, name: "refused" });
  });

  await t.step("the store goes with it", async () => {
    await admin.create(provider("brief"));
    await says("brief", "ProviderReady");
    await admin.delete({ ...PROVIDER, name: "brief" });
    await eventually(
      "the store to be gone",
      async () => await admin.find(storeRef("brief")) === undefined ? undefined : "still there",
    );
  });

  await controller[Symbol.asyncDispose]();
  await t.step("also when nobody was there to see it go; the others stay as they are", async () => {
    await admin.delete({ ...PROVIDER, name: "theirs" });
    const before = await world.versions(storeRef("vault"), { ...PROVIDER, name: "vault" });
    await using second = new Running(runSecretsProviders, operator);
    await eventually(
      "the store to be gone",
      async () => await admin.find(storeRef("theirs")) === undefined ? undefined : "still there",
    );
    await eventually(
      "a look at the other",
      () => Promise.resolve(second.reconciles >= 2 ? undefined : "not yet"),
    );
    await second.settled((count) =>
      patch(admin, { ...SERVICE, namespace: "shop", name: "web" }, {
        metadata: { labels: { nudge: `s${count}` } },
      })
    );
    deepEqual(
      await world.versions(storeRef("vault"), { ...PROVIDER, name: "vault" }),
      before,
    );
  });

  await t.step("without a SecretsProvider at all, too", async () => {
    await admin.delete({ ...PROVIDER, name: "vault" });
    ok(await admin.find(storeRef("vault")));
    await using _third = new Running(runSecretsProviders, operator);
    await eventually(
      "the store to be gone",
      async () => await admin.find(storeRef("vault")) === undefined ? undefined : "still there",
    );
  });
});
