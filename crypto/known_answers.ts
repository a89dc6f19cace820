/**
 * Known answers through the whole path, glue included. aws-lc's own self-test covers the library; this covers the
 * way into it.
 *
 * @module
 */

import type { Crypto } from "./interface.ts";
import { toHex } from "./text.ts";

/** Digest of "abc" (FIPS 180-2, appendix B.1 and the SHA-384 example). */
const SHA256_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const SHA384_ABC = "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163" +
  "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7";
/** RFC 4231, test case 2. */
const HMAC_JEFE = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

/** Whether digests, HMAC, AES-GCM and comparison give what they must. Signatures are in aws-lc's own self-test. */
export function knownAnswersHold(crypto: Crypto): boolean {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const abc = bytes("abc");
  const key = crypto.sha256(abc);
  const jefe = crypto.hmacSha256(bytes("Jefe"), bytes("what do ya want for nothing?"));
  return toHex(key) === SHA256_ABC &&
    toHex(crypto.sha384(abc)) === SHA384_ABC &&
    toHex(jefe) === HMAC_JEFE &&
    crypto.equal(abc, bytes("abc")) && !crypto.equal(abc, bytes("abd")) &&
    crypto.equal(crypto.open(key, crypto.seal(key, abc)), abc);
}
