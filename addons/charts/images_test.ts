import assert from "node:assert/strict";
import fc from "fast-check";
import { checkMirror, DOCKER_HUB, formatImage, mirrorImage, parseImage } from "./images.ts";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const MIRROR = "mirror.example.com:5000/k8s";

Deno.test("parseImage() reads references as container runtimes do", () => {
  const cases: [string, string, string, (string | undefined)?, string?][] = [
    ["busybox", DOCKER_HUB, "library/busybox"],
    ["busybox:1.37", DOCKER_HUB, "library/busybox", "1.37"],
    ["rancher/local-path:v1", DOCKER_HUB, "rancher/local-path", "v1"],
    [`${DOCKER_HUB}/busybox`, DOCKER_HUB, "library/busybox"],
    [`index.${DOCKER_HUB}/a/b`, DOCKER_HUB, "a/b"],
    ["localhost/a", "localhost", "a"],
    ["localhost:5000/a/b:1", "localhost:5000", "a/b", "1"],
    ["r.example.com/a/b/c", "r.example.com", "a/b/c"],
    ["r.example.com:5000/a:t@" + DIGEST, "r.example.com:5000", "a", "t", DIGEST],
    ["r.example.com/a@" + DIGEST, "r.example.com", "a", undefined, DIGEST],
    ["REGISTRY/a", "REGISTRY", "a"],
    ["[fd00::1]:5000/a", "[fd00::1]:5000", "a"],
    ["a/b__c-d.e", DOCKER_HUB, "a/b__c-d.e"],
  ];
  for (const [text, registry, repository, tag, digest] of cases) {
    assert.deepEqual(parseImage(text), { registry, repository, tag, digest }, text);
  }
});

Deno.test("parseImage() refuses what is no reference", () => {
  const cases = [
    "",
    "A/b:c d",
    "https://r.example.com/a",
    "/a",
    "a/",
    "a:",
    "a@sha256:12",
    "{{ .image }}",
  ];
  for (const text of cases) assert.equal(parseImage(text), undefined, text);
});

const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const component = fc.tuple(word, fc.constantFrom("", ".", "_", "__", "-"), word)
  .map(([a, joint, b]) => joint === "" ? a : `${a}${joint}${b}`);
const registry = fc.tuple(
  fc.constantFrom("localhost", "r.example.com", "10.0.0.1", "mirror.example.org", "REG"),
  fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
).map(([host, port]) => port === undefined ? host : `${host}:${port}`);
const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,12}$/), { nil: undefined });
const digest = fc.option(fc.constant(DIGEST), { nil: undefined });
const repository = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) =>
  parts.join("/")
);
const image = fc.record({ registry, repository, tag, digest }, { noNullPrototype: true });

Deno.test("formatImage() and parseImage() are inverse", () => {
  fc.assert(fc.property(image, (one) => assert.deepEqual(parseImage(formatImage(one)), one)));
});

Deno.test("mirrorImage() keeps path, tag and digest, loses the registry, and does it once", () => {
  fc.assert(fc.property(image, (one) => {
    const moved = mirrorImage(formatImage(one), MIRROR);
    assert.equal(moved, formatImage({ ...one, registry: MIRROR }));
    assert.equal(mirrorImage(moved, MIRROR), moved);
  }));
});

Deno.test("mirrorImage() names in full what Docker Hub lets people shorten", () => {
  fc.assert(fc.property(component, tag, (name, version) => {
    const end = version === undefined ? "" : `:${version}`;
    assert.equal(mirrorImage(`${name}${end}`, MIRROR), `${MIRROR}/library/${name}${end}`);
    assert.equal(mirrorImage(`a/${name}${end}`, MIRROR), `${MIRROR}/a/${name}${end}`);
  }));
});

Deno.test("checkMirror() takes registries and refuses the rest", () => {
  const good = [
    "mirror.example.com",
    "mirror.example.com:5000/k8s",
    "localhost:5000",
    "m.example/a/b/",
  ];
  for (const mirror of good) assert.equal(checkMirror(mirror), mirror.replace(/\/$/, ""));
  for (
    const mirror of ["", "https://m.example", "m.example/A", "m.example:port", "m.example/a b"]
  ) {
    assert.throws(() => checkMirror(mirror), { code: "validation" }, mirror);
  }
});
