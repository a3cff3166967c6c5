import { type Clock, realClock } from '../../src/observe/clock.ts';
import { monotonicMs } from '../../src/shared-memory/monotonic-clock.ts';

const TIMES = 50;

/** A clock with the real time, whose timers fire after a fiftieth of their delay: for whole programs that poll. */
export const hurriedClock: Clock = {
  now: monotonicMs,
  after: (ms, run) => realClock.after(ms / TIMES, run),
};
