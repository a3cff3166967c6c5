/**
 * Positions by level, and always one of those on the lowest. On a level they stand in a queue, so that whoever
 * came to it first is asked first.
 */
export class Levels {
  /** Of each position: its level, and its neighbours in the queue, which is a ring. */
  readonly #level: Int32Array;
  readonly #before: Int32Array;
  readonly #behind: Int32Array;
  /** The head of the queue of each level that has one. */
  readonly #heads = new Map<number, number>();
  #lowest = Number.POSITIVE_INFINITY;

  /** Positions are 0 to `size - 1`; none has a level yet. */
  constructor(size: number) {
    this.#level = new Int32Array(size);
    this.#before = new Int32Array(size);
    this.#behind = new Int32Array(size);
  }

  /** The head of the lowest level; there has to be one. */
  get first(): number {
    return this.#heads.get(this.#lowest)!;
  }

  /** The same of all but these, which are not all. There are few levels, and far from each other they may be. */
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

  /** Gives a position that has no level its first one. */
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
   * Moves a position to another level. The search for what is lowest now goes over levels that are empty: as
   * many steps as the level has risen, so each is a session that was begun.
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
