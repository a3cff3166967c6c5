import test from 'ava';
import fc from 'fast-check';
import { Alarm, type Timer, TimerWheel } from '../../src/loop/timer-wheel.ts';

const timerOf = (run: () => void) => new Alarm(run);

/** A tick, and a round of all slots, as the wheel has them. */
const TICK = 16;
const ROUND = 1024 * TICK;
/** A wait that nothing here comes near. */
const LONG = 1e9;

const TIMERS = 12;

/** What a timer does when it runs, to itself or another one. */
const reaction = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ act: 'nothing' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('set' as const),
      other: fc.nat(TIMERS - 1),
      after: fc.integer({ min: -40, max: 2 * ROUND }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('clear' as const), other: fc.nat(TIMERS - 1) }) },
);

const delay = fc.oneof(
  fc.integer({ min: -50, max: 200 }),
  fc.integer({ min: 0, max: 4 * ROUND }),
  fc.double({ min: 0, max: 100, noNaN: true }),
);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('set' as const), timer: fc.nat(TIMERS - 1), after: delay }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), timer: fc.nat(TIMERS - 1) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      by: fc.oneof(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 3 * ROUND }),
        fc.double({ min: 0, max: 40, noNaN: true }),
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('sleep' as const) }) },
);

/** A list of timers that is searched from one end to the other: too slow to use, too simple to be wrong. */
class Oracle {
  /** When each timer that is set is due, and by when it must have run. */
  readonly pending = new Map<number, { at: number; latest: number }>();

  set(timer: number, at: number, now: number): void {
    this.pending.set(timer, { at, latest: Math.max(at, now) + TICK });
  }

  /** By when the first has to have run. */
  get latest(): number {
    return Math.min(...[...this.pending.values()].map(({ latest }) => latest));
  }
}

test('set, cleared and moved in any order, also from callbacks, timers run when a list of them says', (t) => {
  let runs = 0;
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 5, maxLength: 60 }),
      fc.array(reaction, { minLength: TIMERS, maxLength: TIMERS }),
      fc.oneof(fc.constant(0), fc.double({ min: 0, max: 2e12, noNaN: true })),
      (steps, reactions, start) => {
        const oracle = new Oracle();
        const wheel = new TimerWheel(start);
        let now = start;
        const timers = reactions.map((what, index) => {
          const timer: Timer = timerOf(() => {
            const expected = oracle.pending.get(index);
            if (expected === undefined) throw new Error(`timer ${index} runs, and is not set`);
            if (expected.at > now) throw new Error(`timer ${index} runs ${expected.at - now} ms early`);
            oracle.pending.delete(index);
            runs++;
            if (what.act === 'nothing') return;
            if (what.act === 'clear') {
              oracle.pending.delete(what.other);
              wheel.clear(timers[what.other]!);
            } else {
              oracle.set(what.other, now + what.after, now);
              wheel.set(timers[what.other]!, now + what.after);
            }
          });
          return timer;
        });
        const advance = () => {
          wheel.advance(now);
          const late = [...oracle.pending].filter(([, { latest }]) => latest <= now);
          if (late.length > 0) throw new Error(`${late.map(([index]) => index)} did not run by ${now}`);
        };
        for (const each of steps) {
          if (each.do === 'set') {
            oracle.set(each.timer, now + each.after, now);
            wheel.set(timers[each.timer]!, now + each.after);
          } else if (each.do === 'clear') {
            oracle.pending.delete(each.timer);
            wheel.clear(timers[each.timer]!);
          } else {
            now += each.do === 'advance' ? each.by : Math.min(wheel.idleMs(now, LONG), ROUND);
            advance();
          }
          const idle = wheel.idleMs(now, LONG);
          if (!Number.isInteger(idle) || idle < 0) throw new Error(`to sleep ${idle} ms`);
          if (oracle.pending.size === 0 && idle !== LONG) throw new Error('nobody waits, and it wakes');
          // Whole milliseconds: a sleep may end a part of one after the tick.
          if (now + idle >= oracle.latest + 1) throw new Error(`${idle} ms is past the first`);
        }
      },
    ),
    { numRuns: 1500 },
  );
  t.true(runs > 2000, `${runs}`);
});
