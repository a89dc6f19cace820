/**
 * The real CAPI manager, with the rights of `rules.ts` and nothing more, on a real API server.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { issue, newCertificateAuthority } from "@lattice/crypto/pki";
import { connect, isApiError, type KubeClient, type KubeObject } from "@lattice/kube";
import { localCrds } from "@lattice/providers";
import { type ApiServer, freePorts, startApiServer } from "../tests/support/apiserver.ts";
import { locateTools } from "../tools/locate.ts";
import { applyAccess, installManagement } from "./mod.ts";

const USERS = {
  operatorUser: "lattice-operator",
  capiUser: "capi-manager",
  kwokUser: "kwok-controller",
};
const WAIT_MS = 60_000;
const CRD = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };

/** The admin's kubeconfig, acting as somebody else. */
function kubeconfigAs(server: ApiServer, user: string): string {
  const config = JSON.parse(server.kubeconfig);
  config.users[0].user.as = user;
  return JSON.stringify(config);
}

interface Manager extends AsyncDisposable {
  readonly url: string;
  readonly caPem: string;
  start(): Promise<void>;
  log(): Promise<string>;
}

async function capiManager(server: ApiServer): Promise<Manager> {
  const [port, health] = freePorts(2) as [number, number];
  const ca = await newCertificateAuthority({ commonName: "test", days: 1 });
  const serving = await issue(ca, {
    commonName: "capi",
    ipAddresses: ["127.0.0.1"],
    usages: ["server"],
    days: 1,
  });
  const at = (name: string): string => join(server.dir, name);
  await Deno.mkdir(at("webhook"));
  await Deno.writeTextFile(at("webhook/tls.crt"), serving.certPem);
  await Deno.writeTextFile(at("webhook/tls.key"), serving.keyPem, { mode: 0o600 });
  await Deno.writeTextFile(at("capi.kubeconfig"), kubeconfigAs(server, USERS.capiUser));
  const program = (await locateTools()).bin("capi-manager");
  let child: Deno.ChildProcess | undefined;
  let logged: Promise<void> = Promise.resolve();
  return {
    url: `https://127.0.0.1:${port}`,
    caPem: ca.certPem,
    async start() {
      child = new Deno.Command(program, {
        args: [
          `--kubeconfig=${at("capi.kubeconfig")}`,
          "--leader-elect=false",
          `--webhook-port=${port}`,
          `--webhook-cert-dir=${at("webhook")}`,
          `--health-addr=127.0.0.1:${health}`,
          "--diagnostics-address=0",
          "--feature-gates=MachineTaintPropagation=true",
        ],
        env: { POD_NAMESPACE: "capi-system", POD_NAME: "test", POD_UID: "test" },
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
      const log = await Deno.open(at("capi.log"), { create: true, write: true });
      logged = child.stderr.pipeTo(log.writable);
      await until(() => answers(`http://127.0.0.1:${health}/readyz`), "the manager to be ready");
    },
    log: () => Deno.readTextFile(at("capi.log")),
    async [Symbol.asyncDispose]() {
      child?.kill("SIGKILL");
      await child?.status;
      await logged;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!await condition()) {
    assert.ok(performance.now() < deadline, `waited too long for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function versions(client: KubeClient): Promise<Record<string, string | undefined>> {
  const { items } = await client.list<KubeObject>(CRD);
  return Object.fromEntries(items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
}

const NAMESPACE = "capi-demo";
const INFRASTRUCTURE = "infrastructure.lattice.dev";

function object(apiVersion: string, kind: string, name: string, spec: unknown): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace: NAMESPACE }, spec };
}

const CLUSTER = object("cluster.x-k8s.io/v1beta2", "Cluster", "demo", {
  controlPlaneEndpoint: { host: "127.0.0.1", port: 6443 },
  infrastructureRef: { apiGroup: INFRASTRUCTURE, kind: "LocalCluster", name: "demo" },
});

Deno.test("CAPI manages local clusters with the rights it is given", async (t) => {
  await using server = await startApiServer();
  await using manager = await capiManager(server);
  using admin = await connect({ text: server.kubeconfig });
  using operator = await connect({ text: kubeconfigAs(server, USERS.operatorUser) });
  const install = async (): Promise<void> =>
    await installManagement(operator, {
      tools: await locateTools(),
      providerCrds: localCrds(),
      webhook: manager,
    });

  await t.step("before it has rights, the operator can install nothing", async () => {
    await assert.rejects(install(), (error) => isApiError(error) && error.httpStatus === 403);
  });

  await t.step("applyAccess() gives them, and again changes nothing", async () => {
    await applyAccess(admin, USERS);
    const role = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      name: "lattice-operator",
    };
    const before = await admin.get<KubeObject>(role);
    await applyAccess(admin, USERS);
    const after = await admin.get<KubeObject>(role);
    assert.equal(after.metadata.resourceVersion, before.metadata.resourceVersion);
  });

  await t.step("installManagement() serves every kind", async () => {
    await install();
    for (
      const [apiVersion, kind] of [
        ["lattice.dev/v1alpha1", "LatticeCluster"],
        ["cluster.x-k8s.io/v1beta2", "Machine"],
        [`${INFRASTRUCTURE}/v1alpha1`, "LocalMachineTemplate"],
        ["controlplane.lattice.dev/v1alpha1", "LocalControlPlane"],
      ] as const
    ) {
      assert.deepEqual((await operator.list({ apiVersion, kind })).items, [], kind);
    }
  });

  await t.step("installManagement() again writes nothing", async () => {
    const before = await versions(admin);
    await install();
    assert.deepEqual(await versions(admin), before);
  });

  await t.step("the manager starts, reconciles a Cluster, and deletes it again", async () => {
    await manager.start();
    await operator.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    await operator.create(object(`${INFRASTRUCTURE}/v1alpha1`, "LocalCluster", "demo", {
      controlPlaneEndpoint: { host: "127.0.0.1", port: 6443 },
    }));
    await operator.create(CLUSTER);
    const local = { apiVersion: `${INFRASTRUCTURE}/v1alpha1`, kind: "LocalCluster" };
    const ref = { ...local, name: "demo", namespace: NAMESPACE };
    const options = { timeoutMs: WAIT_MS, what: "the owner of the LocalCluster" };
    await operator.wait<KubeObject>(
      ref,
      (o) => o?.metadata.ownerReferences?.[0]?.kind === "Cluster",
      options,
    );
    await operator.patch(ref, {
      type: "merge",
      subresource: "status",
      body: { status: { initialization: { provisioned: true } } },
    });
    const { apiVersion, kind } = CLUSTER;
    const cluster = { apiVersion, kind, name: "demo", namespace: NAMESPACE };
    await operator.wait<KubeObject>(cluster, isProvisioned, {
      timeoutMs: WAIT_MS,
      what: "the Cluster to be provisioned",
    });
    await operator.delete(cluster);
    await operator.wait(cluster, (o) => o === undefined, {
      timeoutMs: WAIT_MS,
      what: "the Cluster to be gone",
    });
  });

  await t.step("its webhooks refuse what they should", async () => {
    const wrong = object("cluster.x-k8s.io/v1beta2", "MachineDeployment", "wrong", {
      clusterName: "demo",
      selector: { matchLabels: { a: "b" } },
      template: {
        metadata: { labels: { c: "d" } },
        spec: {
          clusterName: "demo",
          bootstrap: { dataSecretName: "x" },
          infrastructureRef: { apiGroup: INFRASTRUCTURE, kind: "LocalMachineTemplate", name: "x" },
        },
      },
    });
    await assert.rejects(
      operator.create(wrong),
      (error) =>
        isApiError(error) && /admission webhook "validation\.machinedeployment/.test(error.message),
    );
  });

  await t.step("the manager was never refused anything", async () => {
    const refusals = (await manager.log()).split("\n").filter((line) => /forbidden/i.test(line));
    assert.deepEqual(refusals, []);
  });

  await t.step("the operator cannot grant rights", async () => {
    const role: KubeObject = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "more" },
      rules: [],
    };
    await assert.rejects(
      operator.create(role),
      (error) => isApiError(error) && error.httpStatus === 403,
    );
  });
});

function isProvisioned(cluster: KubeObject | undefined): boolean {
  const status = cluster?.["status"] as
    | { initialization?: { infrastructureProvisioned?: boolean } }
    | undefined;
  return status?.initialization?.infrastructureProvisioned === true;
}
