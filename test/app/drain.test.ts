import { mock } from 'node:test';
import test, { type ExecutionContext } from 'ava';
import { createDrain } from '../../src/app/drain.ts';
import type { Log } from '../../src/observe/log.ts';
import type { Engine } from '../../src/plan/engine.ts';

/** Lets everything happen that needs no timer. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A drain around an engine whose sessions end when the test says so, with all that happened in its order. */
function create(
  t: ExecutionContext,
  times: { delayMs?: number; timeoutMs?: number; finishing?: Promise<void> } = {},
) {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const events: string[] = [];
  const note = (event: string) => () => {
    events.push(event);
  };
  let end = () => {};
  const sessions = new Promise<void>((resolve) => {
    end = resolve;
  });
  const engine: Engine = {
    name: 'net',
    presentations: [],
    transports: [],
    threads: 0,
    servesInMainThread: true,
    acceptsInBatches: false,
    apply: async () => [],
    drain: () => {
      events.push('engine drains');
      return sessions;
    },
    stop: async (reason) => {
      events.push(`engine stops: ${reason}`);
      end();
    },
    sessions: async () => [],
    alive: async () => true,
    sockets: () => [],
  };
  const info: Log['info'] = (_, message) => events.push(`log: ${message}`);
  const drain = createDrain({
    timeoutMs: times.timeoutMs ?? 0,
    pid: 7,
    log: { info } as Log,
    sessions: () => 3,
    engine,
    leaving: note('leaving'),
    closed: note('listeners close'),
    finish: async () => {
      events.push('finish');
      await times.finishing;
    },
  });
  void drain.ended.then(note('ended'));
  return {
    ...drain,
    drain: () => drain.drain(times.delayMs ?? 0),
    events,
    sessionsEnd: end,
    /** Advances the clock, and waits for what follows from that. */
    pass: async (ms: number) => {
      mock.timers.tick(ms);
      await settle();
    },
  };
}

const FINISHED = ['finish', 'log: stopped', 'ended'];

// The clock of the process is replaced, so that only one test at a time can run.

test.serial(
  'a drain says so, closes the listeners, waits for the sessions, and then stops the rest',
  async (t) => {
    const { drain, events, sessionsEnd } = create(t);
    const draining = drain();
    await settle();
    const begun = ['leaving', 'log: draining', 'listeners close', 'engine drains'];
    t.deepEqual(events, begun);
    sessionsEnd();
    await draining;
    await settle();
    t.deepEqual(events, [...begun, ...FINISHED]);
  },
);

test.serial('listeners stay open for the delay of a drain, to the millisecond', async (t) => {
  const { drain, events, pass } = create(t, { delayMs: 5000 });
  void drain();
  await pass(4999);
  t.deepEqual(events, ['leaving', 'log: draining']);
  await pass(1);
  t.deepEqual(events.slice(2), ['listeners close', 'engine drains']);
});

test.serial(
  'sessions that outlast the timeout are reset, counted from the close of the listeners',
  async (t) => {
    const { drain, events, pass } = create(t, { delayMs: 5000, timeoutMs: 8000 });
    const draining = drain();
    await pass(5000);
    await pass(7999);
    t.deepEqual(events.slice(2), ['listeners close', 'engine drains']);
    await pass(1);
    await draining;
    t.deepEqual(events.slice(4), ['engine stops: drain_timeout', ...FINISHED]);
  },
);

test.serial('sessions that end in time are not followed by a reset', async (t) => {
  const { drain, events, pass, sessionsEnd } = create(t, { timeoutMs: 8000 });
  const draining = drain();
  await pass(7999);
  sessionsEnd();
  await draining;
  await pass(100_000);
  t.deepEqual(events.slice(4), FINISHED);
});

test.serial('with a timeout of 0 sessions are waited for without end', async (t) => {
  const { drain, events, pass, sessionsEnd } = create(t, { timeoutMs: 0 });
  void drain();
  await pass(0);
  await pass(365 * 24 * 3_600_000);
  t.is(events.at(-1), 'engine drains');
  sessionsEnd();
  await settle();
  t.deepEqual(events.slice(4), FINISHED);
});

test.serial('a stop resets every session at once', async (t) => {
  const { stop, events } = create(t, { delayMs: 5000, timeoutMs: 8000 });
  await stop();
  await settle();
  t.deepEqual(events, ['leaving', 'listeners close', 'engine stops: stopped', ...FINISHED]);
});

test.serial('a stop in the middle of a drain ends it at once, and the rest is stopped once', async (t) => {
  const { drain, stop, events, pass } = create(t, { timeoutMs: 8000 });
  const draining = drain();
  await settle();
  await stop();
  await draining;
  await pass(100_000);
  t.deepEqual(
    events.filter((event) => /engine|finish|ended/.test(event)),
    ['engine drains', 'engine stops: stopped', 'finish', 'ended'],
  );
});

test.serial(
  'a stop during the delay of a drain does not wait for it, and the engine is not drained',
  async (t) => {
    const { drain, stop, events, pass } = create(t, { delayMs: 5000, timeoutMs: 8000 });
    const draining = drain();
    await pass(100);
    const stopping = stop();
    await Promise.all([draining, stopping]);
    await pass(100_000);
    t.false(events.includes('engine drains'));
    t.deepEqual(events.slice(-4), ['engine stops: stopped', ...FINISHED]);
    t.is(events.filter((event) => event === 'finish').length, 1);
  },
);

test.serial('a drain that is asked for twice is one drain', async (t) => {
  const { drain, events, sessionsEnd } = create(t);
  const [one, two] = [drain(), drain()];
  sessionsEnd();
  await Promise.all([one, two]);
  await settle();
  t.deepEqual(events, ['leaving', 'log: draining', 'listeners close', 'engine drains', ...FINISHED]);
});

test.serial('a stop that is asked for twice is one stop', async (t) => {
  const { stop, events } = create(t);
  await Promise.all([stop(), stop()]);
  t.is(events.filter((event) => event.startsWith('engine')).length, 1);
  t.is(events.filter((event) => event === 'finish').length, 1);
});

test.serial('a drain that is asked for after a stop begins nothing anew', async (t) => {
  const { drain, stop, events } = create(t, { delayMs: 5000 });
  const stopping = stop();
  await drain();
  await stopping;
  t.false(events.includes('engine drains'));
  t.false(events.includes('log: draining'));
});

test.serial('nothing has ended before the last part is stopped', async (t) => {
  let finished = () => {};
  const finishing = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const { drain, events, sessionsEnd } = create(t, { finishing });
  void drain();
  sessionsEnd();
  await settle();
  t.is(events.at(-1), 'finish');
  finished();
  await settle();
  t.deepEqual(events.slice(-3), FINISHED);
});
