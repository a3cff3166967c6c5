import test from 'ava';
import { RoundRobin } from '../../../src/endpoints/balance/round-robin.ts';
import { ringOf } from './rings.ts';

test('each endpoint has its turn, from where the random number says', (t) => {
  const picker = new RoundRobin(() => 0.5);
  const ring = ringOf(4);
  t.deepEqual(
    Array.from({ length: 6 }, () => picker.pick(ring)),
    [2, 3, 0, 1, 2, 3],
  );
});

test('the round goes on over another ring, also a smaller one', (t) => {
  const picker = new RoundRobin(() => 0);
  for (let pick = 0; pick < 4; pick++) picker.pick(ringOf(5));
  t.deepEqual([picker.pick(ringOf(3)), picker.pick(ringOf(3)), picker.pick(ringOf(5))], [1, 2, 0]);
});

test('retries have their own round, which runs backwards and does not advance the first', (t) => {
  const picker = new RoundRobin(() => 0);
  const ring = ringOf(4);
  const again = (...tried: number[]) => picker.pick(ring, null, new Set(tried));
  t.deepEqual([picker.pick(ring), again(0), again(0), again(0), again(0)], [0, 3, 2, 1, 3]);
  t.deepEqual([picker.pick(ring), again(1), again(1, 2), again(1, 2, 0)], [1, 2, 0, 3]);
  t.is(picker.pick(ring), 2);
});

test('the round of retries continues over another ring, also a smaller one, and may begin before the first pick', (t) => {
  const picker = new RoundRobin(() => 0.5);
  t.is(picker.pick(ringOf(8), null, new Set([4])), 3);
  t.is(picker.pick(ringOf(2), null, new Set([0])), 1);
  t.is(picker.pick(ringOf(8)), 4);
});
