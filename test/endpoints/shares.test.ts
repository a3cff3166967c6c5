import test from 'ava';
import fc from 'fast-check';
import { Shares } from '../../src/endpoints/shares.ts';

function picksOf(weights: readonly number[], count: number, random: number): number[] {
  const shares = new Shares(() => random);
  shares.set(weights);
  return Array.from({ length: count }, () => shares.pick());
}

const weights = fc
  .array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 8 })
  .filter((all) => all.some((weight) => weight > 0));
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('of any sum of weights picks in a row, each index gets exactly its weight', (t) => {
  fc.assert(
    fc.property(weights, random, (all, chance) => {
      const sum = all.reduce((total, weight) => total + weight, 0);
      const picks = picksOf(all, 3 * sum, chance);
      const counts = all.map(() => 0);
      for (const [at, index] of picks.entries()) {
        counts[index]! += 1;
        if (at >= sum) counts[picks[at - sum]!]! -= 1;
        if (at >= sum - 1) t.deepEqual(counts, all);
      }
    }),
    { numRuns: 200 },
  );
});

test('no index is ever more than one pick ahead of its share', (t) => {
  fc.assert(
    fc.property(weights, (all) => {
      const sum = all.reduce((total, weight) => total + weight, 0);
      const counts = all.map(() => 0);
      for (const [at, index] of picksOf(all, sum, 0).entries()) {
        counts[index]! += 1;
        t.true(counts[index]! < ((at + 1) * all[index]!) / sum + 1 + 1e-9);
      }
    }),
    { numRuns: 200 },
  );
});

test('the shares of a heavy and a light index are spread, not in blocks', (t) => {
  t.deepEqual(picksOf([5, 1, 1], 7, 0), [0, 0, 1, 0, 2, 0, 0]);
});

test('the same weights go on with the round, and others begin a new one', (t) => {
  const shares = new Shares(() => 0);
  shares.set([2, 1]);
  t.deepEqual([shares.pick(), shares.pick()], [0, 1]);
  shares.set([2, 1]);
  t.is(shares.pick(), 0);
  shares.set([1, 1]);
  t.deepEqual([shares.pick(), shares.pick()], [0, 1]);
});

test('chance decides where a round begins, so that workers do not all begin with the heaviest', (t) => {
  const begins = [0, 0.3, 0.5, 0.9].map((chance) => picksOf([3, 3, 3], 1, chance)[0]);
  t.deepEqual([...new Set(begins)].sort(), [0, 1, 2]);
});

test('if every weight is 0 there is nothing to pick', (t) => {
  t.deepEqual(picksOf([0, 0], 2, 0.5), [-1, -1]);
  t.deepEqual(picksOf([], 1, 0.5), [-1]);
});

test('weights that are no whole numbers are followed as closely', (t) => {
  const picks = picksOf([1 / 3, 2 / 3, 1], 600, 0);
  t.deepEqual(
    [0, 1, 2].map((index) => picks.filter((each) => each === index).length),
    [100, 200, 300],
  );
});
