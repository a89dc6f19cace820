import assert from "node:assert/strict";
import { join } from "node:path";
import { parseCluster } from "@lattice/api";
import { ValidationError } from "@lattice/api/errors";
import { clusterctlVariables } from "@lattice/providers";
import { parse } from "yaml";
import { type CloudName, cloudYaml, ENVIRONMENTS, SECRETS } from "../testing/clouds.ts";
import { testIo } from "../testing/io.ts";
import { readDocuments } from "./documents.ts";
import { accountObjects, redacted, redactor } from "./objects.ts";
import { type Account, readAccount } from "./read.ts";

type Env = Readonly<Record<string, string>>;

async function read(text: string, env: Env = {}): Promise<Account | undefined> {
  const documents = readDocuments(text, "c.yaml");
  const cluster = parseCluster(documents.cluster, { file: "c.yaml" });
  return await readAccount(cluster, documents, testIo({ env }), "c.yaml");
}

/** The problems of a file and an environment, one line each. */
async function problems(text: string, env: Env = {}): Promise<string[]> {
  try {
    await read(text, env);
  } catch (error) {
    assert.ok(error instanceof ValidationError, String(error));
    return error.problems.map(({ file = "env", line = 0, field, reason, remedy }) =>
      `${file}:${line}: ${field} ${reason}; ${remedy}`
    );
  }
  return [];
}

