/**
 * Recipes of the sets that make machines in a cloud, or bootstrap them with RKE2. Each is compiled
 * with the go.mod of its own release.
 *
 * @module
 */
import type { SourcePatch } from "../recipe.ts";
import { onLoopback, providerFiles } from "./parts.ts";
import { type PinName, pinned, PINS } from "./pins.ts";
import type { SetProgram, SetRecipe } from "./recipe.ts";

const WEBHOOK_PORT = "Port:    webhookPort,";

function manager(
  name: string,
  pin: PinName,
  folder: string,
  patches: readonly SourcePatch[],
): SetProgram {
  const { module, version } = PINS[pin];
  return {
    name,
    module,
    package: folder,
    variables: { [`${module}/version.gitVersion`]: version },
    patches,
  };
}

const RKE2_MODULE = PINS.caprke2.module;

/** The managers that bootstrap machines with RKE2 and run its control plane. */
export const RKE2: SetRecipe = {
  name: "rke2",
  ...pinned(["caprke2"]),
  sources: {},
  programs: ["bootstrap", "controlplane"].map((part) =>
    manager(
      part === "bootstrap" ? "rke2-bootstrap-manager" : "rke2-control-plane-manager",
      "caprke2",
      `./${part}`,
      [onLoopback(RKE2_MODULE, `${part}/main.go`, WEBHOOK_PORT)],
    )
  ),
  files: [
    ...providerFiles({
      name: "rke2-bootstrap",
      module: RKE2_MODULE,
      config: "bootstrap/config",
      label: "bootstrap-rke2",
    }),
    ...providerFiles({
      name: "rke2-control-plane",
      module: RKE2_MODULE,
      config: "controlplane/config",
      label: "control-plane-rke2",
      roles: ["aggregated_role.yaml"],
    }),
  ],
};

/** The manager of OpenStack clusters. */
export const OPENSTACK: SetRecipe = {
  name: "openstack",
  ...pinned(["capo"]),
  sources: {},
  programs: [
    manager("capo-manager", "capo", ".", [
      onLoopback(PINS.capo.module, "main.go", WEBHOOK_PORT),
    ]),
  ],
  files: providerFiles({
    name: "capo",
    module: PINS.capo.module,
    config: "config",
    label: "infrastructure-openstack",
  }),
};

/** The manager of AWS clusters. */
export const AWS: SetRecipe = {
  name: "aws",
  ...pinned(["capa"]),
  sources: {},
  programs: [
    manager("capa-manager", "capa", ".", [
      onLoopback(PINS.capa.module, "main.go", WEBHOOK_PORT),
    ]),
  ],
  files: providerFiles({
    name: "capa",
    module: PINS.capa.module,
    config: "config",
    label: "infrastructure-aws",
  }),
};

/** Its webhook server has a fixed port and no flags; these give it those of the other managers. */
const CAPMOX_PATCHES: readonly SourcePatch[] = [
  {
    find: "Port: 9443,",
    replace: 'Host: "127.0.0.1", Port: webhookPort, CertDir: webhookCertDir,',
  },
  {
    find: "	enableWebhooks              bool\n",
    replace: "	enableWebhooks              bool\n	webhookPort int\n	webhookCertDir string\n",
  },
  {
    find: "	fs.BoolVar(&enableWebhooks,",
    replace: '	fs.IntVar(&webhookPort, "webhook-port", 9443, "Port of the webhook server")\n' +
      '	fs.StringVar(&webhookCertDir, "webhook-cert-dir", "", "Folder of its certificate")\n' +
      "	fs.BoolVar(&enableWebhooks,",
  },
].map((change) => ({ module: PINS.capmox.module, file: "cmd/main.go", ...change }));

/** The manager of Proxmox clusters, and the one that gives out their addresses. */
export const PROXMOX: SetRecipe = {
  name: "proxmox",
  ...pinned(["capmox", "ipamInCluster"]),
  sources: {},
  programs: [
    manager("ipam-manager", "ipamInCluster", ".", [
      onLoopback(PINS.ipamInCluster.module, "main.go", "Port:     webhookPort,"),
    ]),
    manager("capmox-manager", "capmox", "./cmd", CAPMOX_PATCHES),
  ],
  files: [
    ...providerFiles({
      name: "ipam",
      module: PINS.ipamInCluster.module,
      config: "config",
      label: "ipam-in-cluster",
      prefix: "capi-ipam-in-cluster-",
    }),
    ...providerFiles({
      name: "capmox",
      module: PINS.capmox.module,
      config: "config",
      label: "infrastructure-proxmox",
      dropRepeatedRules: true,
    }),
  ],
};
