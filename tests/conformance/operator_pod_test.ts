/**
 * The operator as the bundle deploys it: the command of the Dockerfile with the environment, the service account and the
 * rights of the Deployment, in front of a real API server. Only the container is missing: the files of the service account
 * are mounted in a name space of mounts, for which Linux wants root.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { KubeObject } from "@lattice/api";
import { applyBundle } from "@lattice/addons";
import { connect, type KubeClient } from "@lattice/kube";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { locateTools } from "../../tools/locate.ts";
import { type ApiServer, freePorts, startApiServer } from "../support/apiserver.ts";
import { CAPI_KINDS, LATTICE_CLUSTER, latticeCluster } from "../support/capi/cluster.ts";
import { servedCharts } from "../support/charts.ts";
import { installCrds, providerCrds, withoutConversion } from "../support/provider_crds.ts";
import { matrix } from "../support/provider_matrix.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ITEMS = ["lattice-crds", "lattice-operator"];
const ACCOUNT_FILES = "/var/run/secrets/kubernetes.io/serviceaccount";
const TIMEOUT_MS = 120_000;
const POLL_MS = 100;
const SHAPE = { version: "1.35.4", controlPlane: 1, pools: { general: { replicas: 1 } } };

/** What of the Deployment the kubelet would use. */
const deployment = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        serviceAccountName: z.string(),
        containers: z.tuple([z.object({
          env: z.array(z.object({
            name: z.string(),
            value: z.string().optional(),
            valueFrom: z.object({ fieldRef: z.object({ fieldPath: z.string() }) }).optional(),
          })),
        })]),
      }),
    }),
  }),
});

/** Fields of the pod that the kubelet would fill in. */
const POD: Readonly<Record<string, string>> = {
  "metadata.name": "lattice-operator-7d9c-x2x4z",
  "metadata.namespace": "lattice-system",
};

/** The entry point of the image, with the checkout in place of the image's folder. */
async function entryPoint(): Promise<string[]> {
  const text = await Deno.readTextFile(join(ROOT, "Dockerfile"));
  const json = /^ENTRYPOINT (\[.*\])$/m.exec(text.replaceAll("\\\n", ""))?.[1];
  assert.ok(json, "the Dockerfile has no entry point");
  const [program, ...args] = z.array(z.string()).parse(JSON.parse(json));
  assert.equal(program, "deno");
  return [
    Deno.execPath(),
    ...args.map((arg) => arg.replace("--allow-read=/app", `--allow-read=${ROOT}`)),
  ];
}

/** The environment of the container. */
function environmentOf(
  object: KubeObject,
  url: string,
  healthPort: number,
): Record<string, string> {
  const { env } = deployment.parse(object).spec.template.spec.containers[0];
  const given = env.map(({ name, value, valueFrom }): [string, string] => [
    name,
    value ?? POD[valueFrom?.fieldRef.fieldPath ?? ""] ?? "",
  ]);
  const { hostname, port } = new URL(url);
  return {
    ...Object.fromEntries(given),
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
    LATTICE_HEALTH_PORT: String(healthPort),
  };
}

/** A token of the service account and the server's authority, as files. */
async function writeAccount(
  { caPem, kubeconfigPath, dir }: ApiServer,
  name: string,
): Promise<string> {
  const kubectl = (await locateTools()).bin("kubectl");
  const { success, stdout, stderr } = await new Deno.Command(kubectl, {
    args: [`--kubeconfig=${kubeconfigPath}`, "-n", "lattice-system", "create", "token", name],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const folder = join(dir, "account");
  await Deno.mkdir(folder);
  await Deno.writeTextFile(join(folder, "token"), new TextDecoder().decode(stdout).trim());
  await Deno.writeTextFile(join(folder, "ca.crt"), caPem);
  return folder;
}

/** The operator as a process that sees the service account where a pod would. */
class Pod implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #logged: Promise<string>;

  constructor(argv: readonly string[], env: Record<string, string>, account: string) {
    const script = `mount -t tmpfs none /run && mkdir -p ${ACCOUNT_FILES} && ` +
      `cp "$0"/* ${ACCOUNT_FILES}/ && exec "$@"`;
    this.#child = new Deno.Command("unshare", {
      args: ["--mount", "--propagation=private", "sh", "-c", script, account, ...argv],
      cwd: ROOT,
      env,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#logged = new Response(this.#child.stderr).text();
  }

  /** Ends it as the kubelet would, and tells how it went. */
  async stop(): Promise<{ code: number; log: string }> {
    this.#child.kill("SIGTERM");
    const { code } = await this.#child.status;
    return { code, log: await this.#logged };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#logged;
  }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  while (!await holds()) {
    assert.ok(performance.now() < deadline, `gave up waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function isReady(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
  await response?.body?.cancel();
  return response?.ok === true;
}

async function messageOf(client: KubeClient, name: string): Promise<string> {
  const object = await client.find<KubeObject>({ ...LATTICE_CLUSTER, name });
  return z.object({
    status: z.object({ message: z.string().default("") }).default({ message: "" }),
  })
    .parse(object).status.message;
}

Deno.test({
  name:
    "the operator runs with what its Deployment gives it, before and after Cluster API is there",
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0,
  fn: async (t) => {
    await using server = await startApiServer({ apiServerArgs: ["--allow-privileged=true"] });
    using client = await connect({ kubeconfig: server.kubeconfigPath });
    await using charts = await servedCharts();
    const docker = matrix().find(({ cloud }) => cloud === "docker");
    assert.ok(docker);
    const whole = charts.describe(docker.cluster);
    const items = whole.items.filter(({ name }) => ITEMS.includes(name));
    const bundle = await charts.render({ ...whole, items });
    await applyBundle(client, bundle, { timeoutMs: TIMEOUT_MS });
    const object = bundle.items.flatMap(({ objects }) => objects)
      .find(({ kind }) => kind === "Deployment");
    assert.ok(object);

    const [port] = freePorts(1) as [number];
    const { serviceAccountName } = deployment.parse(object).spec.template.spec;
    const account = await writeAccount(server, serviceAccountName);
    const env = environmentOf(object, server.url, port);
    await using pod = new Pod(await entryPoint(), env, account);

    await t.step("it is ready without Cluster API", async () => {
      await until("the operator to be ready", () => isReady(port));
    });

    await t.step("a cluster says what it waits for", async () => {
      await client.apply(latticeCluster("early", SHAPE), { manager: "test" });
      await until(
        "a message",
        async () => (await messageOf(client, "early")).includes("cluster.x-k8s.io"),
      );
    });

    await t.step("its objects come once Cluster API's kinds do", async () => {
      await installCrds(client, (await providerCrds()).map(withoutConversion));
      const ref = { ...CAPI_KINDS.cluster, namespace: "capi-early", name: "early" };
      await until("the Cluster", async () => await client.find(ref) !== undefined);
    });

    await t.step("it ends when it is told to", async () => {
      const { code, log } = await pod.stop();
      assert.equal(code, 0, log);
    });
  },
});
