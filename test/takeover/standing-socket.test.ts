import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { lstatSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { HeldSocket } from '../../src/plan/held-socket.ts';
import { fromLinux, leavesNothingOpen, onLinux, openDescriptors } from '../linux/on-linux.ts';
import { createManualClock } from '../observe/manual-clock.ts';
import { createOldProcess } from './old-process.ts';
import { RawSuccessor } from './raw-successor.ts';

const socket = await fromLinux(() => import('../../src/linux/socket.ts'));
const { takeOverPath } = await fromLinux(() => import('../../src/takeover/take-over-socket.ts'));
const { allocate } = await fromLinux(() => import('../../src/linux/memory.ts'));

// The take-over socket that stands as long as the old process serves, and whoever connects to it.

leavesNothingOpen();

const REFUSED = 'connection to the take-over socket refused';

onLinux(
  'the path is in the first runtime folder, or in /run/herald, and names what tells processes apart',
  (t) => {
    const hash = createHash('sha256').update('/etc/herald.yaml').digest('hex').slice(0, 16);
    t.is(takeOverPath('/run/herald-a:/run/b', '/etc/herald.yaml'), `/run/herald-a/take-over-${hash}.sock`);
    t.is(takeOverPath(undefined, '/etc/herald.yaml'), `/run/herald/take-over-${hash}.sock`);
    t.is(takeOverPath('', '/etc/herald.yaml'), `/run/herald/take-over-${hash}.sock`);
    t.not(takeOverPath(undefined, '/etc/other.yaml'), takeOverPath(undefined, '/etc/herald.yaml'));
  },
);

onLinux(
  'only its owner can connect, whatever the umask is, and it goes when the process stops',
  async (t) => {
    const old = createOldProcess(t);
    const umask = process.umask(0);
    t.teardown(() => process.umask(umask));
    await old.takeOver.open();
    t.is(lstatSync(old.path).mode & 0o777, 0o600);
    t.is(process.umask(), 0);
    await old.takeOver.stop();
    t.deepEqual(readdirSync(old.folder), []);
  },
);

onLinux('without its folder there is no socket, and nobody is warned', async (t) => {
  const old = createOldProcess(t);
  rmSync(old.folder, { recursive: true });
  await old.takeOver.open();
  t.deepEqual(old.log.lines, []);
});

onLinux('a socket of a process that was killed is replaced', async (t) => {
  const old = createOldProcess(t);
  const killed = socket.unixSocket();
  socket.bindUnix(killed, old.path);
  socket.close(killed);
  await old.takeOver.open();
  t.deepEqual(old.log.lines, []);
  const successor = await RawSuccessor.dial(old.path);
  t.is(await successor.takeAll(), old.held.length + 1);
  await successor.close();
});

onLinux('a socket that another process serves, and a file that is no socket, are left alone', async (t) => {
  const other = createOldProcess(t);
  writeFileSync(other.path, 'precious');
  await other.takeOver.open();
  const server = createServer((peer) => peer.destroy());
  t.teardown(() => server.close());
  const old = createOldProcess(t);
  await once(server.listen(old.path), 'listening');
  const { ino } = lstatSync(old.path);
  await old.takeOver.open();
  for (const { log, path } of [other, old]) {
    t.deepEqual(log.lines, [
      {
        level: 'warn',
        fields: { detail: `${path} cannot be opened: another process listens on it, or it is no socket` },
        message: 'no standing take-over socket',
      },
    ]);
  }
  await old.takeOver.stop();
  t.is(lstatSync(old.path).ino, ino);
});

onLinux('a path that is too long for a socket is a warning, and no other path is bound', async (t) => {
  const { TakeOver } = await import('../../src/takeover/take-over.ts');
  const old = createOldProcess(t);
  const path = join(old.folder, 'p'.repeat(108));
  const parts = {
    path,
    temporaryFolder: '/tmp',
    program: ['x'],
    env: {},
    log: old.log,
    clock: createManualClock(),
  };
  const takeOver = new TakeOver({
    ...parts,
    sockets: () => [],
    handOver: async () => {},
    turn: (run) => run(),
    failed() {},
  });
  await takeOver.open();
  t.regex(String(old.log.lines[0]!.fields.detail), /^the path .+ bytes, and a socket has at most 107$/);
  t.deepEqual(readdirSync(old.folder), []);
  await takeOver.stop();
});

onLinux('a path that another process has bound anew is not removed', async (t) => {
  const old = createOldProcess(t);
  await old.takeOver.open();
  rmSync(old.path);
  const server = createServer();
  t.teardown(() => server.close());
  await once(server.listen(old.path), 'listening');
  await old.takeOver.stop();
  t.deepEqual(readdirSync(old.folder), ['take-over.sock']);
});

onLinux('a process that was started otherwise takes over by the standing socket', async (t) => {
  const old = createOldProcess(t, { count: 600 });
  await old.takeOver.open();
  const before = openDescriptors();
  const successor = await RawSuccessor.dial(old.path);
  t.is(await successor.takeAll(), 601);
  t.true(old.takeOver.isUnderWay);
  successor.say('ready');
  t.is(await successor.line(), 'yours');
  await successor.closed();
  t.deepEqual(old.successors, [process.pid]);
  await old.takeOver.stop();
  // Its own end of the standing socket, which the successor has now.
  t.is(openDescriptors().socket, before.socket! - 1);
});

for (const [what, steps] of [
  ['with nothing but its hello', async (successor: RawSuccessor) => successor.say('herald-take-over 1')],
  ['with all sockets', async (successor: RawSuccessor) => void (await successor.takeAll())],
] as const) {
  onLinux(`a process that was started otherwise and leaves ${what} changes nothing`, async (t) => {
    const old = createOldProcess(t);
    await old.takeOver.open();
    const before = openDescriptors();
    const successor = await RawSuccessor.dial(old.path);
    await steps(successor);
    while (!old.takeOver.isUnderWay) await new Promise((resolve) => setImmediate(resolve));
    await successor.close();
    await old.takeOver.settled();
    t.deepEqual(old.failures, ['the successor closed the connection before it was ready']);
    t.deepEqual(openDescriptors(), before);
    const next = await RawSuccessor.dial(old.path);
    t.is(await next.takeAll(), old.held.length + 1);
    await next.close();
  });
}

onLinux('a process that leaves right after it was ready has not taken over', async (t) => {
  const old = createOldProcess(t, { count: 0 });
  const { held } = old;
  t.is(held.length, 0);
  await old.takeOver.open();
  const fd = socket.unixSocket();
  socket.connectUnix(fd, old.path);
  const words = allocate(64);
  const say = async (line: string) => {
    const { written } = new TextEncoder().encodeInto(line, words.bytes);
    socket.transmit(fd, words.address, written);
  };
  await say('herald-take-over 1\nnext\n');
  // Both words and the end are there before the old process reads the first of them.
  while (!old.takeOver.isUnderWay) await new Promise((resolve) => setImmediate(resolve));
  await say('ready\n');
  socket.close(fd);
  await old.takeOver.settled();
  t.deepEqual(old.successors, []);
  t.deepEqual(old.failures, ['the successor closed the connection before it was ready']);
});

onLinux('a take-over that is given up tells the successor why', async (t) => {
  const old = createOldProcess(t);
  await old.takeOver.open();
  const successor = await RawSuccessor.dial(old.path);
  await successor.takeAll();
  old.takeOver.giveUp();
  t.is(await successor.line(), 'refused this process is ending');
  await successor.closed();
  t.deepEqual(old.failures, ['this process is ending']);
  t.deepEqual(old.successors, []);
});

onLinux('of two processes at once the second is refused', async (t) => {
  const old = createOldProcess(t);
  await old.takeOver.open();
  const [first, second] = [await RawSuccessor.dial(old.path), await RawSuccessor.dial(old.path)];
  await first.takeAll();
  second.say('herald-take-over 1');
  t.is(await second.line(), 'refused a take-over is under way');
  await second.closed();
  t.deepEqual(await old.takeOver.begin(), { refused: 'a take-over is under way' });
  first.say('ready');
  t.is(await first.line(), 'yours');
  await first.closed();
});

onLinux('another version is refused with a sentence, and nothing is begun', async (t) => {
  const old = createOldProcess(t);
  await old.takeOver.open();
  const successor = await RawSuccessor.dial(old.path);
  successor.say('herald-take-over 2');
  const sentence = 'the successor speaks version 2 of the take-over, this process version 1';
  t.is(await successor.line(), `refused ${sentence}`);
  await successor.closed();
  t.deepEqual(old.failures, []);
  t.deepEqual(old.log.lines, [
    { level: 'warn', fields: { uid: process.geteuid!(), detail: sentence }, message: REFUSED },
  ]);
});

/** A take-over socket of a process that has handed it over, which this one has as well. */
function passedOn(path: string): HeldSocket {
  const fd = socket.unixSocket();
  socket.bindUnix(fd, path);
  socket.listenOn(fd, 8);
  return { name: 'take-over', address: { kind: 'unix', path }, worker: 0, fd };
}

onLinux(
  'a socket that was passed on is served, with whoever waits in its queue, and goes with this process',
  async (t) => {
    const old = createOldProcess(t);
    const passed = passedOn(old.path);
    const { ino } = lstatSync(old.path);
    const successor = await RawSuccessor.dial(old.path);
    await old.takeOver.open(passed);
    t.is(lstatSync(old.path).ino, ino);
    t.is(await successor.takeAll(), old.held.length + 1);
    await successor.close();
    await old.takeOver.stop();
    t.deepEqual(readdirSync(old.folder), []);
  },
);

for (const [what, pathOf] of [
  ['whose path is gone', (path: string) => path],
  ['of another path', (path: string) => `${path}.other`],
] as const) {
  onLinux(
    `a socket that was passed on and ${what} is closed, and one of the right path opened`,
    async (t) => {
      const old = createOldProcess(t);
      const before = openDescriptors();
      const passed = passedOn(pathOf(old.path));
      if (what === 'whose path is gone') rmSync(old.path);
      await old.takeOver.open(passed);
      t.deepEqual(readdirSync(old.folder), ['take-over.sock']);
      t.is(openDescriptors().socket, before.socket! + 1);
      const successor = await RawSuccessor.dial(old.path);
      t.is(await successor.takeAll(), old.held.length + 1);
      await successor.close();
    },
  );
}

onLinux('a process that is stopped while it opens its socket leaves none', async (t) => {
  const old = createOldProcess(t);
  const before = openDescriptors();
  const opened = old.takeOver.open();
  await old.takeOver.stop();
  await opened;
  t.deepEqual(readdirSync(old.folder), []);
  t.deepEqual(openDescriptors(), before);
});
