/**
 * What the set-up builds: the pinned components, how each is linked, and the key under which the
 * result is cached. The pins themselves live in `go.mod` and `kwok/go.mod`; nothing here repeats a
 * version number.
 *
 * @module
 */
import mainGoMod from "./go.mod" with { type: "text" };
import mainGoSum from "./go.sum" with { type: "text" };
import kwokGoMod from "./kwok/go.mod" with { type: "text" };
import kwokGoSum from "./kwok/go.sum" with { type: "text" };

/** The real programs that a local cluster runs, by the name of their file in the cache. */
export type ComponentName =
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kubectl"
  | "capi-manager"
  | "clusterctl"
  | "kwok";

/** Versions of the components, without a leading `v`. */
export interface ComponentVersions {
  /** Of every Kubernetes component, e.g. `1.35.4`. */
  readonly kubernetes: string;
  /** Of Cluster API, e.g. `1.13.6`. */
  readonly capi: string;
  /** Of kwok, e.g. `0.7.0`. */
  readonly kwok: string;
  /** Of etcd, e.g. `3.6.8`. */
  readonly etcd: string;
}

/** Which of the two Go modules a component is built in. */
export type ModuleName = "main" | "kwok";

/** One program to build. */
export interface Component {
  /** File name of the program. */
  readonly name: ComponentName;
  /** The Go module whose pins apply. */
  readonly module: ModuleName;
  /** Import path of its `main` package. */
  readonly package: string;
  /** String variables to set at link time, by import path and name. */
  readonly variables: Readonly<Record<string, string>>;
  /** One replacement in one of its source files, where the program lacks a flag that we need. */
  readonly patch?: SourcePatch;
}

/** A replacement in a source file of a Go module; the build fails when its text is not there. */
export interface SourcePatch {
  /** Module that holds the file, e.g. `sigs.k8s.io/cluster-api`. */
  readonly module: string;
  /** Path of the file inside the module. */
  readonly file: string;
  /** Text that must occur exactly once. */
  readonly find: string;
  /** What takes its place. */
  readonly replace: string;
}

/** The manager's webhook server listens on every interface and has no flag for the address. */
const CAPI_ON_LOOPBACK: SourcePatch = {
  module: "sigs.k8s.io/cluster-api",
  file: "main.go",
  find: "Port:     webhookPort,",
  replace: 'Host: "127.0.0.1", Port: webhookPort,',
};

/** A Go module as text, so that the set-up never reads files relative to itself. */
export interface ModuleSource {
  /** Content of `go.mod`. */
  readonly goMod: string;
  /** Content of `go.sum`. */
  readonly goSum: string;
}

/** The two Go modules. kwok has its own because it does not compile against Kubernetes 0.35. */
export const MODULES: Readonly<Record<ModuleName, ModuleSource>> = {
  main: { goMod: mainGoMod, goSum: mainGoSum },
  kwok: { goMod: kwokGoMod, goSum: kwokGoSum },
};

/** Names of the manifest files beside the programs. */
export const MANIFESTS = [
  "capi-crds.yaml",
  "capi-webhooks.yaml",
  "capi-rbac.yaml",
  "kwok-stages.yaml",
] as const;

/** Name of a manifest file. */
export type ManifestName = typeof MANIFESTS[number];

/** Raise this when `manifests.ts` or the way of building changes what ends up in the cache. */
const RECIPE_REVISION = 1;

/** Flags of every `go build`. `-p 2` keeps memory bounded: the API server's packages are large. */
export const BUILD_FLAGS: readonly string[] = [
  "-buildvcs=false",
  "-mod=readonly",
  "-trimpath",
  "-p",
  "2",
];

/**
 * Reads the pinned versions out of the two go.mod files.
 *
 * @returns the versions, without a leading `v`
 * @throws {Error} when a go.mod no longer requires one of the components
 */
export function pinnedVersions(): ComponentVersions {
  return {
    kubernetes: requiredVersion(mainGoMod, "k8s.io/kubernetes"),
    capi: requiredVersion(mainGoMod, "sigs.k8s.io/cluster-api"),
    etcd: requiredVersion(mainGoMod, "go.etcd.io/etcd/server/v3"),
    kwok: requiredVersion(kwokGoMod, "sigs.k8s.io/kwok"),
  };
}

