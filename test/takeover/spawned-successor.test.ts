import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { leavesNothingOpen, onLinux, openDescriptors } from '../linux/on-linux.ts';
import { createManualClock } from '../observe/manual-clock.ts';
import { childPath, createOldProcess, temporaryFolder } from './old-process.ts';
import { RawSuccessor } from './raw-successor.ts';
import { collectReports } from './reports.ts';

// SIGUSR2 as the old process sees it: it starts a child, which here does what its steps say.

leavesNothingOpen();

interface Report {
  readonly pid: number;
  readonly outcome: string | null;
  readonly error: string | null;
  readonly sockets: readonly { readonly worker: number; readonly address: { readonly port: number } }[];
  readonly variables: readonly string[];
}

/** The children of this process, also those that have ended and were not waited for. */
function children(): readonly string[] {
  const list = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8');
  return list.split(' ').filter(Boolean);
}

for (const isStanding of [true, false]) {
  onLinux(
    `a successor gets every socket by ${isStanding ? 'the standing' : 'a private'} socket, and serves`,
    async (t) => {
      const folder = temporaryFolder(t);
      const reports = await collectReports<Report>(t, folder);
      const old = createOldProcess(t, {
        env: { ...reports.env, LISTEN_FDS: '3', LISTEN_PID: '1', WATCHDOG_PID: '1', WATCHDOG_USEC: '5' },
      });
      if (isStanding) await old.takeOver.open();
      const before = openDescriptors();
      t.is(await old.takeOver.begin(), 'handed_over');
      const report = await reports.report(0);
      t.is(report.outcome, 'handed_over');
      t.deepEqual(old.successors, [report.pid]);
      t.deepEqual(old.failures, []);
      const own = isStanding ? [[0, undefined]] : [];
      t.deepEqual(
        report.sockets.map(({ worker, address }) => [worker, address.port]),
        [
          ...old.held.map(({ worker, address }) => [worker, address.kind === 'tcp' && address.port]),
          ...own,
        ] as never,
      );
      t.deepEqual(report.variables, ['WATCHDOG_USEC']);
      // A path that was handed over stays, and a private one is removed.
      t.deepEqual(readdirSync(old.folder), isStanding ? ['take-over.sock'] : []);
      t.like(await old.takeOver.begin(), { refused: 'a successor has taken over' });
      await old.takeOver.stop();
      t.deepEqual(readdirSync(old.folder), isStanding ? ['take-over.sock'] : []);
      const sockets = before.socket! - (isStanding ? 1 : 0);
      await reports.dismiss();
      t.is(openDescriptors().socket, sockets);
    },
  );
}

onLinux('1,500 sockets arrive, each where its entry says', async (t) => {
  const reports = await collectReports<Report>(t, temporaryFolder(t));
  const old = createOldProcess(t, { env: reports.env, count: 1500 });
  t.is(await old.takeOver.begin(), 'handed_over');
  const { sockets } = await reports.report(0);
  t.deepEqual(
    sockets.map(({ address }) => address.port),
    old.held.map(({ address }) => (address.kind === 'tcp' ? address.port : 0)),
  );
});

const HELLO = 'say herald-take-over 1';

for (const [what, steps, failed] of [
  ['ends at once', ['exit 2'], 'the successor ended with status 2 before it was ready'],
  ['ends well without a word', ['exit 0'], 'the successor ended with status 0 before it was ready'],
  ['crashes', ['die SIGSEGV'], 'the successor was ended by SIGSEGV before it was ready'],
  ['is killed before it connects', ['die'], 'the successor was ended by SIGKILL before it was ready'],
  [
    'is killed before its hello',
    ['connect', 'die'],
    'the successor was ended by SIGKILL before it was ready',
  ],
  [
    'is killed with half a hello said',
    ['connect', 'say herald', 'die SIGABRT'],
    'the successor was ended by SIGABRT before it was ready',
  ],
  [
    'is killed after its hello',
    ['connect', HELLO, 'die'],
    'the successor was ended by SIGKILL before it was ready',
  ],
  [
    'is killed at the manifest',
    ['connect', HELLO, 'read', 'die'],
    'the successor was ended by SIGKILL before it was ready',
  ],
  [
    'is killed while descriptors are sent',
    ['connect', HELLO, 'read', 'say next', 'die'],
    'the successor was ended by SIGKILL before it was ready',
  ],
  ['is killed with all sockets', ['join', 'die'], 'the successor was ended by SIGKILL before it was ready'],
  ['ends with all sockets', ['join', 'exit 1'], 'the successor ended with status 1 before it was ready'],
  [
    'speaks another version',
    ['connect', 'say herald-take-over 2', 'stay'],
    'the successor speaks version 2 of the take-over, this process version 1',
  ],
  [
    'asks for more than there is',
    ['connect', HELLO, 'read', 'say next', 'say next', 'say next', 'stay'],
    'the successor said something that does not belong here',
  ],
  [
    'is ready before it has its sockets',
    ['connect', HELLO, 'read', 'say ready', 'stay'],
    'the successor said something that does not belong here',
  ],
  [
    'never ends its line',
    ['connect', HELLO, `say ${'x'.repeat(1000)}`, 'stay'],
    'the successor said something that does not belong here',
  ],
] as const) {
  onLinux(`a successor that ${what} leaves the old process as it was`, async (t) => {
    const clock = createManualClock();
    const old = createOldProcess(t, { steps, clock, count: 300 });
    await old.takeOver.open();
    const before = openDescriptors();
    const result = old.takeOver.begin();
    t.deepEqual(await result, { failed });
    t.deepEqual(old.failures, [failed]);
    t.deepEqual(old.successors, []);
    t.deepEqual(children(), []);
    // The end of a process may be told before the end of the connection that it had opened.
    while (clock.waiting > 0) await new Promise((resolve) => setImmediate(resolve));
    t.deepEqual(openDescriptors(), before);
    t.false(old.takeOver.isUnderWay);
    t.deepEqual(readdirSync(old.folder), ['take-over.sock']);
  });
}

