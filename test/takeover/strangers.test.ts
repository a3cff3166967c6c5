import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { promisify } from 'node:util';
import { leavesNothingOpen, onLinux, openDescriptors } from '../linux/on-linux.ts';
import { createManualClock } from '../observe/manual-clock.ts';
import { createOldProcess } from './old-process.ts';
import { RawSuccessor } from './raw-successor.ts';

// Whoever connects to the take-over socket and is no successor.

leavesNothingOpen();

const uid = process.geteuid?.() ?? -1;
const OTHER_UID = 65_534;

const refused = (detail: string, who: number | null = uid) => ({
  level: 'warn' as const,
  fields: { uid: who, detail },
  message: 'connection to the take-over socket refused',
});

for (const [what, bytes] of [
  ['a request', 'GET / HTTP/1.1\r\n\r\n'],
  ['another word', 'ready\n'],
  ['a line that never ends', 'x'.repeat(100_000)],
  ['zeros', '\0'.repeat(64)],
] as const) {
  onLinux(`${what} instead of a hello is closed without an answer, and logged`, async (t) => {
    const old = createOldProcess(t);
    await old.takeOver.open();
    const before = openDescriptors();
    const stranger = await RawSuccessor.dial(old.path);
    stranger.socket.write(bytes);
    t.is(await stranger.line(), null);
    t.deepEqual(old.log.lines, [refused('it said no hello')]);
    t.deepEqual(openDescriptors(), before);
    t.deepEqual(old.failures, []);
  });
}

for (const [what, bytes] of [
  ['says nothing', ''],
  ['says half a hello', 'herald-take'],
] as const) {
  onLinux(`whoever ${what} is closed when its time is over`, async (t) => {
    const clock = createManualClock();
    const old = createOldProcess(t, { clock });
    await old.takeOver.open();
    const stranger = await RawSuccessor.dial(old.path);
    stranger.socket.write(bytes);
    while (clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(4999);
    t.is(clock.waiting, 1);
    clock.advance(1);
    t.is(await stranger.line(), null);
    t.deepEqual(old.log.lines, [refused('it said no hello in time')]);
    t.is(clock.waiting, 0);
  });
}

onLinux(
  'who only asks whether somebody listens is no line, who leaves within its hello is one',
  async (t) => {
    const old = createOldProcess(t);
    await old.takeOver.open();
    await (await RawSuccessor.dial(old.path)).close();
    const stranger = await RawSuccessor.dial(old.path);
    stranger.socket.end('herald');
    await stranger.closed();
    while (old.log.lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
    t.deepEqual(old.log.lines, [refused('it closed the connection')]);
  },
);

onLinux('a hello that comes byte by byte is heard', async (t) => {
  const old = createOldProcess(t);
  await old.takeOver.open();
  const successor = await RawSuccessor.dial(old.path);
  successor.socket.setNoDelay(true);
  for (const letter of 'herald-take-over 1\n') {
    await new Promise((resolve) => successor.socket.write(letter, resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.regex((await successor.line())!, /^manifest \d+$/);
  await successor.close();
});

onLinux(
  'a few may be silent at once; for one more the oldest is closed, and a take-over that is under way goes on',
  async (t) => {
    const clock = createManualClock();
    const old = createOldProcess(t, { clock });
    await old.takeOver.open();
    const successor = await RawSuccessor.dial(old.path);
    await successor.takeAll();
    const silent = await Promise.all(Array.from({ length: 4 }, () => RawSuccessor.dial(old.path)));
    const stranger = await RawSuccessor.dial(old.path);
    t.is(await silent[0]!.line(), null);
    t.deepEqual(old.log.lines, [refused('too many connections that say no hello')]);
    successor.say('ready');
    t.is(await successor.line(), 'yours');
    for (const each of [...silent, stranger]) t.is(await each.line(), null);
  },
);

onLinux('a flood of strangers is a bounded number of lines, and one that counts the rest', async (t) => {
  const clock = createManualClock();
  const old = createOldProcess(t, { clock });
  await old.takeOver.open();
  for (let each = 0; each < 50; each++) {
    const stranger = await RawSuccessor.dial(old.path);
    stranger.say('?');
    await stranger.closed();
  }
  t.is(old.log.lines.length, 20);
  clock.advance(10_000);
  t.deepEqual(old.log.lines[20], {
    level: 'warn',
    fields: { held: 30 },
    message: '30 more connections to the take-over socket refused in 10 s',
  });
});

const root = { missing: uid === 0 ? null : 'a process of another user needs root' };

onLinux(
  'a process of another user is closed without an answer, even if the mode of the path lets it connect',
  async (t) => {
    const old = createOldProcess(t);
    await old.takeOver.open();
    // It becomes another user by itself: that user may not be able to read this Node's folder.
    const script = `process.setgid(${OTHER_UID}); process.setuid(${OTHER_UID});
      const peer = require('net').connect(${JSON.stringify(old.path)});
      peer.on('error', (error) => console.log(error.code));
      peer.on('connect', () => { console.log('connected'); peer.write('herald-take-over 1\\n'); });
      peer.on('data', (bytes) => console.log(String(bytes)));
      peer.on('close', () => console.log('closed'));`;
    const visit = async () => {
      const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: '/' });
      return stdout.trim().split('\n');
    };
    chmodSync(old.folder, 0o755);
    t.deepEqual(await visit(), ['EACCES', 'closed']);
    t.deepEqual(old.log.lines, []);
    chmodSync(old.path, 0o666);
    const lines = await visit();
    t.is(lines[0], 'connected');
    t.is(lines.at(-1), 'closed');
    t.false(lines.some((line) => line.startsWith('manifest')));
    t.deepEqual(old.log.lines, [refused('it is another user', OTHER_UID)]);
    t.false(old.takeOver.isUnderWay);
  },
  root,
);
