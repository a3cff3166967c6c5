import test from 'ava';
import { limitLines } from '../../src/observe/line-limiter.ts';
import { createManualClock } from './manual-clock.ts';

type Summary = [kind: string, held: number, ms: number];

function create() {
  const clock = createManualClock();
  const summaries: Summary[] = [];
  const limiter = limitLines<string>(clock, (...summary) => summaries.push(summary));
  const allowed = (kind: string, count: number): number =>
    Array.from({ length: count }, () => limiter.allow(kind)).filter(Boolean).length;
  return { clock, summaries, limiter, allowed };
}

test('20 lines of a kind may come at once, then 5 a second', (t) => {
  const { clock, allowed } = create();
  t.is(allowed('a', 100), 20);
  clock.advance(1000);
  t.is(allowed('a', 100), 5);
  clock.advance(200);
  t.is(allowed('a', 100), 1);
});

test('a quiet time saves up no more than one burst', (t) => {
  const { clock, allowed } = create();
  t.is(allowed('a', 1), 1);
  clock.advance(3_600_000);
  t.is(allowed('a', 100), 20);
});

test('one kind does not use up the lines of another', (t) => {
  const { allowed } = create();
  t.is(allowed('a', 100), 20);
  t.is(allowed('b', 100), 20);
});

test('what was held back is summed up 10 seconds after the first of it, for each kind', (t) => {
  const { clock, summaries, allowed } = create();
  allowed('a', 30);
  clock.advance(4000);
  allowed('b', 25);
  clock.advance(5999);
  t.deepEqual(summaries, []);
  clock.advance(1);
  t.deepEqual(summaries, [
    ['a', 10, 10_000],
    ['b', 5, 10_000],
  ]);
});

test('as long as a flood goes on there is a summary every 10 seconds, and no clock runs after it', (t) => {
  const { clock, summaries, allowed } = create();
  for (let second = 0; second < 30; second++) {
    allowed('a', 100);
    clock.advance(1000);
  }
  t.is(summaries.length, 3);
  t.is(
    summaries.reduce((sum, [, held]) => sum + held, 0),
    30 * 100 - 20 - 29 * 5,
  );
  t.is(clock.waiting, 0);
});

test('nothing held back, nothing said, and no clock runs', (t) => {
  const { clock, summaries, limiter, allowed } = create();
  allowed('a', 20);
  t.is(clock.waiting, 0);
  limiter.stop();
  t.deepEqual(summaries, []);
});

test('stop sums up at once and stops the clock', (t) => {
  const { clock, summaries, limiter, allowed } = create();
  allowed('a', 21);
  clock.advance(3000);
  limiter.stop();
  t.deepEqual(summaries, [['a', 1, 3000]]);
  t.is(clock.waiting, 0);
});
