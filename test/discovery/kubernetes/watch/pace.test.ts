import test from 'ava';
import { createPace } from '../../../../src/discovery/kubernetes/watch/pace.ts';
import { turnedClock } from '../../../helpers/turned-clock.ts';

test('three may come at once, and then one a second', (t) => {
  const clock = turnedClock();
  const pace = createPace(clock);
  t.deepEqual([pace.take(), pace.take(), pace.take(), pace.take()], [0, 0, 0, 1000]);
  clock.advance(1000);
  t.is(pace.take(), 1000);
  clock.advance(1500);
  t.is(pace.take(), 500);
});

test('what was not taken is kept, up to three', (t) => {
  const clock = turnedClock();
  const pace = createPace(clock);
  clock.advance(60_000);
  t.deepEqual([pace.take(), pace.take(), pace.take()], [0, 0, 0]);
  t.true(pace.take() > 0);
});

test('whoever waits as told opens 62 times in the first minute', (t) => {
  const clock = turnedClock();
  const pace = createPace(clock);
  let opened = 0;
  for (;;) {
    clock.advance(pace.take());
    if (clock.now() >= 60_000) break;
    opened++;
  }
  t.is(opened, 62);
});
