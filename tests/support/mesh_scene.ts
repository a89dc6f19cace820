/**
 * The mesh controllers on a fake cluster: people declare things, the operator dies, and every moment is judged.
 *
 * @module
 */
import assert from "node:assert/strict";
import { objectKey, readObject, SERVICE_LABEL } from "@lattice/api";
import type { KubeObject } from "@lattice/kube";
import { compileAll, graphOf, waypointOf } from "@lattice/policy";
import { externalOutputs, renderWorkload, serviceOutputs } from "@lattice/workload";
import { runMesh } from "../../operator/mesh/controller.ts";
import { MESH_KINDS } from "../../operator/mesh/kinds.ts";
import { causeOf, isApplied, layerOf } from "../../operator/mesh/ownership.ts";
import { FakeCluster } from "./fake_cluster.ts";
import { type Declared, isAgreed, type Question, questions } from "./mesh_model.ts";
import { type Dice, idOf } from "./mesh_random.ts";
import { type Judgement, MeshWorld } from "./mesh_world.ts";

/** Name of the cluster. */
export const CLUSTER = "prod";
/** Longest wait for the objects to be what they should, in milliseconds. */
const CONVERGED_MS = 60_000;
const NAMESPACES = ["a", "pay", "shop", "shop-pay", "lattice-system", "istio-system"];
const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** What an operator that dies throws. */
class Death extends Error {}

/** A cluster, what people declared in it, and an operator that comes back whenever it dies. */
export class MeshScene implements AsyncDisposable {
  readonly cluster: FakeCluster;
  /** What is declared and valid, by kind and key. */
  readonly declared = new Map<string, Declared>();
  /** Moments that were judged. */
  moments = 0;
  /** Writes that were seen. */
  writes = 0;
  /** Times that the operator died. */
  deaths = 0;
  /** Writes until the operator dies; infinite: it lives. */
  fuse = Number.POSITIVE_INFINITY;
  /** Chance that a write fails, before or after it took effect. */
  failing = 0;
  readonly #dice: Dice;
  #operator: { stop: AbortController; done: Promise<void> } | undefined;
  /** What was declared at some time since everything was as it should be. */
  #recent: Declared[][] = [];
  #violations: string[] = [];
  #judging = false;
  /** Layers that gave something since everything was as it should be. */
  readonly #grown = new Set<string>();
  #layers = new Map<string, Set<string>>();
  /** Whether a layer that takes something away after it gave something makes a mistake. */
  ordered = false;

