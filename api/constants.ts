/**
 * Names that all rooms must agree on: groups, namespaces, labels, annotations.
 *
 * @module
 */

/** API group of Lattice's own kinds. */
export const GROUP = "lattice.dev";
/** Version of Lattice's own kinds. */
export const VERSION = "v1alpha1";
/** `apiVersion` of Lattice's own kinds. */
export const API_VERSION = "lattice.dev/v1alpha1";
/** Kind of a cluster. */
export const CLUSTER_KIND = "LatticeCluster";
/** Namespace of the operator and of what it needs. */
export const SYSTEM_NAMESPACE = "lattice-system";
/** Finalizer that keeps a LatticeCluster until its infrastructure is gone or handed back. */
export const FINALIZER = "lattice.dev/unpivot";
/** Field manager of everything that the operator renders. */
export const FIELD_MANAGER = "lattice-controller";
/** Addresses of pods, in every cluster. */
export const POD_CIDR = "192.168.0.0/16";
/** Addresses of services, in every cluster. */
export const SERVICE_CIDR = "10.128.0.0/12";

/** CAPI's label: name of the cluster that an object belongs to. */
export const CAPI_CLUSTER_LABEL = "cluster.x-k8s.io/cluster-name";
/** CAPI's label on control-plane machines; its value is empty. */
export const CAPI_CONTROL_PLANE_LABEL = "cluster.x-k8s.io/control-plane";
/** CAPI's label: name of the MachineDeployment of a machine. */
export const CAPI_DEPLOYMENT_LABEL = "cluster.x-k8s.io/deployment-name";
/** Label: name of the LatticeCluster that an object was rendered from. */
export const CLUSTER_LABEL = "lattice.dev/cluster";
/** Label of everything that Lattice makes; its value is {@linkcode MANAGED_BY}. */
export const MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
/** Value of {@linkcode MANAGED_BY_LABEL}. */
export const MANAGED_BY = "lattice";
/** Node label: id of the worker pool. Also on the pool's MachineDeployment. */
export const POOL_LABEL = "lattice.dev/pool";
/** Label of the leading operator's pod. */
export const LEADER_LABEL = "lattice.dev/leader";
/** Label of credential secrets: type of the provider. */
export const PROVIDER_LABEL = "lattice.dev/provider";
/** Annotation on machines of the local provider: node labels as a JSON object. */
export const NODE_LABELS_ANNOTATION = "lattice.dev/node-labels";
/** Annotation on a machine template: hash of the spec as it was rendered. */
export const TEMPLATE_HASH_ANNOTATION = "lattice.dev/template-hash";
/** Annotation on every object that a move created: UID that it had in the source. */
export const SOURCE_UID_ANNOTATION = "lattice.dev/source-uid";
/** Annotation on a self-managed LatticeCluster: `lattice uninstall` has taken over, deletion may proceed. */
export const UNINSTALL_ANNOTATION = "lattice.dev/uninstall";
/** Annotation that tells CAPI providers not to touch the infrastructure of an object being deleted. */
export const DELETE_FOR_MOVE_ANNOTATION = "clusterctl.cluster.x-k8s.io/delete-for-move";
/** Annotation of the cluster autoscaler: smallest size of a pool. */
export const AUTOSCALER_MIN_ANNOTATION =
  "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size";
/** Annotation of the cluster autoscaler: largest size of a pool. */
export const AUTOSCALER_MAX_ANNOTATION =
  "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size";

/** Group of the local provider's infrastructure kinds. */
export const LOCAL_INFRASTRUCTURE_GROUP = "infrastructure.lattice.dev";
/** Group of the local provider's control-plane kind. */
export const LOCAL_CONTROL_PLANE_GROUP = "controlplane.lattice.dev";
/** Version of the local provider's kinds. */
export const LOCAL_VERSION = "v1alpha1";

/** Memory of a Proxmox machine is a multiple of this, in MiB. */
export const MEMORY_STEP_MIB = 8;

/** Longest name of a cluster, in characters: names derived from it must stay legal. */
export const MAX_CLUSTER_NAME = 40;

/**
 * The namespace that holds the CAPI objects of a cluster.
 *
 * @param name name of the LatticeCluster
 * @returns `capi-NAME`
 */
export function capiNamespace(name: string): string {
  return `capi-${name}`;
}

/** Kind of a service. */
export const SERVICE_KIND = "LatticeService";
/** Kind of an external service. */
export const EXTERNAL_SERVICE_KIND = "LatticeExternalService";
/** Kind of a service policy. */
export const SERVICE_POLICY_KIND = "LatticeServicePolicy";
/** Kind of an account at a provider of machines. */
export const CLOUD_PROVIDER_KIND = "CloudProvider";
/** Kind of a source of secrets. */
export const SECRETS_PROVIDER_KIND = "SecretsProvider";
/** Label of the pods and objects of a service: its name. Policies select by it and by nothing that charts set. */
export const SERVICE_LABEL = "lattice.dev/service";
/** Label of the ClusterSecretStore of a SecretsProvider: its name. */
export const SECRETS_PROVIDER_LABEL = "lattice.dev/secrets-provider";
/** Label of the objects of an external service: its name. */
export const EXTERNAL_SERVICE_LABEL = "lattice.dev/external-service";
/** Istio's label: name of the waypoint that calls to a Service or ServiceEntry go through. */
export const USE_WAYPOINT_LABEL = "istio.io/use-waypoint";
/** GatewayClass of ingress gateways where a service names none. */
export const INGRESS_GATEWAY_CLASS = "istio";
/** Names that no service may have: they are identities of waypoints and of ingress gateways, or of everybody. */
export const RESERVED_SERVICE_NAME: RegExp =
  /^(default|waypoint)$|-(waypoint(-egress)?|gateway-istio)$/;
/** Longest name of a service, in characters: names derived from it must stay legal as labels. */
export const MAX_SERVICE_NAME = 45;

/** Namespaces that no service may live in, and that the cluster-wide default deny leaves out; sorted. */
export const SYSTEM_NAMESPACES: readonly string[] = [
  "capa-system",
  "capd-system",
  "capi-ipam-in-cluster-system",
  "capi-kubeadm-bootstrap-system",
  "capi-kubeadm-control-plane-system",
  "capi-system",
  "capmox-system",
  "capo-system",
  "cert-manager",
  "cilium-system",
  "external-secrets",
  "istio-system",
  "kube-node-lease",
  "kube-public",
  "kube-system",
  "lattice-system",
  "rke2-bootstrap-system",
  "rke2-control-plane-system",
];
