/**
 * Shell commands that run on new control-plane machines.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import type { BootstrapInfo, Rendering } from "../rendering.ts";

const UNTAINT = [
  "kubectl taint nodes --all node-role.kubernetes.io/control-plane:NoSchedule- || true",
  "kubectl taint nodes --all node-role.kubernetes.io/etcd:NoExecute- || true",
];

// kubeadm and rke2 keep the admin's kubeconfig and kubectl in different places.
const FIND_KUBECONFIG = `if [ -s /etc/rancher/rke2/rke2.yaml ]; then
  export KUBECONFIG=/etc/rancher/rke2/rke2.yaml PATH="$PATH:/var/lib/rancher/rke2/bin"
elif [ -s /etc/kubernetes/admin.conf ]; then
  export KUBECONFIG=/etc/kubernetes/admin.conf
else
  echo "no kubeconfig on this node" >&2
  exit 1
fi`;

/**
 * The commands that an existing control plane has; they must not change, since that would replace its machines.
 *
 * What a new machine does with a token that is used up is to see that another node was first.
 *
 * @param rendering the run
 * @param kind kind of the control plane
 * @param commandsOf reads the commands out of its spec
 * @returns shell commands, or undefined when there is no such control plane yet
 */
export function existingCommands(
  { names, context }: Rendering,
  kind: string,
  commandsOf: (object: KubeObject) => unknown,
): string[] | undefined {
  const plane = context.existing?.find((object) =>
    object.kind === kind && object.metadata.name === names.controlPlane
  );
  const commands = plane && commandsOf(plane);
  return Array.isArray(commands) ? commands.map(String) : undefined;
}

/**
 * The commands that run after Kubernetes came up on a control-plane machine.
 *
 * With a parent: fetch what the cluster needs from the parent's webhook and apply it, once in the whole
 * cluster. Without one: only make room for pods on the control plane.
 *
 * @param rendering the run
 * @returns shell commands, in order
 */
export function afterBootstrap({ names, context }: Rendering): string[] {
  const { bootstrapInfo } = context;
  if (!bootstrapInfo) return [bash("LATTICE_UNTAINT", [FIND_KUBECONFIG, ...UNTAINT].join("\n"))];
  return [
    `cat > "\${TMPDIR:-/tmp}/cell-ca.crt" <<'LATTICE_CA'\n${bootstrapInfo.caCertPem.trimEnd()}\nLATTICE_CA`,
    bash("LATTICE_BOOTSTRAP", bootstrapScript(names.cluster, bootstrapInfo)),
    'rm -f "${TMPDIR:-/tmp}/cell-ca.crt"',
  ];
}

function bash(marker: string, script: string): string {
  return `bash <<'${marker}'\n${script}\n${marker}`;
}

// The token goes to curl on standard input: arguments can be read by every user of the machine. The status code is
// read without --fail, which would turn it into an exit code; 401, 409 and 410 all say that another node was first.
function bootstrapScript(cluster: string, { endpoint, token }: BootstrapInfo): string {
  return `set -uo pipefail
${FIND_KUBECONFIG}
${UNTAINT.join("\n")}
dir="\${TMPDIR:-/tmp}"
manifests="$dir/bootstrap-manifests.yaml"
rm -f "$manifests"
next_delay() {
  if [ "$1" -lt 60 ]; then echo $(( $1 * 2 )); else echo 60; fi
}
delay=5
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12; do
  code=$(printf 'header = "Authorization: Bearer %s"\\n' '${token}' |
    curl --silent --config - --cacert "$dir/cell-ca.crt" --max-time 30 \\
      --output "$manifests" --write-out '%{http_code}' \\
      '${endpoint}/api/clusters/${cluster}/manifests') || code=000
  case "$code" in
    200) break ;;
    401|409|410) rm -f "$manifests"; break ;;
  esac
  rm -f "$manifests"
  if [ "$attempt" -lt 12 ]; then sleep "$delay"; fi
  delay=$(next_delay "$delay")
done
if [ -s "$manifests" ]; then
  delay=5
  for attempt in 1 2 3 4 5 6; do
    kubectl apply --server-side --force-conflicts -f "$manifests" && break
    if [ "$attempt" -lt 6 ]; then sleep "$delay"; fi
    delay=$(next_delay "$delay")
  done
fi
rm -f "$manifests"
exit 0`;
}
