import test from 'ava';
import { createContest } from '../../../src/controller/write/contest.ts';
import { turnedClock } from '../../helpers/turned-clock.ts';

const QUIET_MS = 600_000;

test('a contest is over ten minutes after the end of the last wait, and not before', (t) => {
  const clock = turnedClock();
  const contest = createContest(clock, () => 0);
  const said = Array.from({ length: 10 }, () => {
    const isFirst = contest.rewritten();
    clock.advance(contest.waitMs());
    return isFirst;
  });
  t.deepEqual(said.indexOf(true), 3);
  t.is(said.filter(Boolean).length, 1);
  contest.rewritten();
  const waitMs = contest.waitMs();
  t.true(waitMs > 60_000);
  clock.advance(QUIET_MS);
  t.true(contest.isOn, 'while it waited, nobody could see whether it goes on');
  clock.advance(waitMs);
  t.true(contest.isOn);
  clock.advance(1);
  t.false(contest.isOn);
});
