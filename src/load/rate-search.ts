import type { SearchEnd } from './step.ts';

export interface SearchOptions {
  readonly least: number;
  readonly most: number;
  readonly start: number;
}

/** The verdict of a step. `limited`: the generator was the limit, so nothing is known about the endpoint. */
export type StepVerdict = 'holds' | 'broken' | 'limited';

/** The search ends when two rates differ by less than this factor. */
const NEAR = 1.05;
/**
 * 14 steps double 100 to the highest rate and 4 halve the last doubling to less than `NEAR`; steps that do not hold are
 * repeated. This bounds the search whatever the endpoint does.
 */
const MAX_STEPS = 40;
/** Steps with one verdict that settle a rate. `broken` and `limited` may be a hiccup of the machine. */
const TRIES: { readonly [verdict in StepVerdict]: number } = { holds: 1, broken: 2, limited: 3 };

/**
 * Searches for the highest rate that holds: doubles it while it holds (or halves it while it does not), then bisects
 * between the highest that holds and the lowest that does not. A step that does not hold is tried again, because the
 * cause may be the machine and not the endpoint. The search ends at a rate at which the generator is always the limit.
 */
export class RateSearch {
  readonly #options: SearchOptions;
  #rate: number;
  #held: number | null = null;
  #broken: number | null = null;
  #tries = 0;
  #steps = 0;
  #end: Exclude<SearchEnd, 'signal'> | null = null;

  constructor(options: SearchOptions) {
    this.#options = options;
    this.#rate = options.start;
  }

  /** The rate of the next step; null when the search is over. */
  get next(): number | null {
    return this.#end === null ? this.#rate : null;
  }

  /** The highest rate that held so far. */
  get held(): number | null {
    return this.#held;
  }

  /** The lowest rate that did not hold, twice. */
  get broken(): number | null {
    return this.#broken;
  }

  /** Why the search ended; null while it goes on. */
  get end(): Exclude<SearchEnd, 'signal'> | null {
    return this.#end;
  }

  /** Records the verdict of the step at `next`. */
  record(verdict: StepVerdict): void {
    if (this.#end !== null) return;
    this.#steps++;
    this.#tries++;
    if (this.#tries >= TRIES[verdict]) this.#settle(verdict);
    if (this.#end === null && this.#steps >= MAX_STEPS) this.#end = 'steps';
  }

  #settle(verdict: StepVerdict): void {
    this.#tries = 0;
    if (verdict === 'limited') {
      this.#end = 'generator';
      return;
    }
    if (verdict === 'holds') this.#held = this.#rate;
    else this.#broken = this.#rate;
    const [held, broken] = [this.#held, this.#broken];
    if (held === null) this.#goDown(broken!);
    else if (broken === null) this.#goUp(held);
    else this.#goBetween(held, broken);
  }

  #goUp(held: number): void {
    const { most } = this.#options;
    if (held >= most) this.#end = 'most_rate';
    else this.#rate = Math.min(2 * held, most);
  }

  #goDown(broken: number): void {
    const { least } = this.#options;
    if (broken <= least) this.#end = 'least_rate';
    else this.#rate = Math.max(rounded(broken / 2), least);
  }

  #goBetween(held: number, broken: number): void {
    const rate = rounded(Math.sqrt(held * broken));
    if (broken / held <= NEAR || rate <= held || rate >= broken) this.#end = 'found';
    else this.#rate = rate;
  }
}

/** Three digits are more than a search can resolve. */
function rounded(rate: number): number {
  return Number(rate.toPrecision(3));
}
