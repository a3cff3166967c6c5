import test from 'ava';
import { runPhase } from '../../src/load/run-phase.ts';
import { type Batch, COUNT, failureAt } from '../../src/load/samples.ts';
import type { Conversation, LoadConnection, Sockets } from '../../src/load/sockets.ts';
import { planWith } from './sample-plan.ts';

const START_US = 5_000_000;

/** Simulated sockets. Time advances from alarm to alarm; connects succeed at once, and alarms may be late. */
class QuietWorld implements Sockets {
  readonly output = Buffer.alloc(1024);
  readonly poured = Buffer.alloc(1024);
  readonly #lateUs: number;
  #nowUs = START_US;
  #alarm: { readonly atUs: number; readonly onAlarm: () => void } | null = null;
  #later: (() => void)[] = [];
  connects = 0;
  /** How many connections are refused, from the first on. */
  refusals = 0;
  stopAtUs = Number.POSITIVE_INFINITY;

  constructor(lateUs: number) {
    this.#lateUs = lateUs;
  }

  now(): number {
    return this.#nowUs;
  }

  connect(_endpoint: unknown, _from: unknown, conversation: Conversation): LoadConnection {
    this.connects++;
    const refuses = this.connects <= this.refusals;
    this.#later.push(() => (refuses ? conversation.failed('ECONNREFUSED') : conversation.connected()));
    return { send: () => {}, pour: () => 0, ending: false, local: () => null, close: () => {} };
  }

  setAlarm(atUs: number, onAlarm: () => void): void {
    this.#alarm = { atUs, onAlarm };
  }

  later(work: () => void): void {
    this.#later.push(work);
  }

  async run(done: () => boolean): Promise<void> {
    for (;;) {
      while (this.#later.length > 0) for (const work of this.#later.splice(0)) work();
      if (done()) return;
      const { atUs, onAlarm } = this.#alarm!;
      this.#alarm = null;
      this.#nowUs = Math.max(this.#nowUs, atUs + this.#lateUs);
      onAlarm();
    }
  }

  waitedUs(): number {
    return (this.#nowUs - START_US) / 4;
  }

  stop(): void {}
}

async function play(
  lateMs: number,
  parts: Parameters<typeof planWith>[0],
  startedMs = 0,
  { refusals = 0, givesUp = true } = {},
) {
  const plan = planWith({ work: 'connect', ...parts });
  const sockets = new QuietWorld(lateMs * 1000);
  sockets.refusals = refusals;
  const batches: (readonly [number, Batch])[] = [];
  const [warmupUs, durationUs] = [plan.warmupMs * 1000, plan.durationMs * 1000];
  const end = await runPhase({
    plan,
    thread: 0,
    phase: { endpoint: 0, startUs: 0, fromUs: warmupUs, toUs: warmupUs + durationUs },
    startUs: START_US - startedMs * 1000,
    intervalUs: 50_000,
    sockets,
    nextClient: null,
    stopped: () => sockets.now() >= START_US + (plan.threads === 2 ? 120_000 : Number.POSITIVE_INFINITY),
    report: (interval, batch) => batches.push([interval, batch]),
    random: Math.random,
    givesUp,
  });
  const times = batches.flatMap(([, { total }]) => [...total]);
  const count = (what: number) => batches.reduce((sum, [, { counts }]) => sum + counts[what]!, 0);
  return { end, batches, times, count, sockets };
}

test('each arrival begins when it is due', async (t) => {
  const { end, times, count } = await play(0, { rate: 500, durationMs: 100 });
  t.deepEqual(times, new Array(50).fill(0));
  t.deepEqual(end, { busy: 0.75, arrivals: 50, late: 0, open: 0, measuredUs: 100_000, refused: false });
  t.is(count(COUNT.connections), 50);
});

test('a thread that wakes late catches up: no arrival is lost, and each has waited since it was due', async (t) => {
  const { end, times } = await play(40, { rate: 1000, durationMs: 200 });
  t.is(times.length, 200);
  t.is(end.arrivals, 200);
  t.is(Math.max(...times), 40_000);
  // The thread wakes every 41 ms and arrivals are 1 ms apart, so waits are spread evenly.
  t.is(times.filter((us) => us >= 20_000).length, 105);
  t.true(end.late > 140);
});

test('a burst of arrivals that are all late lets others have their turn in between', async (t) => {
  const { times, sockets } = await play(200, { rate: 2000, durationMs: 400 });
  t.is(times.length, 800);
  t.is(sockets.connects, 800);
});

test('what is due in the warm-up is played, and not measured', async (t) => {
  const { times, sockets, count } = await play(0, { rate: 1000, durationMs: 100, warmupMs: 100 });
  t.is(times.length, 100);
  t.is(sockets.connects, 200);
  t.is(count(COUNT.connections), 100);
});

test('intervals are numbered from the start of the measurement on', async (t) => {
  const { batches } = await play(0, { rate: 1000, durationMs: 200, warmupMs: 100 });
  t.deepEqual([...new Set(batches.map(([interval]) => interval))], [-1, 0, 1, 2, 3]);
  for (const wanted of [0, 1, 2, 3]) {
    const done = batches.filter(([interval]) => interval === wanted);
    const sum = done.reduce((all, [, { counts }]) => all + counts[COUNT.connections]!, 0);
    t.true(Math.abs(sum - 50) <= 1, `${wanted}: ${sum}`);
  }
});

test('a phase that begins late, after the one before, is as long, and nothing was due meanwhile', async (t) => {
  const { times, end } = await play(0, { rate: 500, durationMs: 100 }, 700);
  t.deepEqual(times, new Array(50).fill(0));
  t.is(end.measuredUs, 100_000);
});

test('a phase that is stopped has measured until then', async (t) => {
  const { end } = await play(0, { rate: 500, durationMs: 10_000, threads: 2 });
  t.is(end.measuredUs, 120_000);
  t.true(end.arrivals <= 31);
});

const ALWAYS = { refusals: Number.POSITIVE_INFINITY };

test('an endpoint that refuses everybody from the start is given up after half a second, also in the warm-up', async (t) => {
  for (const warmupMs of [0, 10_000]) {
    const { end, sockets } = await play(0, { rate: 100, durationMs: 20_000, warmupMs }, 0, ALWAYS);
    t.true(end.refused);
    t.true(sockets.connects >= 45 && sockets.connects <= 55, String(sockets.connects));
    t.is(end.measuredUs > 0, warmupMs === 0);
  }
});

test('it is not given up by one refusal or two, nor once anybody was reached, nor later in a run', async (t) => {
  const slow = await play(0, { rate: 1, durationMs: 2000 }, 0, ALWAYS);
  t.false(slow.end.refused);
  const starting = await play(0, { rate: 100, durationMs: 1000 }, 0, { refusals: 40 });
  t.false(starting.end.refused);
  t.is(starting.sockets.connects, 100);
  const later = await play(0, { rate: 100, durationMs: 1000 }, 0, { ...ALWAYS, givesUp: false });
  t.false(later.end.refused);
  t.is(later.sockets.connects, 100);
});

test('who never has an answer counts as that, with the time that it has waited', async (t) => {
  const { times, count, end } = await play(0, { work: 'ping', rate: 50, durationMs: 100 });
  t.is(count(failureAt('unanswered')), 5);
  // All are closed a second after the end of the measurement.
  t.deepEqual(times, [1_100_000, 1_080_000, 1_060_000, 1_040_000, 1_020_000]);
  t.is(count(COUNT.requests), 0);
  t.is(end.open, 5);
});
