import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Lookup,
  type Part,
  pathsOf,
  renderTemplate,
  solePath,
  type TemplateMode,
} from "./template.ts";

const VALUES: Readonly<Record<string, Part>> = {
  "metadata.name": "notes",
  "metadata.annotations.a.b/c": "dotted",
  "resources.cart.url": "http://cart:80",
  "resources.db.user": { resource: "db", key: "user" },
  "env.EMPTY": "",
};
const lookup: Lookup = (path) => VALUES[path.join(".")];
const SECRET = { resource: "db", key: "user" };

const CASES: readonly [string, readonly Part[], TemplateMode?][] = [
  ["", []],
  ["plain", ["plain"]],
  ["a lone $ and $x, {braces}", ["a lone $ and $x, {braces}"]],
  ["${metadata.name}", ["notes"]],
  ["<${metadata.name}-${metadata.name}>", ["<notes-notes>"]],
  ['${metadata.annotations["a.b/c"]}', ["dotted"]],
  ["$${metadata.name}", ["${metadata.name}"]],
  ["$$${metadata.name}", ["$${metadata.name}"]],
  ["${resources.db.user}", [SECRET]],
  ["${ resources.db.user | required }", [SECRET]],
  ["u=${resources.db.user};", ["u=", SECRET, ";"]],
  ["${metadata.name|upper}", ["NOTES"]],
  ["${metadata.name | upper | lower}", ["notes"]],
  ["${metadata.name | base64_encode}", ["bm90ZXM="]],
  ["${metadata.name | base64_encode | base64_decode}", ["notes"]],
  ['${nothing | default("x}y")}', ["x}y"]],
  ["${nothing | default('')}", []],
  ["${nothing | default(7)}", ["7"]],
  ['${metadata.name | default("x")}', ["notes"]],
  ["${env.EMPTY}", []],
  ["{% raw %} {# not ours #}", ["{% raw %} {# not ours #}"]],
  ["${metadata.name}", ["${metadata.name}"], "verbatim"],
  ["$${metadata.name}", ["$${metadata.name}"], "verbatim"],
  ["${HOME} $${metadata.name}", ["${HOME} notes"], "reverse"],
];

for (const [template, parts, mode] of CASES) {
  Deno.test(`template ${JSON.stringify(template)} ${mode ?? ""}`, () => {
    assert.deepEqual(renderTemplate(template, lookup, mode), { parts, problems: [] });
  });
}

const BROKEN: readonly [string, RegExp][] = [
  ["${", /without its }/],
  ["${metadata.name", /without its }/],
  ["${}", /cannot read/],
  ["${#array}", /cannot read/],
  ["${a..b}", /cannot read/],
  ["${metadata.name oops}", /cannot read/],
  ["${nothing}", /stands for nothing/],
  ["${nothing | required}", /stands for nothing/],
  ["${resources.cart}", /stands for nothing/],
  ["${metadata.name | rot13}", /no filter rot13/],
  ["${metadata.name | toString}", /cannot read|no filter/],
  ["${metadata.name | constructor}", /no filter constructor/],
  ["${resources.db.user | upper}", /secret value/],
  ["${resources.db.user | base64_encode}", /secret value/],
  ["${metadata.name | base64_decode}", /not base64/],
];

for (const [template, says] of BROKEN) {
  Deno.test(`template ${JSON.stringify(template)} is refused`, () => {
    const { problems } = renderTemplate(template, lookup);
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.reason ?? "", says);
    assert.notEqual(problems[0]?.remedy, "");
  });
}

Deno.test("every mistake of a template is told", () => {
  assert.equal(renderTemplate("${a} ${b | x} ${metadata.name}", lookup).problems.length, 2);
});

const SOLE: readonly [string, readonly string[] | undefined][] = [
  ["${resources.data}", ["resources", "data"]],
  [" ${resources.data} ", ["resources", "data"]],
  ["${resources.data}/x", undefined],
  ["${resources.data | upper}", undefined],
  ["${a}${b}", undefined],
  ["data", undefined],
  ["$${resources.data}", undefined],
];

for (const [template, path] of SOLE) {
  Deno.test(`the sole path of ${JSON.stringify(template)}`, () => {
    assert.deepEqual(solePath(template), path);
  });
}

Deno.test("the paths of a template", () => {
  assert.deepEqual(pathsOf("${a.b} $${c} ${d}"), [["a", "b"], ["d"]]);
});

Deno.test("any text renders or is refused with a remedy, and text without ${ is itself", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    const { parts, problems } = renderTemplate(text, lookup);
    if (!text.includes("${")) assert.equal(parts.join(""), text);
    assert.ok(problems.every(({ remedy }) => remedy !== ""));
  }));
});

Deno.test("an escaped text is itself", () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom("$", "{", "}", "a", ".") }), (text) => {
    const escaped = text.replaceAll("${", () => "$${");
    assert.deepEqual(renderTemplate(escaped, lookup).problems, []);
    assert.equal(renderTemplate(escaped, lookup).parts.join(""), text);
  }));
});

Deno.test("a secret never becomes text, whatever stands around it", () => {
  const noise = fc.string({ unit: fc.constantFrom("$", "{", "}", "|", " ", '"', "x") });
  fc.assert(fc.property(noise, noise, (before, after) => {
    const template = before + "${resources.db.user}" + after;
    const { parts } = renderTemplate(template, (path) => {
      return path.join(".") === "resources.db.user" ? SECRET : undefined;
    });
    assert.ok(!parts.some((part) => typeof part === "string" && part.includes("[object")));
  }));
});
