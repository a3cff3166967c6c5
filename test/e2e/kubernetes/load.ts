import { createConditions } from '../../helpers/conditions.ts';
import { ask } from './world.ts';

const PER_SECOND = 1000;
const MOST_OPEN = 200;

/** How often each answer came. */
type Counts = { readonly [answer: string]: number };

/** Clients that keep connecting, until they are stopped. */
export interface Load {
  /** Resolves once so many answers in a row have been this one, counted from now. */
  inARow(answer: string, count?: number): Promise<void>;
  /** Resolves once so many more answers have come. */
  more(count: number): Promise<void>;
  /** Waits for those that are open, and gives all answers. */
  stop(): Promise<Counts>;
}

/** More in a row than a pool that still has another endpoint would ever give: it takes turns. */
const STEADY = 300;

/**
 * Asks 1,000 times a second until it is stopped, whatever becomes of those before. On a machine that is too busy it asks
 * less: what waits in a queue of this process says nothing of Herald.
 */
export function load(port: number): Load {
  const asked = new Set<Promise<void>>();
  const counts: { [answer: string]: number } = {};
  const conditions = createConditions();
  let last = '';
  let row = 0;
  let total = 0;
  const heard = (answer: string) => {
    counts[answer] = (counts[answer] ?? 0) + 1;
    row = answer === last ? row + 1 : 1;
    last = answer;
    total++;
    conditions.touch();
  };
  let lastAt = performance.now();
  const ticker = setInterval(() => {
    const now = performance.now();
    const due = Math.min(Math.round(((now - lastAt) * PER_SECOND) / 1000), MOST_OPEN - asked.size);
    lastAt = now;
    for (let count = 0; count < due; count++) {
      const one: Promise<void> = ask(port).then((answer) => {
        asked.delete(one);
        heard(answer);
      });
      asked.add(one);
    }
  }, 5);
  return {
    inARow(answer, count = STEADY) {
      row = 0;
      return conditions.until(() => last === answer && row >= count);
    },
    more(count) {
      const least = total + count;
      return conditions.until(() => total >= least);
    },
    async stop() {
      clearInterval(ticker);
      await Promise.all(asked);
      return counts;
    },
  };
}
