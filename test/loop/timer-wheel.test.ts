import test from 'ava';
import { Alarm, type Timer, TimerWheel } from '../../src/loop/timer-wheel.ts';

const timerOf = (run: () => void) => new Alarm(run);

/** A tick, and a round of all slots, as the wheel has them. */
const TICK = 16;
const ROUND = 1024 * TICK;
/** A wait that nothing here comes near. */
const LONG = 1e9;

/** A wheel with a clock that stands until it is turned, and the names of what has run, with the time. */
class Bench {
  now: number;
  readonly wheel: TimerWheel;
  readonly ran: string[] = [];

  constructor(now = 0) {
    this.now = now;
    this.wheel = new TimerWheel(now);
  }

  timer(name: string, run: () => void = () => {}): Timer {
    return timerOf(() => {
      this.ran.push(`${name}@${this.now}`);
      run();
    });
  }

  advance(now: number): void {
    this.now = now;
    this.wheel.advance(now);
  }

  get idle(): number {
    return this.wheel.idleMs(this.now, LONG);
  }
}

test('a timer never runs early, and at most a tick late, wherever in a tick it is', (t) => {
  for (const start of [0, 5, 15.5, 1_700_000_000_000.25]) {
    for (const delay of [0.5, 1, 15, 16, 17, 31, 32, 100, 1000, 5000]) {
      const bench = new Bench(start);
      bench.wheel.set(bench.timer('it'), start + delay);
      let at = start;
      for (; bench.ran.length === 0; at++) {
        if (at > start + delay + TICK + 1) t.fail(`not run ${at - start} ms later, due after ${delay}`);
        bench.advance(at);
      }
      const late = at - 1 - (start + delay);
      t.true(late >= 0, `${delay} after ${start}: ${-late} ms early`);
      t.true(late < TICK + 1, `${delay} after ${start}: ${late} ms late`);
    }
  }
});

test('a timer of the past runs with the next tick', (t) => {
  const bench = new Bench(1000);
  bench.advance(1000);
  bench.wheel.set(bench.timer('past'), -5);
  bench.wheel.set(bench.timer('now'), 1000);
  bench.advance(1000);
  t.deepEqual(bench.ran, []);
  t.true(bench.idle <= TICK);
  bench.advance(1000 + TICK);
  t.deepEqual(bench.ran.toSorted(), ['now@1016', 'past@1016']);
});

test('a timer runs once', (t) => {
  const bench = new Bench();
  bench.wheel.set(bench.timer('it'), 10);
  for (let at = 0; at < 3 * ROUND; at += TICK) bench.advance(at);
  t.deepEqual(bench.ran, ['it@16']);
});

test('many timers run in the order of their ticks, each as the clock passes it', (t) => {
  const bench = new Bench();
  const due: number[] = [];
  const count = 20_000;
  for (let index = 0; index < count; index++) {
    const at = (index * 7919) % (3 * ROUND);
    bench.wheel.set(
      timerOf(() => {
        due.push(at);
        if (bench.now < at || bench.now > at + TICK) t.fail(`due at ${at}, run at ${bench.now}`);
      }),
      at,
    );
  }
  for (let at = 0; at <= 3 * ROUND; at += TICK) bench.advance(at);
  t.is(due.length, count);
  const ticks = due.map((at) => Math.max(Math.ceil(at / TICK), 1));
  t.deepEqual(
    ticks,
    ticks.toSorted((a, b) => a - b),
  );
});

test('timers further ahead than a round of the wheel run in their own round', (t) => {
  for (const rounds of [1, 2, 5, 225]) {
    const bench = new Bench(7);
    const at = 7 + rounds * ROUND + 3;
    bench.wheel.set(bench.timer('far'), at);
    bench.wheel.set(bench.timer('near'), 10);
    for (let now = 0; now < at; now += 5 * TICK) bench.advance(now);
    t.deepEqual(bench.ran, ['near@80'], `${rounds} rounds`);
    bench.advance(at + TICK);
    t.deepEqual(bench.ran, ['near@80', `far@${at + TICK}`], `${rounds} rounds`);
  }
});