  constructor(dice: Dice) {
    this.#dice = dice;
    this.cluster = new FakeCluster(() => this.#pause());
    for (const name of NAMESPACES) {
      this.cluster.put({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    }
    for (const { crd, apiVersion } of MESH_KINDS) {
      if (crd) this.cluster.put(definition(crd, apiVersion));
    }
    this.cluster.onWrite = (moment, description) => this.#onWrite(moment, description);
  }

  /** Starts the operator. */
  start(): void {
    const stop = new AbortController();
    const done = runMesh({
      client: this.cluster.client(),
      clusterName: CLUSTER,
      now: () => new Date(0),
      observe: (_controller, run) => run(),
      meter: { compiled: () => {}, follow: () => {} },
      log: QUIET,
      signal: stop.signal,
    });
    this.#operator = { stop, done };
  }

  /** Stops the operator in the middle of whatever it does. */
  async stop(): Promise<void> {
    const operator = this.#operator;
    this.#operator = undefined;
    operator?.stop.abort(new Death("The operator died"));
    await operator?.done.catch(() => undefined);
  }

  /** Declares an object, or changes it; one that breaks a rule is left out. */
  declare(object: Declared): void {
    if (readObject(object).object === undefined) return;
    this.declared.set(idOf(object), object);
    this.#noteDeclared();
    this.cluster.put(object as unknown as KubeObject);
  }

  /** Takes an object back. */
  revoke(id: string): void {
    const object = this.declared.get(id);
    if (!object) return;
    this.declared.delete(id);
    this.#noteDeclared();
    const { apiVersion, kind, metadata: { name, namespace } } = object;
    this.cluster.remove({ apiVersion, kind, name, namespace }, this.#dice.chance(0.5));
  }

  /** Makes an object one that breaks a rule. */
  spoil(id: string): void {
    const object = this.declared.get(id);
    if (!object) return;
    this.declared.delete(id);
    this.#noteDeclared();
    this.cluster.put({ ...object, spec: { nonsense: true } } as unknown as KubeObject);
  }

  /** Does what somebody might do to an applied object by hand: changes it, adds to it, deletes it. */
  meddle(): void {
    const policies = this.cluster.objects().filter((object) =>
      isApplied(object) && /Policy$/.test(object.kind)
    );
    const object = this.#dice.pick(policies);
    const { apiVersion, kind, metadata: { name, namespace } } = object;
    const spec = object["spec"] as Record<string, unknown>;
    if (this.#dice.chance(0.3)) return this.cluster.remove({ apiVersion, kind, name, namespace });
    const added = this.#dice.pick([
      { ingress: [{ fromEntities: ["all"] }] },
      { rules: [{}] },
      { extra: { field: true } },
      { enableDefaultDeny: { ingress: false } },
    ]);
    this.cluster.put({ ...object, spec: { ...spec, ...added } });
  }

  /** What the cluster has of a key, as text. */
  stateOf(key: string): string {
    return JSON.stringify(
      this.cluster.objects().filter((object) => isApplied(object) && causeOf(object)?.key === key)
        .map(content).sort(),
    );
  }

  /** The calls that get through though only an object that broke a rule since would allow them. */
  callsOf(key: string, declared: readonly Declared[]): string[] {
    const objects = this.#policies();
    return new MeshWorld(declared, objects, CLUSTER).judgeAll().filter(({ l4, mesh, question }) => {
      const sides = [question.caller, question.callee].map(objectKey);
      return l4 && (mesh ?? true) && sides.includes(key) && sides[0] !== sides[1];
    }).map(({ question }) => callId(question));
  }

  /** Waits until the objects are those of a fresh compilation, then forgets what was declared before. */
  async converge(frozen: ReadonlySet<string> = new Set()): Promise<void> {
    const deadline = performance.now() + CONVERGED_MS;
    while (true) {
      if (this.#operator === undefined) {
        this.deaths++;
        this.start();
      }
      this.#failOnViolations();
      const problem = this.difference(frozen);
      if (problem === undefined) break;
      assert.ok(performance.now() < deadline, `not converged: ${problem}`);
      await turn();
    }
    this.#recent = [[...this.declared.values()]];
    this.#grown.clear();
    if (this.ordered) this.#layers = this.#layersNow();
  }

  /** Judges moments from now on. */
  watchMoments(): void {
    this.#judging = true;
    this.#recent = [[...this.declared.values()]];
  }

  /** Judges moments no longer: what people do to policies by hand may let anything through for a moment. */
  stopWatching(): void {
    this.#judging = false;
  }

  /** How the objects differ from a fresh compilation; undefined: not at all. */
  difference(frozen: ReadonlySet<string> = new Set()): string | undefined {
    const isFrozen = ({ metadata: { namespace, labels } }: KubeObject) =>
      frozen.has(
        `${namespace}/${labels?.[SERVICE_LABEL] ?? labels?.["lattice.dev/external-service"]}`,
      );
    const fresh = this.#fresh();
    const wanted = new Map(fresh.objects.map((object) => [refText(object), object]));
    const mayStay = (object: KubeObject) =>
      layerOf(object) === "workload" && fresh.blocked.has(causeOf(object)?.key ?? "");
    for (const object of this.cluster.objects()) {
      const text = refText(object);
      const isOurs = object.kind !== "Namespace" && isApplied(object) &&
        MESH_KINDS.some(({ kind }) => kind === object.kind) && !isFrozen(object);
      if (!wanted.has(text)) {
        if (isOurs && !mayStay(object)) return `${text} is left over`;
        if (object.kind === "Namespace" && object.metadata.labels?.["istio.io/dataplane-mode"]) {
          return `${text} is still enrolled`;
        }
        continue;
      }
      if (content(object) !== content(wanted.get(text) as KubeObject)) {
        return `${text} differs:\n${content(object)}\n${content(wanted.get(text) as KubeObject)}`;
      }
      wanted.delete(text);
    }
    const [missing] = wanted.keys();
    return missing === undefined ? undefined : `${missing} is missing`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** What a fresh compilation makes, and the services whose workloads something stands in the way of. */
  #fresh(): { objects: KubeObject[]; blocked: Set<string> } {
    const declared = [...this.declared.values()];
    const find = (kind: string, key: string) => this.declared.get(`${kind} ${key}`);
    const blocked = new Set<string>();
    const workloads = declared.flatMap((service) => {
      if (service.kind !== "LatticeService") return [];
      const waypoint = waypointOf(service);
      const result = renderWorkload(service, {
        cluster: { name: CLUSTER },
        ...(waypoint === undefined ? {} : { waypoint }),
        resolve: ({ type, name, namespace }) => {
          const kind = type === "service" ? "LatticeService" : "LatticeExternalService";
          const target = find(kind, `${namespace}/${name}`);
          if (target?.kind === "LatticeService") return serviceOutputs(target);
          return target && externalOutputs(target);
        },
      });
      if (result.blocked) blocked.add(objectKey(service));
      return result.objects;
    });
    const policies = compileAll(graphOf(declared), { cluster: CLUSTER });
    return { objects: [...policies, ...workloads], blocked };
  }

  #noteDeclared(): void {
    this.#recent.push([...this.declared.values()]);
    // What is asked about has changed, the objects have not yet.
    if (this.ordered) this.#layers = this.#layersNow();
  }

  async #pause(): Promise<void> {
    if (this.#dice.chance(0.3)) await turn();
  }

  #onWrite(moment: "before" | "after", description: string): void {
    if (this.#operator?.stop.signal.aborted ?? true) throw new Death("The operator is dead");
    if (moment === "before") this.writes++;
    else this.#judge(description);
    const isWorkload = / (Deployment|Service|ServiceAccount|ConfigMap) /.test(description);
    if (this.#dice.chance(isWorkload ? this.failing / 4 : this.failing)) {
      throw new Error(`a fault ${moment} ${description}`);
    }
    this.fuse -= 0.5;
    if (this.fuse > 0) return;
    this.fuse = Number.POSITIVE_INFINITY;
    // Whoever waits starts it again.
    this.stop();
    throw new Death(`The operator died ${moment} ${description}`);
  }

  #judge(description: string): void {
    if (
      !this.#judging || !/Policy|Gateway|ServiceEntry|Namespace|Authentication/.test(description)
    ) {
      return;
    }
    this.moments++;
    const passing = this.#passingNow();
    const allowed = new Set(this.#recent.flatMap((declared) => agreedCalls(declared)));
    const wide = [...passing].filter((call) => !allowed.has(call));
    if (wide.length > 0) {
      this.#violations.push(
        `${description} lets through what nobody agreed to: ${wide.join("; ")}`,
      );
    }
    if (this.ordered) this.#judgeOrder(description);
  }

  /** Each layer by itself takes away before it gives, and never does both in one write. */
  #judgeOrder(description: string): void {
    const now = this.#layersNow();
    for (const [layer, before] of this.#layers) {
      const after = now.get(layer) ?? new Set();
      const lost = before.difference(after);
      const given = after.difference(before);
      if (lost.size > 0 && (given.size > 0 || this.#grown.has(layer))) {
        this.#violations.push(`${description}: ${layer} takes ${[...lost]} after it gave`);
      }
      if (given.size > 0) this.#grown.add(layer);
    }
    this.#layers = now;
  }

  /** What each layer lets through between services. */
  #layersNow(): Map<string, Set<string>> {
    const objects = this.#policies();
    const judged = this.#recent.flatMap((declared) =>
      new MeshWorld(declared, objects, CLUSTER).judgeAll()
    ).filter(({ question }) => question.callee.kind === "LatticeService");
    const idsOf = (passes: (judgement: Judgement) => boolean | undefined) =>
      new Set(judged.filter(passes).map(({ question }) => callId(question)));
    return new Map([["Cilium", idsOf(({ l4 }) => l4)], ["Istio", idsOf(({ mesh }) => mesh)]]);
  }

  #policies(): KubeObject[] {
    return this.cluster.objects().filter(({ kind }) => kind !== "CustomResourceDefinition");
  }

  #passingNow(): Set<string> {
    const objects = this.#policies();
    return new Set(
      this.#recent.flatMap((declared) =>
        new MeshWorld(declared, objects, CLUSTER).judgeAll()
          .filter(({ l4, mesh }) => l4 && (mesh ?? true)).map(({ question }) => callId(question))
      ),
    );
  }

  #failOnViolations(): void {
    assert.deepEqual(this.#violations, []);
  }
}

function agreedCalls(declared: readonly Declared[]): string[] {
  return questions(declared).filter(({ caller, callee }) => isAgreed(caller, callee, declared))
    .map(callId);
}

function callId({ caller, callee, target, protocol, host = "" }: Question): string {
  return [idOf(caller), idOf(callee), target, protocol, host].join(" ");
}

function definition(name: string, apiVersion: string): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name },
    spec: { versions: [{ name: apiVersion.split("/")[1], served: true }] },
    status: { conditions: [{ type: "Established", status: "True" }] },
  };
}

function refText({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
}

/** What an object says, whoever says it. */
function content({ metadata, status: _status, ...rest }: KubeObject): string {
  const labels = rest.kind === "Namespace"
    ? { mode: metadata.labels?.["istio.io/dataplane-mode"] }
    : metadata.labels;
  return JSON.stringify(
    { ...rest, labels },
    (_key, value: unknown) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1))
        : value,
  );
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
