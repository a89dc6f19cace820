/**
 * Workloads that have everything a workload can have, rendered as the operator would.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  type KubeObject,
  type LatticeService,
  type ParsedObject,
  parseDocuments,
} from "@lattice/api";
import { waypointOf } from "@lattice/policy";
import { externalOutputs, renderWorkload, serviceOutputs } from "@lattice/workload";

/** Everything that a workload can have. */
export const FULL_WORKLOADS = `
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

/**
 * Parses texts that have no problems.
 *
 * @param texts YAML of services and external services
 */
export function parsed(texts: readonly string[]): ParsedObject[] {
  const entries = texts.flatMap((text) => parseDocuments(text));
  assert.deepEqual(entries.flatMap(({ problems }) => problems), []);
  return entries;
}

/**
 * Renders the workloads of all services in some texts, each of which can see the others.
 *
 * @param texts YAML of services and external services
 */
export function renderAll(texts: readonly string[]): KubeObject[] {
  const entries = parsed(texts);
  const objects = entries.flatMap(({ object }) => object ?? []);
  const byKey = new Map(entries.map(({ key, object }) => [key, object]));
  const services = objects.filter((each): each is LatticeService => each.kind === "LatticeService");
  return services.flatMap((service) => {
    const waypoint = waypointOf(service);
    const { objects: rendered, problems } = renderWorkload(service, {
      ...(waypoint ? { waypoint } : {}),
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