test('after a long sleep all that is due runs, and nothing else', (t) => {
  for (const sleep of [ROUND - TICK, ROUND, ROUND + TICK, 10 * ROUND + 5]) {
    const bench = new Bench();
    const due = [1, 100, ROUND / 2, ROUND - 1, sleep - 20].filter((at) => at <= sleep);
    for (const at of due) bench.wheel.set(bench.timer(`${at}`), at);
    for (const later of [sleep + 1, sleep + TICK, sleep + ROUND])
      bench.wheel.set(bench.timer('later'), later);
    bench.advance(sleep);
    t.deepEqual(bench.ran.toSorted(), due.map((at) => `${at}@${sleep}`).toSorted(), `${sleep}`);
  }
});

test('a clock that stands, and one that goes back a little, run nothing twice and nothing early', (t) => {
  const bench = new Bench(1000);
  bench.wheel.set(bench.timer('a'), 1030);
  bench.wheel.set(bench.timer('b'), 1100);
  for (const now of [1000, 1000, 1031, 1040, 1040, 1035, 1041, 1099]) bench.advance(now);
  t.deepEqual(bench.ran, ['a@1040']);
  bench.advance(1104);
  t.deepEqual(bench.ran, ['a@1040', 'b@1104']);
});

test('a timer that is cleared does not run, and to clear it again changes nothing', (t) => {
  const bench = new Bench();
  const [a, b, c] = ['a', 'b', 'c'].map((name) => bench.timer(name)) as [Timer, Timer, Timer];
  // All in one slot: the first, the middle and the last of a list.
  for (const cleared of [a, b, c]) {
    bench.ran.length = 0;
    const at = bench.now + 2 * TICK;
    for (const timer of [a, b, c]) bench.wheel.set(timer, at);
    bench.wheel.clear(cleared);
    bench.wheel.clear(cleared);
    bench.advance(at + TICK);
    t.is(bench.ran.length, 2);
  }
  t.is(bench.idle, LONG);
});

test('a timer that is set to never does not run, and is as good as cleared', (t) => {
  const bench = new Bench();
  const never = bench.timer('never');
  bench.wheel.set(never, 10);
  bench.wheel.set(never, Number.POSITIVE_INFINITY);
  t.is(bench.idle, LONG);
  for (let at = 0; at < 2 * ROUND; at += TICK) bench.advance(at);
  t.deepEqual(bench.ran, []);
  bench.wheel.set(never, bench.now + 5);
  bench.advance(bench.now + 2 * TICK);
  t.is(bench.ran.length, 1);
});

test('a timer that is set again runs at its new time only, sooner or later', (t) => {
  const bench = new Bench();
  const later = bench.timer('later');
  const sooner = bench.timer('sooner');
  bench.wheel.set(later, 100);
  bench.wheel.set(sooner, 5000);
  bench.wheel.set(later, 1000);
  bench.wheel.set(sooner, 200);
  for (let at = 0; at < 2 * ROUND; at += TICK) bench.advance(at);
  t.deepEqual(bench.ran, ['sooner@208', 'later@1008']);
});

test('a callback may set its own timer again, also for now: that is the next tick', (t) => {
  const bench = new Bench();
  const again: Timer = bench.timer('again', () => {
    if (bench.ran.length < 4) bench.wheel.set(again, bench.now);
  });
  bench.wheel.set(again, 5);
  for (let at = 0; at <= 200; at += TICK) bench.advance(at);
  t.deepEqual(bench.ran, ['again@16', 'again@32', 'again@48', 'again@64']);
});

