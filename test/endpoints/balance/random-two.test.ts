import test from 'ava';
import { RandomTwo } from '../../../src/endpoints/balance/random-two.ts';
import { repeatable, ringOf, sharedSessions } from './rings.ts';

test('of two different endpoints the one with fewer sessions is picked', (t) => {
  const sessions = sharedSessions();
  // Both numbers 0: the first endpoint, and of the others the first.
  const picker = new RandomTwo(sessions, () => 0);
  const ring = ringOf(3);
  t.is(picker.pick(ring), 0);
  sessions[100] = 1;
  t.is(picker.pick(ring), 1);
  sessions[101] = 2;
  t.is(picker.pick(ring), 0);
});

test('a single endpoint is picked without a second one', (t) => {
  t.is(new RandomTwo(sharedSessions(), () => 0.99).pick(ringOf(1)), 0);
});

test('each pair is asked as often as any other', (t) => {
  const sessions = sharedSessions();
  const ring = ringOf(4);
  // The last one has no session: it is picked by every pair that it is in, half of all.
  for (const [at, { slot }] of ring.endpoints.entries()) sessions[slot] = 3 - at;
  const picker = new RandomTwo(sessions, repeatable());
  const picks = [0, 0, 0, 0];
  for (let pick = 0; pick < 6000; pick++) picks[picker.pick(ring)]! += 1;
  t.is(picks[0], 0);
  for (const [at, pairs] of [0, 1, 2, 3].entries())
    t.true(Math.abs(picks[at]! - pairs * 1000) < 200, `${picks}`);
});

test('held sessions stay nearly even: the most loaded endpoint has a few more than its share', (t) => {
  const sessions = sharedSessions();
  const ring = ringOf(100);
  const picker = new RandomTwo(sessions, repeatable());
  for (let pick = 0; pick < 10_000; pick++) sessions[100 + picker.pick(ring)]! += 1;
  // By chance alone it would be about 125.
  t.true(Math.max(...sessions) <= 105, `${Math.max(...sessions)}`);
});

test('what was tried is not drawn again, and each pair of the others is', (t) => {
  const sessions = sharedSessions();
  const ring = ringOf(5);
  for (const [at, { slot }] of ring.endpoints.entries()) sessions[slot] = at;
  const picker = new RandomTwo(sessions, repeatable());
  const picks = [0, 0, 0, 0, 0];
  for (let pick = 0; pick < 6000; pick++) picks[picker.pick(ring, null, new Set([3, 0]))]! += 1;
  // Of three the one with the fewest sessions is in two pairs, the next in one that it wins.
  t.deepEqual([picks[0], picks[3], picks[4]], [0, 0, 0]);
  t.true(Math.abs(picks[1]! - 4000) < 200 && Math.abs(picks[2]! - 2000) < 200, `${picks}`);
  t.is(picker.pick(ring, null, new Set([0, 1, 3, 4])), 2);
});
