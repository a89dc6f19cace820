/**
 * Holds back what gives rights until everything that takes rights away has been tried.
 *
 * A change concerns several keys. Each key that it concerns is announced at once; a key may give rights when no key that
 * was announced before is still to be tightened. Keys that are announced later do not hold it back, so that steady change
 * starves nobody.
 *
 * @module
 */

/** Keys that are to be tightened, and keys that wait for them. */
export class Barrier {
  /** Keys to be tightened, in the order of their announcement, with its number. */
  readonly #pending = new Map<string, number>();
  /** Keys that wait until every announcement up to a number is settled. */
  readonly #waiting = new Map<string, number>();
  /** Keys that have waited long enough. */
  readonly #released = new Set<string>();
  #announced = 0;

  /**
   * Notes that a key is to be tightened; what it waited for before counts no more.
   *
   * @param key Key; once announced it keeps its place until it is settled.
   */
  announce(key: string): void {
    this.#waiting.delete(key);
    this.#released.delete(key);
    if (!this.#pending.has(key)) this.#pending.set(key, ++this.#announced);
  }

  /**
   * Notes that a key was tightened, or could not be: it holds nobody back any more.
   *
   * @param key Key.
   * @returns Keys that waited and need not any longer.
   */
  settle(key: string): string[] {
    this.#pending.delete(key);
    const [oldest = Number.POSITIVE_INFINITY] = this.#pending.values();
    const released = [...this.#waiting].filter(([, upTo]) => oldest > upTo).map(([each]) => each);
    for (const each of released) {
      this.#waiting.delete(each);
      this.#released.add(each);
    }
    return released;
  }

  /**
   * Whether a key may give rights now; if not, a later {@linkcode Barrier.settle} releases it.
   *
   * @param key A key that is settled itself.
   */
  pass(key: string): boolean {
    if (this.#released.delete(key) || this.#pending.size === 0) return true;
    if (!this.#waiting.has(key)) this.#waiting.set(key, this.#announced);
    return false;
  }
}
