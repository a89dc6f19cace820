/**
 * Nodes in the order of their keys, kept while they come and go.
 *
 * @module
 */

/** What can be ordered. */
export interface Ordered {
  /** What it is ordered by; all different. */
  readonly key: string;
  /** Grows with the key among the members of one order. */
  rank: number;
}

/** Members sorted by key. Their ranks compare as their keys do, and much faster. */
export class KeyOrder<T extends Ordered> {
  readonly #members: T[] = [];

  /** Members, sorted by key. The array lives: it changes with the order. */
  get members(): readonly T[] {
    return this.#members;
  }

  /**
   * Adds a member.
   *
   * @param member not yet a member
   */
  add(member: T): void {
    const at = this.#placeOf(member.key);
    const before = this.#members[at - 1];
    const after = this.#members[at];
    this.#members.splice(at, 0, member);
    member.rank = rankBetween(before?.rank, after?.rank);
    const isTight = (before && before.rank >= member.rank) || (after && after.rank <= member.rank);
    if (isTight) { for (const [rank, each] of this.#members.entries()) each.rank = rank; }
  }

  /**
   * Removes a member.
   *
   * @param member member
   */
  remove(member: T): void {
    const at = this.#placeOf(member.key);
    if (this.#members[at] === member) this.#members.splice(at, 1);
  }

  // Where a key is, or would be.
  #placeOf(key: string): number {
    let low = 0;
    let high = this.#members.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#members[middle]?.key ?? "") < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function rankBetween(before: number | undefined, after: number | undefined): number {
  if (before === undefined) return after === undefined ? 0 : after - 1;
  return after === undefined ? before + 1 : (before + after) / 2;
}

/**
 * Sorts members of one order.
 *
 * @param members members; sorted in place
 * @returns the same array
 */
export function byRank<T extends Ordered>(members: T[]): T[] {
  return members.length > 1 ? members.sort((a, b) => a.rank - b.rank) : members;
}
