import assert from "node:assert/strict";
import type { ErrorCode } from "@lattice/api/errors";
import fc from "fast-check";
import {
  decide,
  formatJournal,
  isFencedBy,
  type Journal,
  parseJournal,
  type SideState,
} from "./journal.ts";
import { type MovePhase, PHASES } from "./types.ts";

const SOURCE = "uid-of-source";
const TARGET = "uid-of-target";

function journal(role: Journal["role"], phase: MovePhase, more: Partial<Journal> = {}): Journal {
  return {
    role,
    phase,
    epoch: 0,
    runId: "run",
    attempt: "a",
    cluster: "prod",
    peer: role === "source" ? TARGET : SOURCE,
    objects: 3,
    digest: "",
    moved: [],
    kept: [],
    preexisting: [],
    extras: [],
    stale: false,
    ...more,
  };
}

const at = (namespaceUid: string | undefined, own?: Journal): SideState => ({
  namespaceUid,
  journal: own,
});

interface Decided {
  readonly name: string;
  readonly source: SideState;
  readonly target: SideState;
  readonly hasCluster: boolean;
  readonly expected: string;
  readonly code?: ErrorCode;
}

const DECIDED: readonly Decided[] = [
  {
    name: "nothing was begun",
    source: at(SOURCE),
    target: at(undefined),
    hasCluster: true,
    expected: "advance 0",
  },
  {
    name: "begun, not handed over",
    source: at(SOURCE, journal("source", "Created")),
    target: at(TARGET, journal("target", "Created")),
    hasCluster: true,
    expected: "advance 0 from Created",
  },
  {
    name: "begun with another target",
    source: at(SOURCE, journal("source", "Created", { peer: "elsewhere" })),
    target: at(TARGET),
    hasCluster: true,
    expected: "advance 0 from Created",
  },
  {
    name: "handed over, the target does not know",
    source: at(SOURCE, journal("source", "HandedOver", { epoch: 1 })),
    target: at(TARGET, journal("target", "Verified")),
    hasCluster: true,
    expected: "finish source",
  },
  {
    name: "done",
    source: at(SOURCE, journal("source", "Done", { epoch: 1 })),
    target: at(TARGET, journal("target", "Done", { epoch: 1 })),
    hasCluster: false,
    expected: "done",
  },
  {
    name: "handed over to another target",
    source: at(SOURCE, journal("source", "Done", { peer: "elsewhere", epoch: 1 })),
    target: at(TARGET),
    hasCluster: false,
    expected: "handed its objects to another cluster",
    code: "conflict",
  },
  {
    name: "the source is gone after hand-over",
    source: at(undefined),
    target: at(TARGET, journal("target", "HandedOver", { epoch: 1 })),
    hasCluster: false,
    expected: "finish target",
  },
  {
    name: "the source is gone after the end",
    source: at(undefined),
    target: at(TARGET, journal("target", "Done", { epoch: 1 })),
    hasCluster: false,
    expected: "done",
  },
  {
    name: "the source was restored without its journal",
    source: at(SOURCE),
    target: at(TARGET, journal("target", "Done", { epoch: 1 })),
    hasCluster: true,
    expected: "stale 1",
  },
  {
    name: "the source was restored with an old journal",
    source: at(SOURCE, journal("source", "Verified")),
    target: at(TARGET, journal("target", "Unpaused", { epoch: 1 })),
    hasCluster: true,
    expected: "stale 1",
  },
  {
    name: "the source was found stale before",
    source: at(SOURCE, journal("source", "HandedOver", { epoch: 1, stale: true })),
    target: at(TARGET, journal("target", "Done", { epoch: 1 })),
    hasCluster: true,
    expected: "stale 1",
  },
  {
    name: "back again: the target had given the objects away",
    source: at(TARGET, journal("target", "Done", { epoch: 1 })),
    target: at(SOURCE, journal("source", "Done", { epoch: 1 })),
    hasCluster: true,
    expected: "advance 1",
  },
  {
    name: "the target had given the objects away later than the source knows",
    source: at("restored"),
    target: at(SOURCE, journal("source", "Done", { epoch: 1 })),
    hasCluster: true,
    expected: "knows only epoch 0",
    code: "conflict",
  },
  {
    name: "the target owns a cluster of this name",
    source: at(SOURCE),
    target: at(TARGET, journal("target", "Done", { peer: "elsewhere", epoch: 1 })),
    hasCluster: true,
    expected: "already owns a cluster of this name",
    code: "conflict",
  },
  {
    name: "the target moves its own away",
    source: at(SOURCE),
    target: at(TARGET, journal("source", "Paused", { peer: "elsewhere" })),
    hasCluster: true,
    expected: "already owns a cluster of this name",
    code: "conflict",
  },
  {
    name: "the target receives from another source",
    source: at(SOURCE),
    target: at(TARGET, journal("target", "Created", { peer: "elsewhere" })),
    hasCluster: true,
    expected: "target of another move",
    code: "conflict",
  },
  {
    name: "the source is itself receiving",
    source: at(SOURCE, journal("target", "Created", { peer: "elsewhere" })),
    target: at(TARGET),
    hasCluster: true,
    expected: "the source is itself the target of a move",
    code: "conflict",
  },
  {
    name: "the same cluster twice",
    source: at(SOURCE),
    target: at(SOURCE),
    hasCluster: true,
    expected: "the same cluster",
    code: "usage",
  },
  {
    name: "no such cluster",
    source: at(SOURCE),
    target: at(TARGET),
    hasCluster: false,
    expected: "no such CAPI Cluster",
    code: "not-found",
  },
];

