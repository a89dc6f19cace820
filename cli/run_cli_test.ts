import assert from "node:assert/strict";
import { EXIT } from "./exit_codes.ts";
import { lattice } from "./testing/io.ts";
import { VERSION } from "./version.ts";

Deno.test("lattice --version prints the version on stdout", async () => {
  assert.deepEqual(await lattice(["--version"]), { code: 0, stdout: `${VERSION}\n`, stderr: "" });
});

const HELP: readonly (readonly string[])[] = [
  [],
  ["install"],
  ["uninstall"],
  ["get"],
  ["get", "clusters"],
  ["get", "cluster"],
  ["render"],
  ["local"],
  ["local", "start"],
  ["local", "stop"],
  ["local", "status"],
  ["completion"],
];

for (const command of HELP) {
  Deno.test(`lattice ${[...command, "--help"].join(" ")}`, async (t) => {
    const { code, stdout, stderr } = await lattice([...command, "--help"]);
    assert.equal(code, 0);
    assert.equal(stderr, "");
    await t.assertSnapshot(stdout);
  });
}

const USAGE: readonly { readonly args: readonly string[]; readonly says: RegExp }[] = [
  { args: [], says: /^Usage: lattice/ },
  { args: ["get"], says: /^Usage: lattice get/ },
  { args: ["instal"], says: /unknown command 'instal'\n\(Did you mean install\?\)/ },
  { args: ["get", "cluter"], says: /unknown command 'cluter'\n\(Did you mean cluster/ },
  { args: ["install"], says: /required option '-f, --file <PATH>' not specified/ },
  { args: ["install", "--fiel", "x"], says: /unknown option '--fiel'\n\(Did you mean --file\?\)/ },
  { args: ["install", "-f"], says: /argument missing/ },
  { args: ["install", "-f", "x", "y"], says: /too many arguments/ },
  { args: ["install", "-f", "x", "--bootstrap", "k3s"], says: /kubeadm, rke2/ },
  { args: ["uninstall"], says: /required option '-k, --kubeconfig <PATH>' not specified/ },
  { args: ["get", "clusters", "-o", "xml"], says: /table, json, yaml, name/ },
  { args: ["get", "cluster"], says: /missing required argument 'NAME'/ },
  { args: ["render", "-f", "x", "-o", "table"], says: /yaml, json, name/ },
  { args: ["local", "restart"], says: /unknown command 'restart'/ },
  { args: ["completion", "tcsh"], says: /bash, zsh, fish/ },
  { args: ["help", "nothing"], says: /no help for 'nothing'/ },
];

for (const { args, says } of USAGE) {
  Deno.test(`lattice ${args.join(" ") || "(nothing)"}: exit 2, explained on stderr`, async () => {
    const { code, stdout, stderr } = await lattice(args);
    assert.equal(code, EXIT.usage);
    assert.equal(stdout, "");
    assert.match(stderr, says);
  });
}

for (const topic of ["exit-codes", "environment", "install"]) {
  Deno.test(`lattice help ${topic}`, async () => {
    const { code, stdout, stderr } = await lattice(["help", topic]);
    assert.equal(code, 0);
    assert.equal(stderr, "");
    assert.ok(stdout.length > 100);
  });
}

const COMPLETIONS: readonly [readonly string[], readonly string[]][] = [
  [["in"], ["install"]],
  [["get", ""], ["clusters", "cluster", "services"]],
  [["get", "clusters", "--k"], ["--kubeconfig"]],
  [["install", "--keep"], ["--keep-bootstrap-on-failure"]],
  [["completion", ""], []],
];

for (const [words, expected] of COMPLETIONS) {
  Deno.test(`completion of "lattice ${words.join(" ")}"`, async () => {
    const { code, stdout } = await lattice(["__complete", ...words]);
    assert.equal(code, 0);
    assert.deepEqual(stdout.split("\n").filter((word) => word !== ""), expected);
  });
}

for (const shell of ["bash", "zsh", "fish", "BASH"]) {
  Deno.test(`lattice completion ${shell} prints a script`, async () => {
    const { code, stdout } = await lattice(["completion", shell]);
    assert.equal(code, 0);
    assert.match(stdout, /lattice __complete/);
  });
}
