/** A worker's round begins after at most this many turns, so that workers do not all begin with the heaviest. */
const MOST_SKIPPED = 1024;

/**
 * Smooth weighted round robin: of any `sum of weights` picks in a row, each index gets exactly its weight, spread as evenly as
 * the weights allow. Each pick adds every weight to its credit, and the index with the most credit pays the sum. A pick costs
 * one step for each index.
 */
export class Shares {
  readonly #random: () => number;
  #weights: readonly number[] = [];
  #credits = new Float64Array(0);
  #total = 0;

  /** `random` (0 to 1) chooses where a round begins. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Sets the weights; 0 takes no part. The round goes on if they are as before, and else begins anew. */
  set(weights: readonly number[]): void {
    const before = this.#weights;
    if (weights.length === before.length && weights.every((weight, index) => weight === before[index]))
      return;
    this.#weights = weights;
    this.#credits = new Float64Array(weights.length);
    this.#total = weights.reduce((sum, weight) => sum + weight, 0);
    // Credits of former weights would not return to where they were, and a share would be inexact for long.
    const turns = Math.floor(this.#random() * Math.min(this.#total / greatestDivisor(weights), MOST_SKIPPED));
    for (let turn = 0; turn < turns; turn++) this.pick();
  }

  /** The index whose turn it is; -1 if every weight is 0. */
  pick(): number {
    let best = -1;
    for (let index = 0; index < this.#weights.length; index++) {
      const weight = this.#weights[index]!;
      if (weight === 0) continue;
      this.#credits[index]! += weight;
      if (best < 0 || this.#credits[index]! > this.#credits[best]!) best = index;
    }
    if (best >= 0) this.#credits[best]! -= this.#total;
    return best;
  }
}

/** The greatest common divisor; a fraction among the weights makes it 1. */
function greatestDivisor(weights: readonly number[]): number {
  if (!weights.every(Number.isInteger)) return 1;
  let divisor = 0;
  for (const weight of weights) for (let rest = weight; rest > 0; ) [divisor, rest] = [rest, divisor % rest];
  return divisor || 1;
}
