import assert from "node:assert/strict";
import { join } from "node:path";
import { type Journal, listJournals, readJournal, removeJournal, writeJournal } from "./journal.ts";

const JOURNAL: Journal = {
  formatVersion: 1,
  kind: "install",
  runId: "r1",
  cluster: "mgmt",
  state: "running",
  step: 3,
  timings: [{ step: 1, title: "Start", ms: 12 }],
  startedAt: "2026-11-23T12:00:00Z",
};

async function withHome(body: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "lattice-journal-" });
  try {
    await Deno.mkdir(join(home, "runs"));
    await body(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test("a journal that was written is read back, listed and removed", () =>
  withHome(async (home) => {
    await writeJournal(home, JOURNAL);
    assert.deepEqual(await readJournal(home, "r1"), JOURNAL);
    assert.deepEqual(await listJournals(home), [JOURNAL]);
    await removeJournal(home, "r1");
    await removeJournal(home, "r1");
    assert.equal(await readJournal(home, "r1"), undefined);
  }));

Deno.test("a damaged or foreign journal counts as none", () =>
  withHome(async (home) => {
    for (const text of ["", "{", "[]", '{"formatVersion":2}', '{"runId":"../x"}']) {
      await Deno.writeTextFile(join(home, "runs", "r1.json"), text);
      assert.equal(await readJournal(home, "r1"), undefined);
      assert.deepEqual(await listJournals(home), []);
    }
  }));

Deno.test("a journal that cannot be written stops nothing and leaves no draft", async () => {
  await writeJournal("/proc/none", JOURNAL);
  assert.equal(await readJournal("/proc/none", "r1"), undefined);
});
