import { loadCrypto } from "./mod.ts";
const c = await loadCrypto();
const msg = new TextEncoder().encode("hello world, this is a message");
function time(n: number, f: () => void) {
  for (let i = 0; i < Math.min(n, 100); i++) f();
  const t = performance.now();
  for (let i = 0; i < n; i++) f();
  return (performance.now() - t) / n;
}
async function timeA(n: number, f: () => Promise<unknown>) {
  for (let i = 0; i < Math.min(n, 50); i++) await f();
  const t = performance.now();
  for (let i = 0; i < n; i++) await f();
  return (performance.now() - t) / n;
}
for (const cv of ["P-256", "P-384"] as const) {
  const k = c.generateKey(cv), p = k.publicKey();
  const s = k.sign(msg);
  const h = cv === "P-256" ? "SHA-256" : "SHA-384";
  const w = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: cv }, true, [
    "sign",
    "verify",
  ]);
  const ws = await crypto.subtle.sign({ name: "ECDSA", hash: h }, w.privateKey, msg);
  console.log(
    cv,
    "sign",
    time(500, () => k.sign(msg)).toFixed(3),
    "web",
    (await timeA(300, () => crypto.subtle.sign({ name: "ECDSA", hash: h }, w.privateKey, msg)))
      .toFixed(3),
    "verify",
    time(300, () => p.verify(msg, s)).toFixed(3),
    "web",
    (await timeA(300, () => crypto.subtle.verify({ name: "ECDSA", hash: h }, w.publicKey, ws, msg)))
      .toFixed(3),
    "gen",
    time(100, () => {
      using _ = c.generateKey(cv);
    }).toFixed(3),
    "import",
    time(200, () => {
      using _ = c.importKey(k.exportPem());
    }).toFixed(3),
  );
}
const big = new Uint8Array(1 << 20);
const a = time(50, () => c.sha256(big)),
  b = await timeA(100, () => crypto.subtle.digest("SHA-256", big));
console.log(
  "sha256 MB/s",
  (1048.576 / a).toFixed(0),
  "web",
  (1048.576 / b).toFixed(0),
  "ratio",
  (b / a).toFixed(2),
);
const s5 = time(50, () => c.digest("SHA-512", big));
console.log("sha512", (1048.576 / s5).toFixed(0));
const key = c.randomBytes(32);
console.log("gcm MB/s", (1048.576 / time(10, () => c.seal(key, big))).toFixed(0));
console.log(c.info.memoryBytes);
