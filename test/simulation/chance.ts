/**
 * The chance of one simulated world: the same seed gives the same numbers on every machine. It is a 32-bit generator of four words
 * (a counter and three that are mixed), which is fast and has no short cycles.
 */
export class Chance {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = (seed ^ 0x9e3779b9) | 0;
    this.#c = Math.trunc(seed / 2 ** 32) | 0;
    // Seeds that differ in one bit give worlds that have nothing in common only after some rounds.
    for (let round = 0; round < 12; round++) this.bits();
  }

  /** 32 bits, unsigned. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** A whole number from 0 to `most` - 1. */
  below(most: number): number {
    return this.bits() % most;
  }

  /** True once in so many times. */
  oneIn(times: number): boolean {
    return this.bits() % times === 0;
  }

  /** From 0 to just below 1. */
  fraction(): number {
    return this.bits() / 2 ** 32;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.bits() % items.length]!;
  }
}
