/**
 * Cilium's own policy engine, asked by tests: a process of `tests/oracle/cilium` that reads worlds and answers
 * what it lets through.
 *
 * @module
 */
import type { KubeObject } from "@lattice/api";
import { DeadlineError } from "@lattice/api/errors";
import { z } from "zod";
import { locateSet } from "../../tools/locate.ts";
import { CiliumModel, type Endpoint, type Flow, type Layer4, type Outside } from "./mesh_cilium.ts";

/** Longest wait for one answer, in milliseconds: a world takes some milliseconds on a quiet machine. */
const ANSWER_MS = 120_000;
/** How often a world may be asked again because an answer led to further flows. */
const ROUNDS = 100;

const answerSchema = z.strictObject({
  egress: z.string(),
  ingress: z.string(),
  error: z.string().optional(),
});

const NAMESPACE = "k8s:io.kubernetes.pod.namespace";
const ACCOUNT = "k8s:io.cilium.k8s.policy.serviceaccount";

/** What the engine said of some flows, and where our own model says something else. */
export interface Verdicts<T> {
  /** What the judge returned with the engine's answers. */
  readonly result: T;
  /** Flows that the engine decided. */
  readonly flows: number;
  /** Flows of which `CiliumModel` says something else; empty when it is right. */
  readonly disagreements: readonly string[];
}

/** A running engine. Dispose it. */
export class CiliumOracle implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #ids = new WeakMap<Endpoint | Outside, string>();
  #rest = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /**
   * Starts the engine: the program that `LATTICE_CILIUM_ORACLE` names, else that of the set `oracle`.
   *
   * @throws {LatticeError} `prerequisite` when the set is not built
   */
  static async start(): Promise<CiliumOracle> {
    const path = Deno.env.get("LATTICE_CILIUM_ORACLE") ||
      (await locateSet("oracle")).bin("cilium-oracle");
    return new CiliumOracle(
      new Deno.Command(path, { stdin: "piped", stdout: "piped", stderr: "inherit" }).spawn(),
    );
  }

  /**
   * Judges a world with the engine in the place of the model: the judge runs again until the engine has answered
   * every flow that it asks about. Until then the model's answer stands in, so that few rounds are enough.
   *
   * @param objects objects of any kind; Cilium's are loaded, and the labels of namespaces
   * @param judge what to find out; it must be a pure function of the answers
   * @returns what the judge returned at last, and where the model disagrees
   */
  async judge<T>(objects: readonly KubeObject[], judge: (l4: Layer4) => T): Promise<Verdicts<T>> {
    const model = new CiliumModel(objects);
    const known = new Map<string, { flow: Flow; allowed: boolean }>();
    for (let round = 0; round < ROUNDS; round++) {
      const open = new Map<string, Flow>();
      const result = judge({
        allows: (flow) => {
          const id = this.#flowId(flow);
          const answer = known.get(id);
          if (!answer) open.set(id, flow);
          return answer?.allowed ?? model.allows(flow);
        },
      });
      if (open.size === 0) return { result, ...compared(model, known) };
      const answers = await this.#ask(objects, [...open.values()]);
      for (const [index, [id, flow]] of [...open].entries()) {
        known.set(id, { flow, allowed: answers[index] ?? false });
      }
    }
    throw new Error(`The judge still asks after ${ROUNDS} rounds`);
  }

  async #ask(objects: readonly KubeObject[], flows: readonly Flow[]): Promise<boolean[]> {
    const ends: (Endpoint | Outside)[] = [];
    const indexes = new Map<string, number>();
    const indexOf = (end: Endpoint | Outside): number => {
      const id = this.#endId(end);
      const index = indexes.get(id) ?? ends.push(end) - 1;
      indexes.set(id, index);
      return index;
    };
    const queries = flows.map(({ from, to, port, protocol }) => ({
      from: indexOf(from),
      to: indexOf(to),
      port,
      protocol,
    }));
    const namespaces = objects.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => [
      metadata.name,
      { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name },
    ]);
    const { egress, ingress } = await this.#exchange({
      namespaces: Object.fromEntries(namespaces),
      ends: ends.map(endOf),
      policies: objects.filter(({ apiVersion }) => apiVersion === "cilium.io/v2"),
      queries,
    });
    return flows.map((_, index) => egress[index] === "a" && ingress[index] === "a");
  }

  #flowId({ from, to, port, protocol }: Flow): string {
    return `${this.#endId(from)} ${this.#endId(to)} ${port}/${protocol}`;
  }

  #endId(end: Endpoint | Outside): string {
    const id = this.#ids.get(end) ?? JSON.stringify(end);
    this.#ids.set(end, id);
    return id;
  }

  async #exchange(world: unknown): Promise<{ egress: string; ingress: string }> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(world)}\n`));
    const answer = answerSchema.parse(JSON.parse(await this.#line()));
    if (answer.error !== undefined) throw new Error(`Cilium refuses a policy: ${answer.error}`);
    return answer;
  }

  async #line(): Promise<string> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new DeadlineError(`No answer of the oracle within ${ANSWER_MS} ms`)),
        ANSWER_MS,
      );
    });
    try {
      while (!this.#rest.includes("\n")) {
        const { value, done } = await Promise.race([this.#lines.read(), late]);
        if (done) throw new Error("The oracle ended");
        this.#rest += value;
      }
    } finally {
      clearTimeout(timer);
    }
    const end = this.#rest.indexOf("\n");
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + 1);
    return line;
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => undefined);
    await this.#lines.cancel().catch(() => undefined);
    await this.#child.status;
  }
}

function compared(
  model: CiliumModel,
  known: ReadonlyMap<string, { flow: Flow; allowed: boolean }>,
): { flows: number; disagreements: string[] } {
  const disagreements = [...known.values()].filter(({ flow, allowed }) =>
    model.allows(flow) !== allowed
  ).map(({ flow, allowed }) => `engine ${allowed}, model ${!allowed}: ${JSON.stringify(flow)}`);
  return { flows: known.size, disagreements };
}

function endOf(end: Endpoint | Outside): Record<string, unknown> {
  if (!("labels" in end)) return { host: end.host };
  const { [NAMESPACE]: namespace, [ACCOUNT]: account, ...rest } = end.labels;
  const labels = Object.entries(rest).map(([key, value]) => [key.replace(/^k8s:/, ""), value]);
  return { namespace, account, labels: Object.fromEntries(labels) };
}
