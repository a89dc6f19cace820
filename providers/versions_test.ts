import assert from "node:assert/strict";
import { parseCluster } from "@lattice/api";
import proxmox from "../examples/proxmox.yaml" with { type: "text" };
import kwokModule from "../tools/kwok/go.mod" with { type: "text" };
import toolsModule from "../tools/go.mod" with { type: "text" };
import { versions } from "./versions.ts";

function required(module: string, path: string): string | undefined {
  const line = module.split("\n").find((one) => one.trim().startsWith(`${path} v`));
  return line?.trim().split(" ")[1]?.slice(1);
}

Deno.test("versions.json agrees with the components that tools/ builds", () => {
  const pinned = {
    kubernetes: required(toolsModule, "k8s.io/kubernetes"),
    etcd: required(toolsModule, "go.etcd.io/etcd/server/v3"),
    capi: required(toolsModule, "sigs.k8s.io/cluster-api"),
    kwok: required(kwokModule, "sigs.k8s.io/kwok"),
  };
  const { kubernetes, etcd, capi, kwok } = versions;
  assert.deepEqual({ kubernetes, etcd, capi, kwok }, pinned);
});

Deno.test("versions.json agrees with the defaults of the schema", () => {
  const image = parseCluster(proxmox).spec.provider.config.proxmox?.kubeVipImage;
  assert.equal(image, `ghcr.io/kube-vip/kube-vip:v${versions.kubeVip}`);
});

Deno.test("every version is a plain version", () => {
  for (const [component, version] of Object.entries(versions)) {
    assert.match(version, /^[0-9]+\.[0-9]+\.[0-9]+$/, component);
  }
});
