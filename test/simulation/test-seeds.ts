import { setImmediate } from 'node:timers/promises';
import type { TestFn } from 'ava';
import { REACHABLE } from './coverage.ts';
import { playSeed, report } from './run.ts';

/** Seeds of one test: few enough that each reports long before a runner takes the file for stuck. */
const SEEDS_EACH = 50;
/** How often everything that can happen has to happen, in so many seeds as one file has. */
const LEAST = 25;

/** Tests that play these seeds, and that they have reached everything often enough. */
export function testSeeds(test: TestFn, from: number, seeds: number): void {
  const counts = new Map<string, number>();
  for (let first = from; first < from + seeds; first += SEEDS_EACH) {
    test.serial(`no session of the worlds ${first} to ${first + SEEDS_EACH - 1} breaks a rule`, async (t) => {
      for (let seed = first; seed < first + SEEDS_EACH; seed++) {
        const finding = playSeed(seed, counts);
        if (finding === null) continue;
        t.fail(report(finding));
        return;
      }
      await setImmediate();
      t.pass();
    });
  }
  test.serial('these worlds reach every event, phase, deadline and reason often enough', (t) => {
    t.deepEqual(
      REACHABLE.filter((what) => (counts.get(what) ?? 0) < LEAST).map(
        (what) => `${counts.get(what) ?? 0} ${what}`,
      ),
      [],
    );
  });
}
