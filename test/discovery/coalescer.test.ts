import test from 'ava';
import fc from 'fast-check';
import { createCoalescer } from '../../src/discovery/coalescer.ts';
import { turnedClock } from '../helpers/turned-clock.ts';

test('W10: the first call runs at once, those of the next 50 ms together at their end', (t) => {
  const clock = turnedClock();
  const runs: number[] = [];
  const coalescer = createCoalescer(50, () => runs.push(clock.now()), clock);
  coalescer.poke();
  t.deepEqual(runs, [0]);
  for (let at = 0; at < 4; at++) {
    clock.advance(10);
    coalescer.poke();
  }
  t.deepEqual(runs, [0]);
  clock.advance(10);
  t.deepEqual(runs, [0, 50]);
  clock.advance(50);
  t.deepEqual(runs, [0, 50]);
  coalescer.poke();
  t.deepEqual(runs, [0, 50, 100]);
});

test('a run that takes long is followed by a rest of four times as long', (t) => {
  const clock = turnedClock();
  const runs: number[] = [];
  const coalescer = createCoalescer(
    50,
    () => {
      runs.push(clock.now());
      clock.advance(100);
    },
    clock,
  );
  coalescer.poke();
  coalescer.poke();
  t.deepEqual(clock.waiting, [400]);
});

test('after a stop nothing runs', (t) => {
  const clock = turnedClock();
  let runs = 0;
  const coalescer = createCoalescer(50, () => runs++, clock);
  coalescer.poke();
  coalescer.poke();
  coalescer.stop();
  coalescer.poke();
  clock.advance(1000);
  t.is(runs, 1);
  t.deepEqual(clock.waiting, []);
});

test('whenever it is asked, a run follows within 50 ms, and no two are nearer than that', (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(80), { minLength: 1 }), (gaps) => {
      const clock = turnedClock();
      const runs: number[] = [];
      const asked: number[] = [];
      const coalescer = createCoalescer(50, () => runs.push(clock.now()), clock);
      for (const gap of gaps) {
        clock.advance(gap);
        asked.push(clock.now());
        coalescer.poke();
      }
      clock.advance(50);
      t.true(asked.every((at) => runs.some((run) => run >= at && run <= at + 50)));
      t.true(runs.every((run, at) => at === 0 || run - runs[at - 1]! >= 50));
    }),
  );
});
