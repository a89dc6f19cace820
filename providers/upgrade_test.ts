import assert from "node:assert/strict";
import fc from "fast-check";
import { compareVersions, nextVersion, type PresentVersions } from "./upgrade.ts";

const at = (version: string, over: Partial<PresentVersions> = {}): PresentVersions => ({
  told: version,
  oldest: version,
  running: [version],
  pools: [version],
  ...over,
});

interface Case {
  wanted: string;
  present: PresentVersions | undefined;
  /** `version`, then how it is held. */
  is: string;
  /** Part of the problem. */
  says?: RegExp;
}

const CASES: Readonly<Record<string, Case>> = {
  "a new cluster takes any version": { wanted: "v1.33.1", present: undefined, is: "v1.33.1" },
  "no change is no step": { wanted: "v1.34.2", present: at("v1.34.2"), is: "v1.34.2" },
  "a patch is taken": { wanted: "v1.34.9", present: at("v1.34.2"), is: "v1.34.9" },
  "the next minor is taken": { wanted: "v1.35.0", present: at("v1.34.2"), is: "v1.35.0" },
  "two minors are refused": {
    wanted: "v1.36.1",
    present: at("v1.34.2"),
    is: "v1.34.2 refused",
    says: /more than one minor above v1\.34\.2.*write a version of 1\.35 first/,
  },
  "a patch back is refused": {
    wanted: "v1.34.1",
    present: at("v1.34.2"),
    is: "v1.34.2 refused",
    says: /older than v1\.34\.2.*write v1\.34\.2 or a newer version/,
  },
  "a minor back is refused": {
    wanted: "v1.33.9",
    present: at("v1.34.2"),
    is: "v1.34.2 refused",
    says: /cannot go back/,
  },
  "back is refused as soon as one machine runs the newer version": {
    wanted: "v1.34.2",
    present: at("v1.35.0", { oldest: "v1.34.2", running: ["v1.34.2", "v1.35.0", "v1.34.2"] }),
    is: "v1.35.0 refused",
    says: /older than v1\.35\.0/,
  },
  "a version that no machine could take is taken back": {
    wanted: "v1.34.2",
    present: at("v1.34.99", { oldest: "v1.34.2", running: ["v1.34.2"] }),
    is: "v1.34.2",
  },
  "a second step waits for the first": {
    wanted: "v1.36.0",
    present: at("v1.35.0", { oldest: "v1.34.2", running: ["v1.34.2", "v1.35.0"] }),
    is: "v1.35.0 waiting",
    says: /on its way from v1\.34\.2 to v1\.35\.0.*v1\.36\.0 follows/,
  },
  "a second step that is too large is refused at once": {
    wanted: "v1.37.0",
    present: at("v1.35.0", { oldest: "v1.34.2" }),
    is: "v1.35.0 refused",
    says: /write a version of 1\.35 first/,
  },
  "workers three minors behind are legal": {
    wanted: "v1.36.0",
    present: at("v1.35.0", { pools: ["v1.35.0", "v1.33.0"] }),
    is: "v1.36.0",
  },
  "workers four minors behind are waited for": {
    wanted: "v1.36.0",
    present: at("v1.35.0", { pools: ["v1.35.0", "v1.32.0"] }),
    is: "v1.35.0 waiting",
    says: /workers still run v1\.32\.0/,
  },
  "back is refused also while no node has said what it runs": {
    wanted: "v1.33.9",
    present: at("v1.34.2", { running: [] }),
    is: "v1.34.2 refused",
    says: /older than v1\.34\.2/,
  },
  "a revision of RKE2 is a step": {
    wanted: "v1.34.2+rke2r10",
    present: at("v1.34.2+rke2r2"),
    is: "v1.34.2+rke2r10",
  },
  "an older revision of RKE2 is a step back": {
    wanted: "v1.34.2+rke2r1",
    present: at("v1.34.2+rke2r2"),
    is: "v1.34.2+rke2r2 refused",
    says: /older than v1\.34\.2\+rke2r2/,
  },
  "a release follows its candidate": {
    wanted: "v1.35.0",
    present: at("v1.35.0-rc.1"),
    is: "v1.35.0",
  },
  "a control plane without a machine takes the next minor": {
    wanted: "v1.35.0",
    present: { told: "v1.34.0", running: [], pools: [] },
    is: "v1.35.0",
  },
};

for (const [name, { wanted, present, is, says }] of Object.entries(CASES)) {
  Deno.test(`nextVersion(): ${name}`, () => {
    const { version, held, problem } = nextVersion(wanted, present);
    assert.equal(held ? `${version} ${held}` : version, is);
    assert.equal(problem === undefined, held === undefined);
    if (says) assert.match(`${problem?.reason}; ${problem?.remedy}`, says);
  });
}

Deno.test("nextVersion() never makes a step of two minors, never one back, and is held with a reason", () => {
  const version = fc.tuple(fc.integer({ min: 30, max: 36 }), fc.nat(3))
    .map(([minor, patch]) => `v1.${minor}.${patch}`);
  fc.assert(fc.property(version, version, version, (wanted, told, oldest) => {
    fc.pre(compareVersions(oldest, told) <= 0);
    const present = { told, oldest, running: [oldest], pools: [oldest] };
    const step = nextVersion(wanted, present);
    assert.equal(step.held !== undefined, step.version !== wanted);
    if (step.held !== undefined) return assert.equal(step.version, told);
    if (wanted === told) return;
    assert.ok(compareVersions(wanted, oldest) >= 0);
    assert.ok(Number(wanted.split(".")[1]) <= Number(oldest.split(".")[1]) + 1);
  }));
});

Deno.test("compareVersions() orders as Kubernetes releases, revisions last", () => {
  const sorted = [
    "v1.9.0",
    "v1.34.0-alpha.1",
    "v1.34.0-alpha.beta",
    "v1.34.0-rc.2",
    "v1.34.0-rc.10",
    "v1.34.0",
    "v1.34.0+rke2r2",
    "v1.34.0+rke2r10",
    "1.35.0",
  ];
  assert.deepEqual([...sorted].reverse().sort(compareVersions), sorted);
  assert.equal(compareVersions("1.35.0", "v1.35.0"), 0);
  assert.throws(() => compareVersions("v1.35.0", "latest"), RangeError);
});
