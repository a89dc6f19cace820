import { deepEqual, equal } from "node:assert/strict";
import { parseCluster } from "@lattice/api";
import { type KubeObject, Store, type WatchSpec } from "@lattice/kube";
import { renderCluster } from "@lattice/providers";
import { cachedReads, JOURNAL } from "./reads.ts";

const signal = new AbortController().signal;

function object(kind: string, name: string, namespace?: string, cluster?: string): KubeObject {
  const labels = cluster === undefined ? {} : { "cluster.x-k8s.io/cluster-name": cluster };
  const metadata = { name, labels, ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion: "example.com/v1", kind, metadata };
}

/** Copies with these objects, and the watches that were asked for. */
function copies(...objects: KubeObject[]) {
  const watches: WatchSpec[] = [];
  const reads = cachedReads((spec) => {
    watches.push(spec);
    const store = new Store();
    for (const one of objects.filter(({ kind }) => kind === spec.kind)) {
      const { namespace, name } = one.metadata;
      store.put(namespace === undefined ? name : `${namespace}/${name}`, one);
    }
    return Promise.resolve(store);
  });
  return { reads, watches };
}

const DEPLOYMENT = { apiVersion: "cluster.x-k8s.io/v1beta2", kind: "MachineDeployment" };

Deno.test("cachedReads() finds and lists what the copies have, as a client would", async () => {
  const pool = object("MachineDeployment", "a", "capi-demo", "demo");
  const foreign = object("MachineDeployment", "b", "capi-demo", "other");
  const far = object("MachineDeployment", "c", "capi-far", "demo");
  const { reads } = copies(pool, foreign, far);
  equal(await reads.find({ ...DEPLOYMENT, namespace: "capi-demo", name: "a" }), pool);
  equal(await reads.find({ ...DEPLOYMENT, namespace: "capi-demo", name: "c" }), undefined);
  const labelSelector = "cluster.x-k8s.io/cluster-name=demo";
  const listed = await reads.list(DEPLOYMENT, { namespace: "capi-demo", labelSelector, signal });
  deepEqual(listed.items, [pool]);
  const all = await reads.list(DEPLOYMENT, { namespace: "capi-demo", signal });
  deepEqual(all.items, [pool, foreign]);
});

Deno.test("cachedReads() watches no more than belongs to clusters", async () => {
  const { reads, watches } = copies();
  await reads.find({ ...DEPLOYMENT, namespace: "capi-demo", name: "a" });
  await reads.find({ ...JOURNAL, namespace: "capi-demo" });
  await reads.find({ apiVersion: "v1", kind: "Namespace", name: "capi-demo" });
  deepEqual(
    watches.map(({ kind, labelSelector, fieldSelector }) => [
      kind,
      labelSelector,
      fieldSelector,
    ]),
    [
      ["MachineDeployment", "cluster.x-k8s.io/cluster-name", undefined],
      ["ConfigMap", undefined, "metadata.name=lattice-move"],
      ["Namespace", undefined, undefined],
    ],
  );
});

Deno.test("a change of any object means the cluster that it belongs to", async () => {
  const { reads, watches } = copies();
  await reads.find({ ...DEPLOYMENT, namespace: "capi-demo", name: "a" });
  const map = (one: KubeObject) => watches[0]?.map(one).map(({ name }) => name);
  deepEqual(map(object("MachineDeployment", "a", "capi-demo", "demo")), ["demo"]);
  deepEqual(map(object("ConfigMap", "lattice-move", "capi-demo")), ["demo"]);
  deepEqual(map(object("Namespace", "capi-demo")), ["demo"]);
  deepEqual(map(object("Namespace", "kube-system")), []);
  deepEqual(map(object("ConfigMap", "lattice-move", "default")), []);
});

Deno.test("every rendered object carries the label that its copies are selected by", async () => {
  for (const provider of ["aws", "docker", "local", "openstack", "proxmox"]) {
    const file = new URL(`../../examples/${provider}.yaml`, import.meta.url);
    const rendered = renderCluster(parseCluster(await Deno.readTextFile(file)));
    const without = rendered
      .filter(({ metadata }) => metadata.labels?.["cluster.x-k8s.io/cluster-name"] === undefined)
      .map(({ kind }) => kind);
    deepEqual(without, [], provider);
  }
});
