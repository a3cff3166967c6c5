/**
 * A priority queue of positions by level (the number of sessions). The positions of one level form a queue, so that the
 * one that reached the level first is returned first.
 */
export class Levels {
  /** For each position: its level, and its neighbours in the circular queue of that level. */
  readonly #level: Int32Array;
  readonly #before: Int32Array;
  readonly #behind: Int32Array;
  /** The head of the queue of each level that is not empty. */
  readonly #heads = new Map<number, number>();
  #lowest = Number.POSITIVE_INFINITY;

  /** Positions are 0 to `size - 1`; none has a level yet. */
  constructor(size: number) {
    this.#level = new Int32Array(size);
    this.#before = new Int32Array(size);
    this.#behind = new Int32Array(size);
  }

  /** The head of the lowest level; at least one position must have a level. */
  get first(): number {
    return this.#heads.get(this.#lowest)!;
  }

  /** The same without the positions in `tried`, which never are all. It visits every level: there are few of them. */
  firstBut(tried: ReadonlySet<number>): number {
    let lowest = Number.POSITIVE_INFINITY;
    let first = -1;
    for (const [level, head] of this.#heads) {
      if (level >= lowest) continue;
      let at = head;
      while (tried.has(at) && this.#behind[at] !== head) at = this.#behind[at]!;
      if (tried.has(at)) continue;
      lowest = level;
      first = at;
    }
    return first;
  }

  level(at: number): number {
    return this.#level[at]!;
  }

  /** Sets the first level of a position. */
  add(at: number, level: number): void {
    this.#level[at] = level;
    this.#lowest = Math.min(this.#lowest, level);
    const head = this.#heads.get(level);
    if (head === undefined) {
      this.#heads.set(level, at);
      this.#link(at, at);
      return;
    }
    this.#link(this.#before[head]!, at);
    this.#link(at, head);
  }

  /**
   * Moves a position to another level. The search for the new lowest level takes as many steps as the level has risen,
   * so it costs at most one step for each session that was begun.
   */
  move(at: number, level: number): void {
    this.#remove(at);
    this.add(at, level);
    while (!this.#heads.has(this.#lowest)) this.#lowest++;
  }

  #remove(at: number): void {
    const level = this.#level[at]!;
    const behind = this.#behind[at]!;
    if (behind === at) {
      this.#heads.delete(level);
      return;
    }
    this.#link(this.#before[at]!, behind);
    if (this.#heads.get(level) === at) this.#heads.set(level, behind);
  }

  #link(before: number, behind: number): void {
    this.#behind[before] = behind;
    this.#before[behind] = before;
  }
}