test('what a callback clears or moves away does not run, though it was due with it', (t) => {
  // Whichever of two runs first has its way with the other.
  for (const act of ['clear', 'move'] as const) {
    for (const apart of [0, TICK]) {
      const bench = new Bench();
      const timers: Timer[] = [];
      const meet = (other: number) => () => {
        const timer = timers[other]!;
        if (act === 'clear') bench.wheel.clear(timer);
        else bench.wheel.set(timer, 1000);
      };
      timers.push(bench.timer('a', meet(1)), bench.timer('b', meet(0)));
      bench.wheel.set(timers[0]!, 20);
      bench.wheel.set(timers[1]!, 20 + apart);
      bench.advance(100);
      t.is(bench.ran.length, 1, `${act}, ${apart} apart`);
      bench.advance(1008);
      t.is(bench.ran.length, act === 'clear' ? 1 : 2, `${act}, ${apart} apart`);
    }
  }
});

test('what a callback moves by a whole round, into the slot that it is in, does not run before', (t) => {
  const bench = new Bench();
  const timers: Timer[] = [];
  const meet = (other: number) => () => bench.wheel.set(timers[other]!, 20 + ROUND);
  timers.push(bench.timer('a', meet(1)), bench.timer('b', meet(0)));
  for (const timer of timers) bench.wheel.set(timer, 20);
  bench.advance(32);
  t.is(bench.ran.length, 1);
  bench.advance(32 + ROUND);
  t.is(bench.ran.length, 2);
});

test('one sleep is enough for one timer, in the middle of a millisecond too', (t) => {
  for (const start of [0, 0.25, 1000.7, 1_700_000_000_000.4]) {
    const bench = new Bench(start);
    bench.wheel.set(bench.timer('it'), start + 100);
    bench.advance(start + bench.idle);
    t.is(bench.ran.length, 1, `${start}`);
  }
});

test('a callback may set timers that run in the same call, where they are due, and never early', (t) => {
  const bench = new Bench();
  const child = bench.timer('child');
  const far = bench.timer('far');
  bench.wheel.set(
    bench.timer('parent', () => {
      bench.wheel.set(child, bench.now + 40);
      bench.wheel.set(far, bench.now + ROUND);
    }),
    10,
  );
  bench.advance(50);
  t.deepEqual(bench.ran, ['parent@50']);
  bench.advance(96);
  t.deepEqual(bench.ran, ['parent@50', 'child@96']);
  t.true(bench.idle <= ROUND);
  bench.advance(50 + ROUND + TICK);
  t.is(bench.ran.length, 3);
});

test('without a timer there is no bound to sleep; with one it ends in time, and with the last it is gone', (t) => {
  const bench = new Bench(500);
  t.is(bench.idle, LONG);
  t.is(bench.wheel.idleMs(500, 250), 250);
  const timer = bench.timer('it');
  bench.wheel.set(timer, 800);
  t.true(bench.idle >= 300 && bench.idle <= 300 + TICK, `${bench.idle}`);
  t.is(bench.wheel.idleMs(500, 250), 250);
  t.is(bench.wheel.idleMs(900, 250), 0);
  bench.wheel.clear(timer);
  t.is(bench.idle, LONG);
});

test('a sleeper that sleeps as long as it may meets each timer in time, and wakes seldom for nothing', (t) => {
  const bench = new Bench();
  const due = [40, 41, 3000, 3 * ROUND + 7, 40 * ROUND];
  for (const at of due) bench.wheel.set(bench.timer(`${at}`), at);
  let wakes = 0;
  while (bench.ran.length < due.length) {
    if (++wakes > 200) break;
    bench.advance(bench.now + bench.idle);
  }
  t.deepEqual(
    bench.ran.map((name) => Number(name.split('@')[0])).toSorted((a, b) => a - b),
    due,
  );
  for (const name of bench.ran) {
    const [at, now] = name.split('@').map(Number) as [number, number];
    t.true(now >= at && now <= at + TICK, name);
  }
  // One for each, and one a round where only a far one is left.
  t.true(wakes <= due.length + 40, `${wakes}`);
});
