/**
 * Istio's part on each node that leads pods into the mesh.
 *
 * @module
 */
import { ISTIO_NAMESPACE } from "./istio_base.ts";
import { chartPart } from "./objects.ts";
import type { Addon } from "./types.ts";

/** What Lattice sets of the chart `cni`. */
interface IstioCniValues {
  readonly profile: "ambient";
  readonly cniConfFileName: string;
}

/** The plugin is chained into the file that Cilium writes; without a name it takes the first file it finds. */
const VALUES: IstioCniValues = {
  profile: "ambient",
  cniConfFileName: "05-cilium.conflist",
};

/** The way into the mesh. */
export const istioCni: Addon = {
  name: "istio-cni",
  namespace: ISTIO_NAMESPACE,
  parts: ({ options }) => [chartPart("cni", options.versions.istio, VALUES, "istio-cni")],
};
