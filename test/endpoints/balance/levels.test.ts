import test from 'ava';
import fc from 'fast-check';
import { Levels } from '../../../src/endpoints/balance/levels.ts';

function create(...levels: number[]): Levels {
  const made = new Levels(levels.length);
  for (const [at, level] of levels.entries()) made.add(at, level);
  return made;
}

test('the first is the one that came first to the lowest level', (t) => {
  const levels = create(2, 1, 1);
  t.is(levels.first, 1);
  levels.move(1, 2);
  t.is(levels.first, 2);
  levels.move(1, 1);
  t.is(levels.first, 2);
  levels.move(2, 5);
  t.is(levels.first, 1);
  levels.move(1, 1000);
  t.is(levels.first, 0);
});

test('whatever moves, the first and all levels are those of a list that is kept in order', (t) => {
  const size = 5;
  const move = fc.record({ at: fc.nat(size - 1), level: fc.nat(6) });
  fc.assert(
    fc.property(fc.array(fc.nat(6), { minLength: size, maxLength: size }), fc.array(move), (start, moves) => {
      const levels = create(...start);
      // In the order in which they came to their levels.
      let oracle = start.map((level, at) => ({ at, level }));
      for (const { at, level } of moves) {
        levels.move(at, level);
        oracle = [...oracle.filter((each) => each.at !== at), { at, level }];
        const lowest = Math.min(...oracle.map((each) => each.level));
        t.is(levels.first, oracle.find((each) => each.level === lowest)!.at);
        t.is(levels.level(at), level);
        const tried = new Set([at, lowest % size]);
        const left = oracle.filter((each) => !tried.has(each.at));
        const least = Math.min(...left.map((each) => each.level));
        t.is(levels.firstBut(tried), left.find((each) => each.level === least)!.at);
      }
    }),
  );
});
