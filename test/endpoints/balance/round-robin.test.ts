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
