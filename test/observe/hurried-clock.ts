import { type Clock, realClock } from '../../src/observe/clock.ts';
import { monotonicMs } from '../../src/shared-memory/monotonic-clock.ts';

const TIMES = 50;

/** A clock that tells the real time, and whose timers come fifty times as early: for whole programs that poll. */
export const hurriedClock: Clock = {
  now: monotonicMs,
  after: (ms, run) => realClock.after(ms / TIMES, run),
};
