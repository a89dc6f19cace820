/**
 * Rules across the fields of a cluster in the Common Expression Language: what `validate.ts` says in words, as far as an
 * API server can tell.
 *
 * @module
 */
import { MAX_CLUSTER_NAME, MEMORY_STEP_MIB, POD_CIDR, SERVICE_CIDR } from "./constants.ts";
import { type CelRule, QUALIFIED_NAME } from "./schema_parts.ts";

const PROVIDERS = ["aws", "docker", "openstack", "proxmox", "local"];
const MAX_LABEL_VALUE = 63;
const CONFIG = "self.provider.config";
const POOLS = "self.nodes.workerPools";
const BLOCK = "self.networking.default.cidr";
const HAS_BLOCK = "has(self.networking) && has(self.networking.default)";

/** Two blocks overlap when one holds the other. */
const overlap = (a: string, b: string) =>
  `(cidr(${a}).masked().containsCIDR(${b}) || cidr(${b}).masked().containsCIDR(${a}))`;
const reserved = (cidr: string) =>
  [POD_CIDR, SERVICE_CIDR].map((block) => `!${overlap(cidr, `'${block}'`)}`).join(" && ");

/** Rules of the whole object. */
export const CLUSTER_RULES: readonly CelRule[] = [
  {
    rule: `self.metadata.name.size() <= ${MAX_CLUSTER_NAME} && ` +
      "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
    message:
      `metadata.name must be a DNS label of at most ${MAX_CLUSTER_NAME} characters that starts with a letter`,
  },
  {
    rule: "!has(self.spec.nodes.workerPools) || self.spec.nodes.workerPools.all(id, " +
      `self.metadata.name.size() + '-pool-'.size() + id.size() <= ${MAX_LABEL_VALUE})`,
    message: `NAME-pool-ID must be at most ${MAX_LABEL_VALUE} characters long`,
  },
];

/** Rules of `spec`. */
export const SPEC_RULES: readonly CelRule[] = [
  {
    rule: PROVIDERS.map((name) => `(self.providerRef != '${name}' || has(${CONFIG}.${name}))`)
      .join(" && "),
    message: "providerRef names another provider than the one that is configured",
    fieldPath: ".providerRef",
  },
  {
    rule: `!(${HAS_BLOCK}) || (${reserved(BLOCK)})`,
    message: "networking.default.cidr must not overlap the addresses of pods or services",
    fieldPath: ".networking.default.cidr",
  },
  {
    rule: `!has(${CONFIG}.proxmox) || !(${HAS_BLOCK}) || ` +
      `(!cidr(${BLOCK}).containsIP(${CONFIG}.proxmox.controlPlaneEndpoint) && ` +
      `!cidr(${BLOCK}).containsIP(${CONFIG}.proxmox.ipv4Pool.gateway))`,
    message: "networking.default.cidr must not hold the virtual address or the gateway",
    fieldPath: ".networking.default.cidr",
  },
  {
    rule: `!has(self.parentConfig) || !has(self.parentConfig.host) || !(${HAS_BLOCK}) || ` +
      "self.parentConfig.service.type != 'LoadBalancer' || !isIP(self.parentConfig.host) || " +
      `cidr(${BLOCK}).containsIP(self.parentConfig.host)`,
    message: "parentConfig.host must lie within networking.default.cidr",
    fieldPath: ".parentConfig.host",
  },
  {
    rule: `!has(${CONFIG}.proxmox) || !has(${POOLS}) || ${POOLS}.all(id, ` +
      `!has(${POOLS}[id].nodeClass) || ` +
      `(${POOLS}[id].nodeClass.matches('^[1-9][0-9]{0,2}x[1-9][0-9]{2,7}(x[1-9][0-9]{0,4})?$') && ` +
      `int(${POOLS}[id].nodeClass.split('x')[1]) % ${MEMORY_STEP_MIB} == 0))`,
    message: "nodeClass must be CORESxMIB or CORESxMIBxGB on Proxmox",
    fieldPath: ".nodes.workerPools",
  },
];

/** Rule of a network that must be free of those that every cluster uses inside. */
export const OWN_NETWORK_RULE: CelRule = {
  rule: reserved("self"),
  message: "must not overlap the addresses of pods or services",
};

const NETWORK = "cidr(self.ipv4Pool.range.split('-')[0] + '/' + self.ipv4Pool.range.split('/')[1])";

/** Rules of the addresses of Proxmox machines. Whether an address lies between two others cannot be said here. */
export const PROXMOX_NETWORK_RULES: readonly CelRule[] = [
  {
    rule: "int(self.ipv4Pool.range.split('/')[1]) <= 32 && " +
      `${NETWORK}.masked().containsIP(self.ipv4Pool.gateway)`,
    message: "the gateway must lie within the network of the range",
    fieldPath: ".ipv4Pool.gateway",
  },
  {
    rule: "int(self.ipv4Pool.range.split('/')[1]) <= 32 && " +
      `${NETWORK}.masked().containsIP(self.controlPlaneEndpoint)`,
    message: "controlPlaneEndpoint must lie within the network of the range",
    fieldPath: ".controlPlaneEndpoint",
  },
];

/** Labels of Kubernetes's own domains that a node may have. */
const LEGAL_LABEL = "k in ['kubernetes.io/arch', 'kubernetes.io/hostname', 'kubernetes.io/os', " +
  "'topology.kubernetes.io/region', 'topology.kubernetes.io/zone'] || " +
  "k.matches('^([a-z0-9.-]+[.])?(kubelet|node|node-role|node-restriction)[.]kubernetes[.]io/') || " +
  "k.matches('^([a-z0-9.-]+[.])?node[.]cluster[.]x-k8s[.]io/')";

/** Rules of the labels of a pool. */
export const LABEL_RULES: readonly CelRule[] = [{
  rule: `self.all(k, k.matches(${JSON.stringify(QUALIFIED_NAME.source)}))`,
  message: "a label key must be name or prefix/name",
}, {
  rule: `self.all(k, !k.matches('^([a-z0-9.-]+[.])?(kubernetes|k8s)[.]io/') || ${LEGAL_LABEL})`,
  message: "a node may not have a label of a domain that is reserved for Kubernetes",
}];

/** Rule of the key of a taint. */
export const TAINT_KEY_RULE: CelRule = {
  rule: "self == 'node.kubernetes.io/out-of-service' || " +
    "!(self.startsWith('node.kubernetes.io/') || " +
    "self.startsWith('node.cloudprovider.kubernetes.io/') || " +
    "self in ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master', " +
    "'node.cluster.x-k8s.io/uninitialized', 'node.cluster.x-k8s.io/outdated-revision'])",
  message: "is set by Kubernetes or Cluster API",
};
