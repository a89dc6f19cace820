/**
 * Builders of what the local controllers read, for the tests beside the code. No tests of its own.
 *
 * @module
 */
import {
  type ClusterView,
  clusterView,
  type LocalClusterView,
  localClusterView,
  type LocalControlPlaneView,
  localControlPlaneView,
  type LocalMachineView,
  localMachineView,
  type MachineView,
  machineView,
  type NodeView,
  nodeView,
  type ObjectView,
  objectView,
} from "./views.ts";

/** Fields of an object that a test cares for. */
export interface Wish {
  /** Metadata over the defaults. */
  readonly metadata?: Record<string, unknown>;
  /** Spec over the defaults. */
  readonly spec?: Record<string, unknown>;
  /** Status. */
  readonly status?: Record<string, unknown>;
}

/** A time for `deletionTimestamp`. */
export const DELETED = "2026-01-01T00:00:00Z";
const NAMESPACE = "capi-demo";

function raw(apiVersion: string, kind: string, name: string, wish: Wish): Record<string, unknown> {
  const metadata = { name, namespace: NAMESPACE, uid: `uid-${name}`, resourceVersion: "1" };
  return {
    apiVersion,
    kind,
    metadata: { ...metadata, ...wish.metadata },
    spec: wish.spec ?? {},
    ...(wish.status ? { status: wish.status } : {}),
  };
}

/** A Cluster whose infrastructure is provisioned. */
export function aCluster(wish: Wish = {}): ClusterView {
  const status = { initialization: { infrastructureProvisioned: true } };
  return clusterView.parse(
    raw("cluster.x-k8s.io/v1beta2", "Cluster", "demo", { status, ...wish }),
  );
}

/** A worker Machine with bootstrap data. */
export function aMachine(name = "demo-pool-a-1", wish: Wish = {}): MachineView {
  const spec = {
    clusterName: "demo",
    version: "v1.35.4",
    bootstrap: { dataSecretName: "demo-bootstrap" },
    infrastructureRef: { apiGroup: "infrastructure.lattice.dev", kind: "LocalMachine", name },
    ...wish.spec,
  };
  return machineView.parse(raw("cluster.x-k8s.io/v1beta2", "Machine", name, { ...wish, spec }));
}

/** A control-plane Machine; its conditions are `True`. */
export function aControlPlaneMachine(
  name: string,
  conditions: readonly string[] = ["Ready", "Available", "UpToDate"],
  wish: Wish = {},
): MachineView {
  return aMachine(name, {
    ...wish,
    metadata: { labels: { "cluster.x-k8s.io/control-plane": "" }, ...wish.metadata },
    status: { conditions: conditions.map((type) => ({ type, status: "True" })) },
  });
}

/** A LocalMachine that a Machine owns. */
export function aLocalMachine(wish: Wish = {}): LocalMachineView {
  const kind = "LocalMachine";
  return localMachineView.parse(
    raw("infrastructure.lattice.dev/v1alpha1", kind, "demo-pool-a-1", wish),
  );
}

/** A LocalMachine of which only the identity matters. */
export function anObject(name: string): ObjectView {
  return objectView.parse(raw("infrastructure.lattice.dev/v1alpha1", "LocalMachine", name, {}));
}

/** A LocalCluster. */
export function aLocalCluster(wish: Wish = {}): LocalClusterView {
  return localClusterView.parse(
    raw("infrastructure.lattice.dev/v1alpha1", "LocalCluster", "demo", wish),
  );
}

/** A LocalControlPlane with one replica. */
export function aLocalControlPlane(wish: Wish = {}): LocalControlPlaneView {
  const infrastructureRef = {
    apiGroup: "infrastructure.lattice.dev",
    kind: "LocalMachineTemplate",
    name: "demo-control-plane",
  };
  const spec = {
    replicas: 1,
    version: "v1.35.4",
    flavour: "kubeadm",
    certSANs: ["127.0.0.1", "localhost"],
    machineTemplate: { spec: { infrastructureRef } },
    ...wish.spec,
  };
  return localControlPlaneView.parse(
    raw("controlplane.lattice.dev/v1alpha1", "LocalControlPlane", "demo-control-plane", {
      ...wish,
      spec,
    }),
  );
}

/** A Node. */
export function aNode(wish: Wish = {}): NodeView {
  return nodeView.parse(raw("v1", "Node", "demo-pool-a-1", wish));
}
