/**
 * What the bundle of addons is made of: plain descriptions, no I/O.
 *
 * @module
 */
import type { Bootstrap, KubeObject, LatticeCluster, ProviderName } from "@lattice/api";
import type { CompileOptions } from "@lattice/policy";

/** A chart that an addon may use. */
export type ChartName =
  | "base"
  | "cert-manager"
  | "cilium"
  | "cni"
  | "external-secrets"
  | "istiod"
  | "openstack-cinder-csi"
  | "openstack-cloud-controller-manager"
  | "proxmox-cloud-controller-manager"
  | "proxmox-csi-plugin"
  | "ztunnel";

/** A file of plain objects that an addon may use. */
export type ManifestName = "gateway-api-crds";

/** What has a version in `providers/versions.json` and is installed by an addon. */
export type AddonComponent =
  | "awsCloudControllerManager"
  | "awsEbsCsiDriver"
  | "certManager"
  | "cilium"
  | "cloudProviderOpenstack"
  | "clusterAutoscaler"
  | "externalSecrets"
  | "gatewayApi"
  | "istio"
  | "localPathProvisioner"
  | "proxmoxCloudControllerManager"
  | "proxmoxCsiPlugin";

/** Version of each, without `v`. */
export type AddonVersions = Readonly<Record<AddonComponent, string>>;

/** Values of a chart: JSON. */
export type ChartValues = Readonly<Record<string, unknown>>;

/** A chart to render. */
export interface ChartPart {
  /** Tells the parts apart. */
  readonly part: "chart";
  /** The chart. */
  readonly chart: ChartName;
  /** Its version, as the chart itself writes it. */
  readonly version: string;
  /** Name of the release. */
  readonly release: string;
  /** Values. */
  readonly values: ChartValues;
}

/** A file of plain objects. */
export interface ManifestPart {
  /** Tells the parts apart. */
  readonly part: "manifest";
  /** The file, without version and ending. */
  readonly manifest: ManifestName;
  /** Its version, without `v`. */
  readonly version: string;
}

/** Objects that need no rendering. */
export interface ObjectsPart {
  /** Tells the parts apart. */
  readonly part: "objects";
  /** The objects, in the order in which they are applied. */
  readonly objects: readonly KubeObject[];
}

/** One source of objects of an addon. */
export type AddonPart = ChartPart | ManifestPart | ObjectsPart;

/** Where images come from when not from where their authors publish them. */
export interface RegistryOptions {
  /** Registry with optional port and path, e.g. `mirror.example.com:5000/k8s`. Takes the place of each image's registry. */
  readonly mirror?: string | undefined;
  /** Present: every pod uses the pull secret `lattice-registry`. */
  readonly pullSecret?: {
    /** Docker config JSON. Secret. Present: the pull secret is part of the bundle, in every namespace with pods. */
    readonly dockerConfigJson?: string | undefined;
  } | undefined;
}

/** What the bundle depends on beside the cluster. */
export interface BundleOptions {
  /** `versions` of `@lattice/providers`. Handed in: packages must not depend on each other in a circle. */
  readonly versions: AddonVersions;
  /** Image of the operator. */
  readonly image: string;
  /** Where images come from. Default: where their authors publish them. */
  readonly registry?: RegistryOptions | undefined;
  /** Data of the provider's credential Secret, decoded. Secret. Absent: what needs it is not in the bundle. */
  readonly credentials?: Readonly<Record<string, string>> | undefined;
  /** Proxmox storage for volumes. Absent: volumes live on the nodes' own disks. */
  readonly proxmoxStorage?: string | undefined;
  /** The parent cluster, to which the operator connects. */
  readonly parent?: NonNullable<CompileOptions["operator"]>["parent"] | undefined;
}

/** Kubernetes version of a cluster. */
export interface KubernetesVersion {
  /** Minor, e.g. 35. */
  readonly minor: number;
  /** `1.35.4`, without `v` and without a distribution's suffix. */
  readonly text: string;
}

/** What an addon looks at. */
export interface AddonInput {
  /** The cluster, valid and with defaults. */
  readonly cluster: LatticeCluster;
  /** Its name. */
  readonly name: string;
  /** Its provider. */
  readonly provider: ProviderName;
  /** What turns its machines into nodes. */
  readonly bootstrap: Bootstrap;
  /** Its version of Kubernetes. */
  readonly kubernetes: KubernetesVersion;
  /** What else there is. */
  readonly options: BundleOptions;
}

/** Something that a new cluster gets. A further one is a file that makes one of these, and a line in `bundle.ts`. */
export interface Addon {
  /** Name, unique in the bundle. */
  readonly name: string;
  /** Namespace of what it brings. */
  readonly namespace: string;
  /** Whether a cluster gets it. Default: every cluster. */
  isWanted?(input: AddonInput): boolean;
  /** Where its objects come from, in the order in which they are applied. */
  parts(input: AddonInput): AddonPart[];
}

/** One entry of a bundle. */
export interface BundleItem {
  /** Name of the addon. */
  readonly name: string;
  /** Its namespace. */
  readonly namespace: string;
  /** Where its objects come from. */
  readonly parts: readonly AddonPart[];
}

/** What one cluster gets, in order. */
export interface Bundle {
  /** Name of the cluster. */
  readonly cluster: string;
  /** Its version of Kubernetes, which charts ask for. */
  readonly kubernetes: KubernetesVersion;
  /** Where images come from. */
  readonly registry: RegistryOptions;
  /** The addons, in the order in which they are applied. */
  readonly items: readonly BundleItem[];
}
