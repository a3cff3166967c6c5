import { constants } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { fromLinux, LINUX } from '../linux/on-linux.ts';
import { createManualClock } from '../observe/manual-clock.ts';

// The room loads koffi, which only Linux can.
const { Notifier, watchdogMs } = await fromLinux(() => import('../../src/systemd/notifier.ts'));
const onLinux = LINUX ? test : test.skip;

const PATH = '/run/systemd/notify';

/** A notifier of process 42 whose datagrams are kept; `result` is what sending returns. */
function create(env: { [name: string]: string } = { NOTIFY_SOCKET: PATH }, result = 0) {
  const sent: string[] = [];
  const warnings: string[] = [];
  const notifier = new Notifier({
    env,
    pid: 42,
    warn: (message) => warnings.push(message),
    send: (path, bytes) => {
      sent.push(`${path} ${Buffer.from(bytes)}`);
      return result;
    },
    monotonicNs: () => 7_000_999n,
  });
  return { notifier, sent, warnings };
}

/** Each line of what was sent, without the path. */
const lines = (sent: readonly string[]) => sent.map((each) => each.slice(PATH.length + 1).split('\n'));

onLinux('a start, a reload and a stop are told in one datagram each', (t) => {
  const { notifier, sent, warnings } = create();
  notifier.ready('2 listeners');
  notifier.reloading();
  notifier.ready('3 listeners');
  notifier.stopping('draining');
  t.deepEqual(lines(sent), [
    ['READY=1', 'STATUS=2 listeners'],
    ['RELOADING=1', 'MONOTONIC_USEC=7000'],
    ['READY=1', 'STATUS=3 listeners'],
    ['STOPPING=1', 'STATUS=draining'],
  ]);
  t.deepEqual(warnings, []);
});

onLinux('a stop is told once, and a reload that meets it is not told', (t) => {
  const { notifier, sent } = create();
  notifier.reloading();
  notifier.stopping('draining');
  notifier.stopping('draining');
  notifier.ready('2 listeners');
  notifier.reloading();
  t.deepEqual(
    lines(sent).map(([first]) => first),
    ['RELOADING=1', 'STOPPING=1'],
  );
});

onLinux('the time of a reload is that of the clock that systemd has', (t) => {
  const sent: string[] = [];
  const notifier = new Notifier({
    env: { NOTIFY_SOCKET: PATH },
    pid: 42,
    warn: t.log,
    send: (_, bytes) => sent.push(Buffer.from(bytes).toString()),
  });
  const before = process.hrtime.bigint();
  notifier.reloading();
  const us = BigInt(/MONOTONIC_USEC=(\d+)$/.exec(sent[0]!)![1]!);
  t.true(us >= before / 1000n && us <= process.hrtime.bigint() / 1000n);
});

onLinux('who has handed over says nothing more, also by its watchdog', async (t) => {
  const clock = createManualClock();
  const { notifier, sent } = create({ NOTIFY_SOCKET: PATH, WATCHDOG_USEC: '2000000' });
  notifier.watch({ alive: async () => true, after: clock.after });
  notifier.handedOver(77);
  notifier.stopping('draining');
  notifier.ready('again');
  clock.advance(1000);
  await turn();
  t.deepEqual(lines(sent), [['MAINPID=77']]);
  t.is(clock.waiting, 0);
});

onLinux('a process that nobody waits for sends nothing and says nothing', (t) => {
  for (const env of [{}, { NOTIFY_SOCKET: '' }]) {
    const clock = createManualClock();
    const { notifier, sent, warnings } = create({ ...env, WATCHDOG_USEC: '2000000' });
    notifier.watch({ alive: async () => true, after: clock.after });
    notifier.ready('2 listeners');
    notifier.stopping('draining');
    notifier.handedOver(77);
    t.deepEqual([sent, warnings, clock.waiting], [[], [], 0]);
  }
});

onLinux('a socket that Herald cannot send to is one warning', (t) => {
  for (const path of ['vsock:2:1234', 'relative', '@', '/']) {
    const { notifier, sent, warnings } = create({ NOTIFY_SOCKET: path });
    notifier.ready('2 listeners');
    notifier.stopping('draining');
    t.deepEqual(sent, []);
    t.deepEqual(warnings, [
      `NOTIFY_SOCKET ${JSON.stringify(path)} is of a kind that Herald does not support (a path or an @ name are): systemd is not told`,
    ]);
  }
  t.deepEqual(create({ NOTIFY_SOCKET: '@name' }).warnings, []);
});

onLinux('a datagram that cannot be sent is one warning, and the next is tried all the same', (t) => {
  const { notifier, sent, warnings } = create({ NOTIFY_SOCKET: PATH }, -constants.errno.ENOENT);
  notifier.ready('2 listeners');
  notifier.stopping('draining');
  t.is(sent.length, 2);
  t.deepEqual(warnings, ['systemd could not be told READY=1: ENOENT']);
});

onLinux('the watchdog hears of Herald at half of its interval, as long as all threads answer', async (t) => {
  const clock = createManualClock();
  let good = true;
  const { notifier, sent } = create({ NOTIFY_SOCKET: PATH, WATCHDOG_USEC: '3000000', WATCHDOG_PID: '42' });
  notifier.watch({ alive: async () => good, after: clock.after });
  const half = async () => {
    clock.advance(1500);
    await turn();
  };
  clock.advance(1499);
  await turn();
  t.is(sent.length, 0);
  clock.advance(1);
  await turn();
  t.deepEqual(lines(sent), [['WATCHDOG=1']]);
  good = false;
  await half();
  t.is(sent.length, 1);
  good = true;
  await half();
  t.is(sent.length, 2);
  notifier.end();
  await half();
  t.is(sent.length, 2);
  t.is(clock.waiting, 0);
});

onLinux('an answer that comes after the end is told to nobody', async (t) => {
  const clock = createManualClock();
  let answer = (_: boolean) => {};
  const { notifier, sent } = create({ NOTIFY_SOCKET: PATH, WATCHDOG_USEC: '3000000' });
  notifier.watch({
    alive: () => {
      return new Promise((resolve) => {
        answer = resolve;
      });
    },
    after: clock.after,
  });
  clock.advance(1500);
  notifier.end();
  answer(true);
  await turn();
  t.deepEqual([sent, clock.waiting], [[], 0]);
});

onLinux('a watchdog is ours unless it is that of another process, or no interval', (t) => {
  t.is(watchdogMs({ WATCHDOG_USEC: '30000000' }, 42), 15_000);
  t.is(watchdogMs({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '42' }, 42), 15_000);
  t.is(watchdogMs({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '41' }, 42), null);
  t.is(watchdogMs({ WATCHDOG_USEC: '1' }, 42), 1);
  for (const WATCHDOG_USEC of ['', '0', '-1', 'x', '1.5']) t.is(watchdogMs({ WATCHDOG_USEC }, 42), null);
  t.is(watchdogMs({}, 42), null);
});
