import type { SearchEnd } from './step.ts';

export interface SearchOptions {
  readonly least: number;
  readonly most: number;
  readonly start: number;
}

/** What a step has shown. `limited`: the generator could not do it, so nothing is known of the endpoint. */
export type StepVerdict = 'holds' | 'broken' | 'limited';

/** Two rates that are as near as this are not told apart. */
const NEAR = 1.05;
/**
 * 14 steps double 100 to the highest rate and 4 halve the last doubling to less than `NEAR`; those that do not hold
 * come again. Whatever the endpoint does, no search has more.
 */
const MOST_STEPS = 40;
/** A rate is settled by so many steps at it: of a generator that was the limit one more, for it may have been a hiccup. */
const MOST_TRIES: { readonly [verdict in StepVerdict]: number } = { holds: 1, broken: 2, limited: 3 };

/**
 * Searches the highest rate that holds: doubles while it does (or halves while it does not), then bisects between the
 * highest that holds and the lowest that does not. A step that does not hold is tried once more, since a hiccup of
 * the machine is not the endpoint's. It ends where the generator is the limit each time.
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

  /** The rate of the next step; null once it is over. */
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

  /** Null while it goes on. */
  get end(): Exclude<SearchEnd, 'signal'> | null {
    return this.#end;
  }

  /** What the step at `next` has shown. */
  take(verdict: StepVerdict): void {
    if (this.#end !== null) return;
    this.#steps++;
    this.#tries++;
    if (this.#tries >= MOST_TRIES[verdict]) this.#settle(verdict);
    if (this.#end === null && this.#steps >= MOST_STEPS) this.#end = 'steps';
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

/** Three digits: more than a search can tell. */
function rounded(rate: number): number {
  return Number(rate.toPrecision(3));
}