/**
 * Reads the version of a required module.
 *
 * @param goMod text of a go.mod
 * @param module path of the module
 * @returns the version without its leading `v`
 * @throws {Error} when it is not required
 */
export function requiredVersion(goMod: string, module: string): string {
  for (const line of goMod.split("\n")) {
    const [path, version] = line.trim().replace(/^require\s+/, "").split(/\s+/);
    if (path === module && version?.startsWith("v")) return version.slice(1);
  }
  throw new Error(`Cannot find the version of "${module}" in go.mod`);
}

/**
 * Lists the components in the order in which they are built: small ones first, so that a missing
 * compiler or network shows within seconds.
 *
 * @param versions the versions to link into the programs
 * @returns one entry a program
 */
export function components(versions: ComponentVersions): readonly Component[] {
  const kubernetes = versionVariables(versions.kubernetes, [
    "k8s.io/component-base/version",
    "k8s.io/client-go/pkg/version",
  ]);
  const capi = {
    ...kubernetes,
    ...versionVariables(versions.capi, ["sigs.k8s.io/cluster-api/version"]),
  };
  const main = (
    name: ComponentName,
    path: string,
    variables: Record<string, string>,
  ): Component => ({ name, module: "main", package: path, variables });
  return [
    main("etcd", "go.etcd.io/etcd/server/v3", {}),
    { name: "kwok", module: "kwok", package: "sigs.k8s.io/kwok/cmd/kwok", variables: {} },
    main("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", kubernetes),
    main("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", kubernetes),
    main("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler", kubernetes),
    main("kubectl", "k8s.io/kubernetes/cmd/kubectl", kubernetes),
    { ...main("capi-manager", "sigs.k8s.io/cluster-api", capi), patch: CAPI_ON_LOOPBACK },
    main("clusterctl", "sigs.k8s.io/cluster-api/cmd/clusterctl", capi),
  ];
}

/**
 * Names the variables by which a program knows its version. Clients refuse a server whose version
 * they cannot parse.
 *
 * @param version without a leading `v`, e.g. `1.35.4`
 * @param packages import paths of the packages that hold the variables
 * @returns values by variable
 */
export function versionVariables(
  version: string,
  packages: readonly string[],
): Record<string, string> {
  const [major = "", minor = ""] = version.split(".");
  return Object.fromEntries(packages.flatMap((path) => [
    [`${path}.gitVersion`, `v${version}`],
    [`${path}.gitMajor`, major],
    [`${path}.gitMinor`, minor],
    [`${path}.gitTreeState`, "clean"],
  ]));
}

/**
 * Renders the `-ldflags` value of a component.
 *
 * @param component the program
 * @returns flags that strip symbols and set the variables
 */
export function linkerFlags(component: Pick<Component, "variables">): string {
  const sets = Object.entries(component.variables).map(([name, value]) => `-X ${name}=${value}`);
  return ["-s", "-w", ...sets].join(" ");
}

/** An operating system and architecture, e.g. `linux-x86_64`. */
export function platform(): string {
  return `${Deno.build.os}-${Deno.build.arch}`;
}

/**
 * Names the folder of the cache that belongs to the present pins. It depends on the go.mod and
 * go.sum files, the recipe and the platform only: never on the time, the machine or the Go version.
 *
 * @param forPlatform the platform, for tests
 * @returns 16 hexadecimal digits
 */
export function cacheKey(forPlatform: string = platform()): string {
  const recipe = components(pinnedVersions()).map((c) => [
    c.name,
    c.package,
    linkerFlags(c),
    ...(c.patch ? [c.patch] : []),
  ]);
  const parts = [
    forPlatform,
    JSON.stringify([RECIPE_REVISION, BUILD_FLAGS, MANIFESTS, recipe]),
    ...Object.values(MODULES).flatMap((m) => [m.goMod, m.goSum]),
  ];
  return fingerprint(parts.map((part) => part.replaceAll("\r\n", "\n")).join("\0"));
}

/**
 * A fast 64-bit fingerprint (two FNV-1a halves). It only tells recipes apart: what guards the
 * content of files is their SHA-256 in the inventory.
 *
 * @param text what to tell apart
 * @returns 16 hexadecimal digits
 */
export function fingerprint(text: string): string {
  let low = 0x811c9dc5;
  let high = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit ^ (i & 0xff), 0x01000193);
  }
  return [high, low].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}
