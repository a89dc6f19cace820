import { deepEqual, equal, match } from "node:assert/strict";
import type { CloudProvider } from "@lattice/api";
import { type KubeObject, Store, type WatchSpec } from "@lattice/kube";
import { assessCloud } from "./cloud_decide.ts";
import { accountKeys, followCredentials } from "./credentials.ts";
import { declared } from "./declared.ts";

const REF = { name: "account", namespace: "lattice-system" };
const AWS_KEYS = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"];

function provider(spec: unknown, namespace = "lattice-system"): KubeObject {
  return {
    apiVersion: "lattice.dev/v1alpha1",
    kind: "CloudProvider",
    metadata: { name: "prod", namespace },
    spec,
  };
}

interface Case {
  readonly name: string;
  readonly spec: Record<string, unknown>;
  readonly namespace?: string;
  /** Keys of the Secret; null: there is none. */
  readonly has?: readonly string[] | null;
  readonly says: string;
  readonly message: RegExp;
}

const CASES: readonly Case[] = [
  { name: "docker", spec: { type: "docker" }, says: "Ready AccountReady", message: /type docker/ },
  {
    name: "no credentials are named",
    spec: { type: "proxmox" },
    says: "Failed CredentialsMissing",
    message: /^spec\.credentialsSecretRef: .*name a Secret with url, token, secret$/,
  },
  {
    name: "a complete Secret",
    spec: { type: "aws", credentialsSecretRef: REF },
    has: [...AWS_KEYS, "more"],
    says: "Ready AccountReady",
    message: /type aws/,
  },
  {
    name: "no Secret",
    spec: { type: "aws", credentialsSecretRef: REF },
    has: null,
    says: "Failed CredentialsMissing",
    message: /^there is no Secret lattice-system\/account; create it with keys AWS_ACCESS_KEY_ID, /,
  },
  {
    name: "keys are missing",
    spec: { type: "aws", credentialsSecretRef: REF },
    has: ["AWS_REGION"],
    says: "Failed CredentialsMissing",
    message: /^Secret lattice-system\/account lacks keys AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY;/,
  },
  {
    name: "OpenStack's file",
    spec: { type: "openstack", credentialsSecretRef: REF },
    has: ["clouds.yaml"],
    says: "Ready AccountReady",
    message: /type openstack/,
  },
  {
    name: "another namespace",
    spec: { type: "docker" },
    namespace: "shop",
    says: "Failed WrongNamespace",
    message: /a CloudProvider has an effect in namespace lattice-system only/,
  },
  {
    name: "a type that does not exist",
    spec: { type: "gcp" },
    says: "Failed ValidationFailed",
    message: /^spec\.type: .*legal/,
  },
  {
    name: "the block of another type",
    spec: { type: "docker", aws: {} },
    says: "Failed ValidationFailed",
    message: /^spec\.aws: is for accounts of type aws, but spec\.type is docker; leave it out/,
  },
];

for (const { name, spec, namespace, has, says, message } of CASES) {
  Deno.test(`assessCloud(): ${name}`, () => {
    const account = declared<CloudProvider>(provider(spec, namespace));
    const type = account.object?.spec.type ?? "docker";
    const credentials = has === undefined
      ? undefined
      : { ref: REF, needs: accountKeys(type), has: has === null ? undefined : new Set(has) };
    const seen = assessCloud({ provider: account, credentials });
    equal(`${seen.phase} ${seen.conditions[0]?.reason}`, says);
    match(seen.message, message);
    equal(seen.requeueAfterMs, seen.phase === "Ready" ? 300_000 : 60_000);
  });
}

Deno.test("accountKeys() names what each type cannot do without", () => {
  deepEqual(accountKeys("aws"), AWS_KEYS);
  deepEqual(accountKeys("proxmox"), ["url", "token", "secret"]);
  deepEqual(accountKeys("openstack"), ["clouds.yaml"]);
  deepEqual(accountKeys("docker"), []);
});

const KIND = { apiVersion: "lattice.dev/v1alpha1", kind: "CloudProvider" };

/** Copies with these objects, and the watches that were asked for. */
function copies(secrets: readonly KubeObject[], accounts: readonly KubeObject[]) {
  const watches: WatchSpec[] = [];
  const run = {
    follow: (spec: WatchSpec): Promise<Store> => {
      watches.push(spec);
      const store = new Store();
      for (const one of secrets) store.put(`${one.metadata.namespace}/${one.metadata.name}`, one);
      return Promise.resolve(store);
    },
    cache: { get: () => undefined, list: <T>() => accounts as unknown as T[] },
  };
  return { run, watches };
}

Deno.test("followCredentials() follows one Secret, and tells everybody who refers to it", async () => {
  const data = { token: "c2VjcmV0", url: "" };
  const secret = { apiVersion: "v1", kind: "Secret", metadata: REF, data };
  const mine = provider({ type: "proxmox", credentialsSecretRef: { name: REF.name } });
  const other = provider({ type: "proxmox", credentialsSecretRef: { name: "x" } });
  const { run, watches } = copies([secret], [mine, other, provider("odd")]);
  const seen = await followCredentials(run, KIND, REF, ["token"]);
  deepEqual([...seen.has ?? []], ["token"]);
  const [watch] = watches;
  equal(watch?.namespace, "lattice-system");
  equal(watch?.fieldSelector, "metadata.name=account");
  deepEqual(watch?.map(secret), [{ name: "prod", namespace: "lattice-system" }]);
});

Deno.test("followCredentials() asks nobody about names that no object can have", async () => {
  const { run, watches } = copies([], []);
  for (const name of ["a,metadata.namespace=kube-system", "", "A", "a/b", "a b"]) {
    equal((await followCredentials(run, KIND, { ...REF, name }, [])).has, undefined);
    equal((await followCredentials(run, KIND, { ...REF, namespace: name }, [])).has, undefined);
  }
  deepEqual(watches, []);
});
