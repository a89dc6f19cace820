/**
 * Rendered workloads, put to a real kube-apiserver with `fieldValidation=Strict`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type KubeObject, type LatticeService, parseDocuments } from "@lattice/api";
import { connect } from "@lattice/kube";
import { externalOutputs, renderWorkload, serviceOutputs } from "@lattice/workload";
import api from "../../examples/mesh/api-gateway.yaml" with { type: "text" };
import auth from "../../examples/mesh/auth-service.yaml" with { type: "text" };
import web from "../../examples/mesh/web-frontend.yaml" with { type: "text" };
import { startApiServer } from "../support/apiserver.ts";

/** Groups that every API server serves. */
const BUILT_IN = new Set(["v1", "apps/v1", "autoscaling/v2", "policy/v1"]);

/** Everything that a workload can have. */
const FULL = `
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata:
  name: notes
  namespace: docs
spec:
  containers:
    main:
      image: registry.local/notes:1
      command: [/notes]
      args: [serve]
      variables:
        LOG: info
        STRIPE: \${resources.stripe.url}
        DSN: "pg://\${resources.db.user}:\${resources.db.pass}@db"
      resources:
        requests: {cpu: 100m, memory: 64Mi}
        limits: {memory: 128Mi}
      files:
        /etc/notes/config.yaml:
          content: "name: \${metadata.name}"
          mode: "0640"
        /etc/notes/logo.bin:
          binaryContent: AAEC
        /etc/notes/dsn:
          content: "\${resources.db.user}"
      volumes:
        /data: {source: "\${resources.data}", path: app}
        /shared: {source: "\${resources.shared}", readOnly: true}
      livenessProbe: {exec: {command: [/alive]}}
      readinessProbe: {httpGet: {path: /ready, port: 8080, scheme: HTTP}}
      startupProbe: {tcpSocket: {port: 8080}, failureThreshold: 30}
      security: {runAsUser: 1000, capabilities: [NET_BIND_SERVICE], readOnlyRootFilesystem: true}
  sidecars:
    migrate: {image: "registry.local/notes:1", init: true}
    logs: {image: "registry.local/logs:1", resources: {requests: {cpu: 10m}}}
  service:
    ports:
      http: {port: 80, targetPort: 8080}
      dns: {port: 53, protocol: UDP}
      dns-tcp: {port: 53, protocol: TCP}
  replicas: {min: 2, max: 6}
  resources:
    stripe: {type: external-service}
    data: {type: volume, params: {size: 5Gi, accessMode: ReadWriteMany}}
    shared: {type: volume, id: media}
    db: {type: secret, id: kv/notes, params: {provider: vault, keys: [user, pass]}}
  sysctls: {net.ipv4.ip_local_port_range: "32768 60999"}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata:
  name: database
  namespace: docs
spec:
  containers:
    main:
      image: registry.local/db:1
      volumes:
        /var/db: {source: "\${resources.data}"}
  replicas: {min: 3}
  service: {ports: {sql: {port: 5432}}}
  resources:
    data: {type: volume, params: {size: 1Gi}}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeService
metadata:
  name: media
  namespace: docs
spec:
  containers:
    main:
      image: registry.local/media:1
      security: {privileged: true, runAsUser: 0, runAsNonRoot: false}
  deploy: {strategy: canary}
  replicas: {min: 0}
---
apiVersion: lattice.dev/v1alpha1
kind: LatticeExternalService
metadata:
  name: stripe
  namespace: docs
spec:
  endpoints: {api: "https://api.stripe.example:443"}
  allowed_requesters: [notes]
`;

function renderAll(texts: readonly string[]): KubeObject[] {
  const parsed = texts.flatMap((text) => parseDocuments(text));
  assert.deepEqual(parsed.flatMap(({ problems }) => problems), []);
  const objects = parsed.flatMap(({ object }) => object ?? []);
  const byKey = new Map(parsed.map(({ key, object }) => [key, object]));
  const services = objects.filter((each): each is LatticeService => each.kind === "LatticeService");
  return services.flatMap((service) => {
    const { objects: rendered, problems } = renderWorkload(service, {
      resolve: ({ name, namespace }) => {
        const target = byKey.get(`${namespace}/${name}`);
        if (target?.kind === "LatticeService") return serviceOutputs(target);
        return target?.kind === "LatticeExternalService" ? externalOutputs(target) : undefined;
      },
    });
    const real = problems.filter(({ field }) => !field.endsWith("requests.cpu"));
    assert.deepEqual(real, []);
    return rendered;
  });
}

Deno.test("workloads are accepted by a real API server, and applying them again changes nothing", async (t) => {
  await using server = await startApiServer({ apiServerArgs: ["--allow-privileged=true"] });
  using client = await connect({ kubeconfig: server.kubeconfigPath });
  for (const name of ["docs", "shop"]) {
    await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  const objects = renderAll([FULL, api, auth, web])
    .filter(({ apiVersion }) => BUILT_IN.has(apiVersion));
  const kinds = new Set(objects.map(({ kind }) => kind));
  assert.deepEqual([...kinds].sort(), [
    "ConfigMap",
    "Deployment",
    "HorizontalPodAutoscaler",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "Service",
    "ServiceAccount",
    "StatefulSet",
  ]);
  for (const object of objects) {
    await t.step(
      `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`,
      async () => {
        const options = { manager: "conformance", force: true, fieldValidation: "Strict" } as const;
        // A server rewrites a claim, without a change, the first time that it is applied again.
        if (object.kind === "PersistentVolumeClaim") await client.apply(object, options);
        const first = await client.apply<KubeObject>(object, options);
        const second = await client.apply<KubeObject>(object, options);
        assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
      },
    );
  }
});