function secretYaml(name: string, data: Env, namespace = "lattice-system"): string {
  const lines = Object.entries(data).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`);
  return `---
apiVersion: v1
kind: Secret
metadata: {name: ${name}, namespace: ${namespace}}
stringData:
${lines.join("\n")}
`;
}

function cloudsYaml(cloud: Record<string, unknown>, name = "openstack"): Env {
  return { "clouds.yaml": JSON.stringify({ clouds: { [name]: cloud } }) };
}

const ALL_OF_AWS = ENVIRONMENTS.aws;
const AUTH = { auth_url: "https://keystone:5000/v3", username: "u", password: SECRETS.openstack };

/** Provider, environment, and what is said, one expression a problem. */
const ENVIRONMENT_CASES: readonly (readonly [CloudName, Env, ...RegExp[]])[] = [
  ["docker", {}],
  ["aws", ALL_OF_AWS],
  [
    "aws",
    {},
    /AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION or AWS_DEFAULT_REGION are not set; set them/,
  ],
  ["aws", { ...ALL_OF_AWS, AWS_REGION: "" }, /AWS_REGION or AWS_DEFAULT_REGION is not set; set it/],
  ["aws", { ...ALL_OF_AWS, AWS_REGION: "", AWS_DEFAULT_REGION: "eu-west-1" }],
  ["aws", { ...ALL_OF_AWS, AWS_ACCESS_KEY_ID: "abc" }, /AWS_ACCESS_KEY_ID "abc" is malformed; wr/],
  ["aws", { ...ALL_OF_AWS, AWS_SECRET_ACCESS_KEY: "a b" }, /AWS_SECRET_ACCESS_KEY is malformed/],
  ["aws", { ...ALL_OF_AWS, AWS_REGION: "Oregon" }, /AWS_DEFAULT_REGION "Oregon" is malformed/],
  ["aws", { ...ALL_OF_AWS, AWS_SESSION_TOKEN: "a b" }, /AWS_SESSION_TOKEN is malformed/],
  [
    "aws",
    { AWS_ACCESS_KEY_ID: "abc" },
    /AWS_SECRET_ACCESS_KEY, AWS_REGION or .* are not set/,
    /AWS_ACCESS_KEY_ID .* is malformed/,
  ],
  ["proxmox", ENVIRONMENTS.proxmox],
  [
    "proxmox",
    {},
    /PROXMOX_URL, PROXMOX_TOKEN, PROXMOX_SECRET are not set; .* or add Secret lattice/,
  ],
  [
    "proxmox",
    { ...ENVIRONMENTS.proxmox, PROXMOX_URL: "pve:8006" },
    /PROXMOX_URL "pve:8006" is mal/,
  ],
  [
    "proxmox",
    { ...ENVIRONMENTS.proxmox, PROXMOX_URL: "https://root:pw@pve:8006" },
    /PROXMOX_URL .* is malformed; write a URL without user/,
  ],
  ["proxmox", { ...ENVIRONMENTS.proxmox, PROXMOX_TOKEN: "root" }, /PROXMOX_TOKEN is malformed; w/],
  ["openstack", ENVIRONMENTS.openstack],
  [
    "openstack",
    { OS_AUTH_URL: "https://k" },
    /OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME or OS_TENANT_NAME are not set; .* OPENSTACK_CLOUD_CO/,
  ],
  ["openstack", { ...ENVIRONMENTS.openstack, OS_AUTH_URL: "keystone" }, /auth_url .* is not a URL/],
  ["openstack", { OPENSTACK_CLOUD_CONFIG: "/nowhere" }, /OPENSTACK_CLOUD_CONFIG names a file that/],
  [
    "openstack",
    { ...ENVIRONMENTS.openstack, OPENSTACK_CACERT: "/nowhere" },
    /OPENSTACK_CACERT names a file that cannot be read: \/nowhere; name an existing/,
  ],
];

for (const [cloud, env, ...says] of ENVIRONMENT_CASES) {
  const what = Object.entries(env).map(([k, v]) => `${k}=${v}`).join(" ") || "nothing";
  Deno.test(`${cloud} from the environment: ${says.length} problems with ${what}`, async () => {
    const found = await problems(cloudYaml(cloud), env);
    assert.equal(found.length, says.length, found.join("\n"));
    for (const [index, expression] of says.entries()) assert.match(found[index] ?? "", expression);
    for (const secret of Object.values(SECRETS)) assert.ok(!found.join().includes(secret));
  });
}

/** Provider, Secret in the file, and what is said. */
const FILE_CASES: readonly (readonly [CloudName, string, Env, ...RegExp[]])[] = [
  ["aws", "aws-credentials", ALL_OF_AWS],
  [
    "aws",
    "aws-credentials",
    { AWS_REGION: "us-west-2" },
    /^c\.yaml:19: Secret lattice-system\/aws-credentials, key AWS_ACCESS_KEY_ID, Secret .* are not set/,
  ],
  [
    "proxmox",
    "proxmox-credentials",
    { url: "https://pve:8006", token: "a@b!c", secret: "" },
    /key secret is not set; write the values below stringData/,
  ],
  ["openstack", "openstack-cloud-config", cloudsYaml({ auth: AUTH })],
  ["openstack", "openstack-cloud-config", { cloud: "x" }, /key clouds\.yaml is not set/],
  [
    "openstack",
    "openstack-cloud-config",
    { "clouds.yaml": `clouds: [${SECRETS.openstack}` },
    /key clouds\.yaml is not a clouds\.yaml: .*; write clouds: \{NAME/,
  ],
  [
    "openstack",
    "openstack-cloud-config",
    cloudsYaml({ auth: AUTH }, "prod"),
    /has no cloud "openstack", but: prod; name one of them in spec\.provider\.config\.openstack\.cloudN/,
  ],
  [
    "openstack",
    "openstack-cloud-config",
    cloudsYaml({ auth: { auth_url: "https://k", username: "u" } }),
    /cloud "openstack" has no complete credentials; write username and password/,
  ],
  [
    "openstack",
    "openstack-cloud-config",
    { ...cloudsYaml({ auth: AUTH }), cacert: "abc" },
    /key cacert is not PEM/,
  ],
];

for (const [cloud, name, data, ...says] of FILE_CASES) {
  const what = Object.keys(data).join(", ") || "nothing";
  Deno.test(`${cloud} from a Secret in the file with ${what}: ${says.length} problems`, async () => {
    // A complete environment must not make up for a Secret that is there.
    const found = await problems(cloudYaml(cloud) + secretYaml(name, data), ENVIRONMENTS[cloud]);
    assert.equal(found.length, says.length, found.join("\n"));
    for (const [index, expression] of says.entries()) assert.match(found[index] ?? "", expression);
    for (const secret of Object.values(SECRETS)) assert.ok(!found.join().includes(secret));
  });
}

function accountYaml(type: string, name: string, rest = ""): string {
  return `---
apiVersion: lattice.dev/v1alpha1
kind: CloudProvider
metadata: {name: ${name}}
spec: {type: ${type}${rest}}
`;
}

Deno.test("a CloudProvider of the file is used, and names the Secret", async () => {
  const text = cloudYaml("aws") +
    accountYaml("aws", "aws", ", region: eu-west-1, credentialsSecretRef: {name: other}") +
    secretYaml("other", ALL_OF_AWS);
  const account = await read(text);
  assert.deepEqual(account?.secret?.ref, { name: "other", namespace: "lattice-system" });
  assert.equal(account?.provider.spec.region, "eu-west-1");
});

Deno.test("a CloudProvider that does not fit is refused with its file", async () => {
  const [type] = await problems(cloudYaml("aws") + accountYaml("proxmox", "aws"), ALL_OF_AWS);
  assert.match(type ?? "", /^c\.yaml:0: spec\.providerRef CloudProvider aws is of type proxmox/);
  const [name] = await problems(cloudYaml("aws") + accountYaml("aws", "aws-prod"), ALL_OF_AWS);
  assert.match(name ?? "", /holds CloudProvider lattice-system\/aws-prod; keep only/);
  assert.throws(() => readDocuments(accountYaml("gcp", "x"), "c.yaml"), /spec\.type/);
});

Deno.test("a Secret that is none is refused without being quoted", () => {
  const broken = [
    `kind: Secret\nmetadata: {name: x}\nstringData: "${SECRETS.aws}`,
    `apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata: {a: "${SECRETS.openstack}"}`,
  ];
  for (const text of broken) {
    assert.throws(() => readDocuments(text, "c.yaml"), (error: unknown) => {
      assert.ok(error instanceof ValidationError);
      assert.match(error.message, /is not a Secret/);
      return !Object.values(SECRETS).some((secret) =>
        JSON.stringify(error.problems).includes(secret)
      );
    });
  }
});