onLinux('a successor that closes the connection and lives on is ended', async (t) => {
  const clock = createManualClock();
  const reports = await collectReports<Report>(t, temporaryFolder(t));
  const steps = ['join', 'close', 'report', 'stay'];
  const old = createOldProcess(t, { steps, clock, env: reports.env });
  const result = old.takeOver.begin();
  await reports.report(0);
  // Its time to be ready, and its time to end by itself.
  while (clock.waiting < 2) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(2000);
  const failed = 'the successor closed the connection before it was ready';
  t.deepEqual(await result, { failed });
  t.deepEqual(children(), []);
});

for (const [what, steps] of [
  ['does not connect', ['stay']],
  ['hangs with all sockets', ['join', 'stay']],
  ['never lets its loop turn', ['join', 'spin']],
] as const) {
  onLinux(`a successor that ${what} is ended when its time is over`, async (t) => {
    const clock = createManualClock();
    const old = createOldProcess(t, { steps, clock, readyMs: 30_000 });
    const before = openDescriptors();
    const result = old.takeOver.begin();
    while (children().length === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(30_000);
    const failed = 'the successor was not ready within 30 s';
    t.deepEqual(await result, { failed });
    t.deepEqual(old.failures, [failed]);
    t.deepEqual(openDescriptors(), before);
    t.deepEqual(children(), []);
    t.deepEqual(readdirSync(old.folder), []);
  });
}

onLinux('a program that cannot be started is one sentence', async (t) => {
  const program = join(temporaryFolder(t), 'nothing');
  const old = createOldProcess(t, { program: [program] });
  const before = openDescriptors();
  const failed = `the successor could not be started: spawn ${program} ENOENT`;
  t.deepEqual(await old.takeOver.begin(), { failed });
  t.deepEqual(old.failures, [failed]);
  t.deepEqual(openDescriptors(), before);
});

onLinux('without a place for the take-over socket nothing is started', async (t) => {
  const old = createOldProcess(t, { temporaryFolder: '/proc/nowhere' });
  const result = await old.takeOver.begin();
  t.true(typeof result === 'object' && 'failed' in result);
  t.regex(old.failures[0]!, /^the take-over socket cannot be opened in \/proc\/nowhere: ENOENT/);
  t.deepEqual(children(), []);
});

onLinux('of two attempts at once the second is refused, and the first goes on', async (t) => {
  const reports = await collectReports<Report>(t, temporaryFolder(t));
  const old = createOldProcess(t, { env: reports.env });
  const first = old.takeOver.begin();
  t.deepEqual(await old.takeOver.begin(), { refused: 'a take-over is under way' });
  t.is(await first, 'handed_over');
  await reports.report(0);
  t.deepEqual(old.failures, []);
});

onLinux('while a successor is awaited another process is refused', async (t) => {
  const old = createOldProcess(t, { steps: ['stay'] });
  await old.takeOver.open();
  const result = old.takeOver.begin();
  while (children().length === 0) await new Promise((resolve) => setImmediate(resolve));
  const other = await RawSuccessor.dial(old.path);
  other.say('herald-take-over 1');
  t.is(await other.line(), 'refused a take-over is under way');
  await other.closed();
  t.true(old.takeOver.isUnderWay);
  old.takeOver.giveUp();
  t.deepEqual(await result, { failed: 'this process is ending' });
});

onLinux('a take-over that is given up ends the successor, and none begins any more', async (t) => {
  const reports = await collectReports<Report>(t, temporaryFolder(t));
  const old = createOldProcess(t, { steps: ['join', 'report', 'stay'], env: reports.env });
  const result = old.takeOver.begin();
  await reports.report(0);
  const before = children();
  t.is(before.length, 1);
  old.takeOver.giveUp();
  t.deepEqual(await result, { failed: 'this process is ending' });
  t.deepEqual(children(), []);
  t.deepEqual(await old.takeOver.begin(), { refused: 'this process is ending' });
});

onLinux('a successor that is ready is not ended by a take-over that is given up too late', async (t) => {
  const reports = await collectReports<Report>(t, temporaryFolder(t));
  const old = createOldProcess(t, { env: reports.env, handOver: async () => old.takeOver.giveUp() });
  t.is(await old.takeOver.begin(), 'handed_over');
  t.is((await reports.report(0)).outcome, 'handed_over');
});

onLinux('whoever waits for the decision learns of it', async (t) => {
  const old = createOldProcess(t, { steps: ['exit 1'] });
  await old.takeOver.settled();
  const result = old.takeOver.begin();
  t.true(old.takeOver.isUnderWay);
  await old.takeOver.settled();
  t.false(old.takeOver.isUnderWay);
  await result;
});

onLinux('after a failure the next take-over succeeds', async (t) => {
  const reports = await collectReports<Report>(t, temporaryFolder(t));
  const marker = join(temporaryFolder(t), 'marker');
  const script = 'if [ -e "$0" ]; then exec "$@"; else touch "$0"; exit 3; fi';
  const program = ['sh', '-c', script, marker, process.execPath, childPath('successor-child')];
  const old = createOldProcess(t, { program, env: reports.env });
  t.deepEqual(await old.takeOver.begin(), {
    failed: 'the successor ended with status 3 before it was ready',
  });
  t.is(await old.takeOver.begin(), 'handed_over');
  t.is((await reports.report(0)).sockets.length, old.held.length);
});