for (const { name, source, target, hasCluster, expected, code } of DECIDED) {
  Deno.test(`decide: ${name}`, () => {
    const call = () => decide(source, target, hasCluster);
    if (code) {
      assert.throws(call, { code, message: new RegExp(expected) });
      return;
    }
    const decision = call();
    switch (decision.kind) {
      case "advance": {
        const from = decision.resumed ? ` from ${decision.resumed}` : "";
        assert.equal(`advance ${decision.epoch}${from}`, expected);
        break;
      }
      case "finish":
        assert.equal(`finish ${decision.journal.role}`, expected);
        break;
      case "stale":
        assert.equal(`stale ${decision.epoch}`, expected);
        break;
      case "done":
        assert.equal("done", expected);
    }
  });
}

Deno.test("fence: a cluster without a journal is free, unless a peer has the higher epoch", () => {
  assert.equal(isFencedBy(undefined), false);
  const peer = journal("target", "Done", { epoch: 2 });
  assert.equal(isFencedBy(undefined, peer), true);
  assert.equal(isFencedBy(journal("target", "Done", { epoch: 2 }), peer), false);
  assert.equal(isFencedBy(journal("source", "Paused", { epoch: 1 }), peer), true);
  assert.equal(isFencedBy(undefined, journal("target", "Created", { epoch: 2 })), false);
});

Deno.test("fence: in no order of the writes of a move are both sides free", () => {
  const phases = fc.constantFrom(...PHASES);
  fc.assert(fc.property(phases, phases, (ours, theirs) => {
    const handedOver = (phase: MovePhase) => PHASES.indexOf(phase) >= PHASES.indexOf("HandedOver");
    // The target hears of the hand-over only after the source has recorded it.
    fc.pre(handedOver(ours) || !handedOver(theirs));
    const [source, target] = [journal("source", ours), journal("target", theirs)];
    assert.ok(isFencedBy(source) || isFencedBy(target));
  }));
});

Deno.test("journal: what is written is read back", () => {
  const flags = { "Cluster.cluster.x-k8s.io/capi-prod/prod": null, "x/y/z": true };
  const before = journal("target", "Done", { epoch: 1 });
  const written = journal("source", "Verified", {
    flags,
    moved: ["a", "b"],
    extras: [{ apiVersion: "v1", kind: "Secret", name: "s" }],
    previous: before,
  });
  const data = formatJournal(written);
  assert.equal(data["phase"], "Verified");
  const stored = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "lattice-move" }, data };
  assert.deepEqual(parseJournal(stored), written);
  assert.equal(parseJournal(undefined), undefined);
});

Deno.test("journal: what is no journal is refused", () => {
  for (const data of [undefined, {}, { journal: "{" }, { journal: '{"role":"both"}' }]) {
    const metadata = { name: "lattice-move", namespace: "capi-prod" };
    const stored = { apiVersion: "v1", kind: "ConfigMap", metadata, ...(data ? { data } : {}) };
    assert.throws(() => parseJournal(stored), {
      code: "conflict",
      field: "data.journal",
      message: /ConfigMap capi-prod\/lattice-move/,
    });
  }
});