Deno.test("lines of the cluster keep their numbers beside other documents", () => {
  const text = secretYaml("x", { a: "b" }) + "---\n" +
    cloudYaml("docker").replace("controlPlane: 1", "controlPlane: 2");
  const wanted = text.split("\n").findIndex((line) => line.includes("controlPlane: 2")) + 1;
  assert.throws(() => parseCluster(readDocuments(text, "c").cluster), (error: unknown) => {
    assert.ok(error instanceof ValidationError);
    return error.problems[0]?.line === wanted;
  });
});

Deno.test("a clouds.yaml made of variables survives what passwords are made of", async () => {
  const account = await read(cloudYaml("openstack"), ENVIRONMENTS.openstack);
  const { clouds } = parse(account?.secret?.data["clouds.yaml"] ?? "");
  assert.equal(clouds.openstack.auth.password, SECRETS.openstack);
  assert.equal(clouds.openstack.auth.user_domain_name, "Default");
  assert.equal(clouds.openstack.region_name, "RegionOne");
  assert.deepEqual(account?.secrets, [SECRETS.openstack]);
});

/** Provider, and every Secret that a cluster of it needs. */
const SECRET_PLACES: readonly (readonly [CloudName, ...string[]])[] = [
  ["docker"],
  ["aws", "lattice-system/aws-credentials", "capa-system/capa-manager-bootstrap-credentials"],
  [
    "proxmox",
    "lattice-system/proxmox-credentials",
    "capmox-system/proxmox-credentials",
    "capi-c1/proxmox-credentials",
  ],
  [
    "openstack",
    "lattice-system/openstack-cloud-config",
    "capo-system/openstack-cloud-config",
    "capi-c1/openstack-cloud-config",
  ],
];

