import test from 'ava';
import { type ParsedAddress, parseAddress } from '../../src/address/socket-address.ts';
import { startApp } from '../../src/app/app.ts';
import { createListenTable, passedBefore, readPassedSockets } from '../../src/app/listen-table.ts';
import { configFromValue } from '../../src/config/config-from-value.ts';
import { linesOf } from '../config/problems-of.ts';
import { createMemoryLog } from '../observe/memory-log.ts';
import { createTestHost } from '../tools/test-host.ts';

const passed = (name: string, address: string) => {
  return { name, fds: [3], address: parseAddress(address) as ParsedAddress, isOfOwnNetwork: true };
};
const WEB = passed('web', '127.0.0.1:8080');
const MAIL = passed('mail', 'unix:/run/mail.sock');

/** A configuration with a listener for each of these names. */
const config = (...names: readonly string[]) =>
  configFromValue(
    {
      version: 1,
      metrics: 'none',
      admin: 'none',
      listeners: names.map((name) => ({ name, listen: `systemd:${name}`, to: '10.0.0.1:80' })),
    },
    {},
  );

test('a name that systemd did not pass is told with those that it did', (t) => {
  const table = createListenTable({ sockets: [WEB, MAIL], problems: [] });
  t.deepEqual(
    table.resolve(config('web')).listeners.map(({ listen }) => listen),
    [WEB.address],
  );
  t.deepEqual(
    linesOf(() => table.resolve(config('web', 'other'))),
    ['listener other: listen: systemd passed no socket of the name other, but of these: web, mail'],
  );
});

test('if nothing was passed, the sentence says what passes it', (t) => {
  const table = createListenTable({ sockets: [], problems: [] });
  t.deepEqual(
    linesOf(() => table.resolve(config('web'))),
    [
      'listener web: listen: systemd passed no sockets to this process: a socket unit passes them, with FileDescriptorName=web',
    ],
  );
});

test('why a name cannot be used is told if it is used, and is a warning if not', (t) => {
  const problems = [{ name: 'mail', message: 'descriptor 4 (mail) does not listen' }];
  const table = createListenTable({ sockets: [WEB], problems });
  t.deepEqual(
    linesOf(() => table.resolve(config('mail'))),
    ['listener mail: listen: descriptor 4 (mail) does not listen'],
  );
  const log = createMemoryLog();
  table.warnOfUnused(config('web'), log);
  t.deepEqual(
    log.lines.map(({ level, message }) => [level, message]),
    [['warn', 'descriptor 4 (mail) does not listen']],
  );
});

test('a socket that no listener uses is a warning, for its clients wait', (t) => {
  const log = createMemoryLog();
  createListenTable({ sockets: [WEB, MAIL], problems: [] }).warnOfUnused(config('web'), log);
  t.deepEqual(
    log.lines.map(({ level, message }) => [level, message]),
    [['warn', 'systemd passed sockets that no listener uses, so that their clients wait: mail']],
  );
});

test('sockets of another process concern only those who use them', (t) => {
  const message = 'the sockets were passed to process "1"';
  const table = createListenTable({ sockets: [], problems: [{ name: null, message }] });
  t.deepEqual(
    linesOf(() => table.resolve(config('web'))),
    [`listener web: listen: ${message}`],
  );
  const log = createMemoryLog();
  table.warnOfUnused(
    configFromValue({ version: 1, listeners: [{ listen: ':1', to: '10.0.0.1:80' }] }, {}),
    log,
  );
  t.deepEqual(
    log.lines.map(({ level }) => level),
    ['debug'],
  );
});

test('a successor knows what was passed from the sockets that it is handed', (t) => {
  const held = createListenTable({ sockets: [{ ...WEB, fds: [3, 5] }, MAIL], problems: [] }).held;
  t.deepEqual(
    held.map(({ name, worker, fd }) => [name, worker, fd]),
    [
      ['systemd:web', 0, 3],
      ['systemd:web', 1, 5],
      ['systemd:mail', 0, 3],
    ],
  );
  const { sockets, problems } = passedBefore(held);
  t.deepEqual(problems, []);
  t.deepEqual(
    sockets.map(({ name, fds, address }) => [name, fds, address]),
    [
      ['web', [3, 5], WEB.address],
      ['mail', [3], MAIL.address],
    ],
  );
});

test('without LISTEN_FDS nothing was passed', async (t) => {
  t.deepEqual(await readPassedSockets(createTestHost()), { sockets: [], problems: [] });
});

test('a Herald whose socket was not passed does not start', async (t) => {
  const error = await t.throwsAsync(startApp(config('web'), createTestHost()));
  t.regex(error.message, /^listener web: listen: systemd passed no sockets/);
});
