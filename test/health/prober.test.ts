import test from 'ava';
import type { ProbeFailure, ProbeTarget } from '../../src/health/probe-target.ts';
import { Prober } from '../../src/health/prober.ts';

const target = (slot: number, parts: Partial<ProbeTarget> = {}): ProbeTarget => ({
  listener: 'web',
  endpoint: { slot, ip: Uint8Array.of(10, 0, 0, slot), port: 80, path: null, text: `10.0.0.${slot}:80` },
  intervalMs: 1000,
  timeoutMs: 1000,
  header: 'v2',
  ...parts,
});

/** A prober whose checks and clock are controlled by the test. */
function create(random = () => 0.5) {
  const timers = new Set<{ at: number; run: () => void }>();
  const open = new Map<ProbeTarget, (failure: ProbeFailure | null) => void>();
  const events: string[] = [];
  const stopped: number[] = [];
  let now = 0;
  const prober = new Prober({
    probe: (each, done) => {
      open.set(each, (failure) => {
        open.delete(each);
        done(failure);
      });
      return () => {
        open.delete(each);
        stopped.push(each.endpoint.slot);
      };
    },
    after: (ms, run) => {
      const timer = { at: now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    random,
    failed: ({ endpoint }, failure) => events.push(`${endpoint.slot} ${failure}`),
    changed: ({ endpoint }, now) => events.push(`${endpoint.slot} ${now}`),
  });
  /** Lets time pass. Checks that begin stay open until they are answered. */
  const pass = (ms: number) => {
    now += ms;
    for (const timer of [...timers].sort((a, b) => a.at - b.at)) {
      if (timer.at > now) continue;
      timers.delete(timer);
      timer.run();
    }
  };
  const answer = (failure: ProbeFailure | null) => {
    for (const done of [...open.values()]) done(failure);
  };
  /** One round of every endpoint. */
  const round = (failure: ProbeFailure | null) => {
    pass(1100);
    answer(failure);
  };
  return { prober, pass, answer, round, events, open, timers, stopped };
}

test('an endpoint goes down after three failed checks in a row, and up after two good ones', (t) => {
  const { prober, round, events } = create();
  prober.watch([target(1)]);
  for (const failure of ['refused', 'refused'] as const) round(failure);
  round(null);
  t.deepEqual(events.splice(0), ['1 refused', '1 refused']);
  for (const failure of ['refused', 'timeout', 'reset'] as const) round(failure);
  t.deepEqual(events.splice(0), ['1 refused', '1 timeout', '1 reset', '1 down']);
  t.is(prober.down('web'), 1);
  round(null);
  round('refused');
  round(null);
  t.deepEqual(events.splice(0), ['1 refused']);
  round(null);
  t.deepEqual(events, ['1 up']);
  t.is(prober.down('web'), 0);
});

test('an endpoint that stays down is told once', (t) => {
  const { prober, round, events } = create();
  prober.watch([target(1)]);
  for (let i = 0; i < 9; i++) round('refused');
  t.is(events.filter((event) => event.includes('down')).length, 1);
});

test('a local shortage, such as of descriptors, is counted but does not mark an endpoint as down', (t) => {
  const { prober, round, events } = create();
  prober.watch([target(1)]);
  for (let i = 0; i < 5; i++) round('local');
  t.deepEqual(new Set(events), new Set(['1 local']));
  t.is(prober.down('web'), 0);
});

test('first checks are spread over an interval, later ones jitter by a tenth of it', (t) => {
  let share = 0.25;
  const { prober, pass, answer, timers } = create(() => share);
  prober.watch([target(1)]);
  t.deepEqual(
    [...timers].map(({ at }) => at),
    [250],
  );
  pass(250);
  for (const [random, at] of [
    [0, 250 + 900],
    [1, 250 + 900 + 1100],
  ] as const) {
    share = random;
    answer(null);
    t.deepEqual(
      [...timers].map((timer) => Math.round(timer.at)),
      [at],
    );
    pass(at - (random === 0 ? 250 : 250 + 900));
  }
});

test('no more than 64 checks are under way, and those that waited come in their order', (t) => {
  const { prober, pass, open } = create();
  prober.watch(Array.from({ length: 70 }, (_, slot) => target(slot)));
  pass(1000);
  t.is(open.size, 64);
  const [first] = open.keys();
  open.get(first!)!(null);
  t.is(open.size, 64);
  t.true([...open.keys()].some(({ endpoint }) => endpoint.slot === 64));
  t.false([...open.keys()].some(({ endpoint }) => endpoint.slot === 65));
});

test('an endpoint that is watched no more is let go of, wherever its check stands', (t) => {
  const { prober, pass, open, timers, stopped } = create();
  const all = Array.from({ length: 66 }, (_, slot) => target(slot));
  prober.watch(all);
  pass(1000);
  // Check 0 is running and gives its place to 64; 65 waits for the next place.
  prober.watch(all.slice(1, 65));
  t.deepEqual(stopped, [0]);
  t.is(open.size, 64);
  t.true([...open.keys()].some(({ endpoint }) => endpoint.slot === 64));
  prober.watch([]);
  t.is(open.size, 0);
  t.is(timers.size, 0);
});

test('an endpoint that is no longer watched leaves its slot marked as up', (t) => {
  const { prober, round, events } = create();
  prober.watch([target(1)]);
  for (let i = 0; i < 3; i++) round('refused');
  events.splice(0);
  prober.watch([]);
  t.deepEqual(events, ['1 gone']);
});

test('the state of an endpoint is kept when its check changes', (t) => {
  const { prober, pass, round, open, events } = create();
  prober.watch([target(1)]);
  for (let i = 0; i < 2; i++) round('refused');
  prober.watch([target(1, { header: 'none' })]);
  pass(1100);
  t.deepEqual(
    [...open.keys()].map(({ header }) => header),
    ['none'],
  );
  for (const done of open.values()) done('refused');
  t.is(events.at(-1), '1 down');
});

test('the same address of two listeners is two endpoints', (t) => {
  const { prober, round } = create();
  prober.watch([target(1), target(2, { listener: 'mail' })]);
  for (let i = 0; i < 3; i++) round('refused');
  t.deepEqual([prober.down('web'), prober.down('mail')], [1, 1]);
});

test('a prober that has stopped waits for nothing', (t) => {
  const { prober, pass, open, timers } = create();
  prober.watch([target(1), target(2)]);
  pass(1000);
  prober.stop();
  t.deepEqual([open.size, timers.size], [0, 0]);
});