for (const [cloud, ...places] of SECRET_PLACES) {
  Deno.test(`${cloud}: Secrets where its objects and its manager read them, each after its namespace`, async () => {
    const account = await read(cloudYaml(cloud), ENVIRONMENTS[cloud]);
    assert.ok(account);
    const objects = accountObjects(parseCluster(cloudYaml(cloud)), account);
    const seen = new Set<string>();
    const secrets: string[] = [];
    for (const { kind, metadata } of objects) {
      if (kind === "Namespace") seen.add(metadata.name);
      if (kind !== "Secret") continue;
      assert.ok(seen.has(metadata.namespace ?? ""));
      assert.equal(metadata.labels?.["lattice.dev/provider"], cloud);
      secrets.push(`${metadata.namespace}/${metadata.name}`);
    }
    assert.deepEqual(secrets, places);
    assert.equal(objects.at(-1)?.kind, "CloudProvider");
    const shown = JSON.stringify(redacted(objects));
    for (const value of Object.values(SECRETS)) {
      assert.ok(!shown.includes(value) && !shown.includes(btoa(value)));
    }
  });
}

Deno.test("a Secret that the cluster names is written beside it under that name", async () => {
  const text = cloudYaml("proxmox").replace(
    "    config:",
    "    credentialsSecretRef: {name: mine}\n    config:",
  );
  const account = await read(text, ENVIRONMENTS.proxmox);
  const objects = accountObjects(parseCluster(text), account!);
  const names = objects.filter(({ kind }) => kind === "Secret").map(({ metadata }) =>
    metadata.name
  );
  assert.deepEqual(names, ["mine", "proxmox-credentials", "mine"]);
});

Deno.test("clusterctl gets its variables, for AWS as a file in base64", async () => {
  const env = { ...ALL_OF_AWS, AWS_SESSION_TOKEN: "token" };
  const account = await read(cloudYaml("aws"), env);
  const { AWS_B64ENCODED_CREDENTIALS: encoded = "" } = clusterctlVariables(
    "aws",
    account?.secret?.data ?? {},
  );
  assert.equal(
    atob(encoded),
    "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n" +
      `aws_secret_access_key = ${SECRETS.aws}\nregion = us-west-2\naws_session_token = token`,
  );
  const proxmox = await read(cloudYaml("proxmox"), ENVIRONMENTS.proxmox);
  assert.deepEqual(
    clusterctlVariables("proxmox", proxmox?.secret?.data ?? {}),
    ENVIRONMENTS.proxmox,
  );
  assert.deepEqual(clusterctlVariables("openstack", {}), {});
});

Deno.test("redactor() hides values as they are, in base64 and in URLs, and nothing else", () => {
  const hide = redactor([SECRETS.openstack, "ab"]);
  const text = `${SECRETS.openstack} ${btoa(SECRETS.openstack)} ${
    encodeURIComponent(SECRETS.openstack)
  } abc`;
  assert.equal(hide(text), "<redacted> <redacted> <redacted> abc");
});

Deno.test("a clouds.yaml is read from the file that the environment names", async () => {
  const folder = await Deno.makeTempDir({ prefix: "lattice-clouds-" });
  try {
    const path = join(folder, "clouds.yaml");
    await Deno.writeTextFile(path, cloudsYaml({ auth: AUTH })["clouds.yaml"] ?? "");
    const account = await read(cloudYaml("openstack"), { OPENSTACK_CLOUD_CONFIG: path });
    assert.equal(account?.secret?.data.cloud, "openstack");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
