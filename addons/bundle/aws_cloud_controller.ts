/**
 * Amazon's cloud controller manager: it makes nodes schedulable and load balancers real.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import type { PolicyRule } from "../rules.ts";
import {
  clusterRole,
  clusterRoleBinding,
  meta,
  objectsPart,
  ON_CONTROL_PLANE,
  RBAC_GROUP,
  rule,
  serviceAccount,
  TOLERATE_NEW_NODES,
} from "./objects.ts";
import type { Addon, AddonInput } from "./types.ts";
import { releaseFor } from "./versions.ts";

const NAMESPACE = "kube-system";
const NAME = "aws-cloud-controller-manager";
const LABELS = { "k8s-app": NAME };
const ACCOUNT = { name: "cloud-controller-manager", namespace: NAMESPACE };
const ROLE = "system:cloud-controller-manager";
const READER = "extension-apiserver-authentication-reader";

const RULES: readonly PolicyRule[] = [
  rule("", "events", "create patch update"),
  rule("", "nodes", "*"),
  rule("", "nodes/status", "patch"),
  rule("", "services services/status", "list patch update watch"),
  rule("", "serviceaccounts", "create get list watch"),
  rule("", "persistentvolumes", "get list update watch"),
  rule("", "configmaps", "list watch"),
  rule("", "endpoints", "create get list watch update"),
  rule("coordination.k8s.io", "leases", "create get list watch update"),
  rule("", "serviceaccounts/token", "create"),
];

/** Nodes and load balancers of Amazon. */
export const awsCloudController: Addon = {
  name: NAME,
  namespace: NAMESPACE,
  isWanted: ({ provider }) => provider === "aws",
  parts: (input) => [
    objectsPart([
      serviceAccount(ACCOUNT),
      readerBinding(),
      clusterRole(ROLE, RULES),
      clusterRoleBinding(ROLE, ROLE, ACCOUNT),
      daemonSet(input),
    ]),
  ],
};

function readerBinding(): KubeObject {
  return {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: "RoleBinding",
    metadata: meta("cloud-controller-manager:apiserver-authentication-reader", NAMESPACE),
    roleRef: { apiGroup: RBAC_GROUP, kind: "Role", name: READER },
    subjects: [{ kind: "ServiceAccount", ...ACCOUNT }],
  };
}

function daemonSet(input: AddonInput): KubeObject {
  const release = releaseFor(input, input.options.versions.awsCloudControllerManager);
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: meta(NAME, NAMESPACE, LABELS),
    spec: {
      selector: { matchLabels: LABELS },
      updateStrategy: { type: "RollingUpdate" },
      template: {
        metadata: { labels: LABELS },
        spec: {
          serviceAccountName: ACCOUNT.name,
          priorityClassName: "system-node-critical",
          // It runs before there is a pod network.
          hostNetwork: true,
          affinity: ON_CONTROL_PLANE,
          tolerations: TOLERATE_NEW_NODES,
          containers: [{
            name: NAME,
            image: `registry.k8s.io/provider-aws/cloud-controller-manager:v${release}`,
            args: [
              "--v=2",
              "--cloud-provider=aws",
              "--use-service-account-credentials=true",
              "--configure-cloud-routes=false",
            ],
            resources: { requests: { cpu: "200m" } },
          }],
        },
      },
    },
  };
}
