import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { runCli } from '../../src/cli/cli.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { LINUX } from '../linux/on-linux.ts';
import { answerHttp, seenBy, startEndpoint } from '../load/endpoint.ts';
import { goodStatus } from '../load/good-status.ts';
import { createTestHost } from '../tools/test-host.ts';
import { herald } from './fake-host.ts';

const SHORT = ['--duration', '200ms', '--warmup', '0', '--rate', '100', '--arrivals', 'constant'];

test.serial('a run prints its figures, writes what it is told to, and is status 0', async (t) => {
  const folder = await folderFor(t);
  const [json, report] = [join(folder, 'run.json'), join(folder, 'run.html')];
  const port = await startEndpoint(t, answerHttp(seenBy));
  const to = ['--to', `127.0.0.1:${port}`, '--work', 'http', '--verify'];
  const files = ['--json', json, '--report', report];
  const { status, out, err } = await herald(['load', ...to, ...SHORT, ...files, '--fail-if', 'errors>0']);
  t.deepEqual([status, err], [goodStatus(out), []]);
  t.regex(out, /^http to 127\.0\.0\.1:\d+, 100\/s constant, 0\.2 s, 1 thread\nopen loop: /);
  t.regex(out, /clients: 20 right, none wrong/);
  const result = JSON.parse(await readFile(json, 'utf8'));
  t.like(result, { wrongClients: 0, endedEarly: false, herald: '1.2.3' });
  t.like(result.asked, { to: `127.0.0.1:${port}`, work: 'http', mode: 'open loop', rate: 100 });
  t.regex(await readFile(report, 'utf8'), /^<!doctype html>[\s\S]*<\/html>\n$/);

  const again = await herald(['load', ...to, ...SHORT, '--compare', json]);
  t.is(again.status, goodStatus(again.out));
  t.regex(again.out, new RegExp(`compared with the run of ${result.at}`));
});

test.serial('a --fail-if that holds is status 3, and says which', async (t) => {
  const port = await startEndpoint(t, (socket) => socket.pipe(socket));
  const argv = ['load', '--to', `127.0.0.1:${port}`, '--work', 'ping', ...SHORT];
  const { status, err } = await herald([...argv, '--fail-if', 'rate<1', '--fail-if', 'p50>0us']);
  t.is(status, 3);
  t.regex(
    err.join('\n'),
    /^herald: failed: p50>0us: p50 was [\d.]+ \S+(; the generator was the limit \(processor\))?$/,
  );
});

test.serial('a wrong client is status 3', async (t) => {
  const port = await startEndpoint(
    t,
    answerHttp(() => '{"client":{"address":"127.0.0.1","port":1}}'),
  );
  const argv = ['load', '--to', `127.0.0.1:${port}`, '--work', 'http', '--verify', ...SHORT];
  const { status, out, err } = await herald(argv);
  t.deepEqual([status, err], [3, ['herald: failed: 20 clients were seen as somebody else']]);
  t.regex(out, /clients: 0 right, 20 WRONG/);
});

test.serial('where nobody is reached the status is 1', async (t) => {
  const argv = ['load', '--to', `127.0.0.1:${await unusedPort()}`, ...SHORT];
  const { status, err } = await herald(argv);
  t.deepEqual([status, err], [1, ['herald: no connection could be established']]);
});

test.serial('clients of a range that reads like one address are played, with a warning', async (t) => {
  const port = await startEndpoint(t, (socket) => socket.resume());
  const { status, out, err } = await herald([
    'load',
    '--to',
    `127.0.0.1:${port}`,
    ...SHORT,
    '--clients',
    '127.0.0.5/24',
  ]);
  t.deepEqual(
    [status, err],
    [
      goodStatus(out),
      [
        'herald: warning: --clients: 127.0.0.5/24 means all of 127.0.0.0/24; for the one address write 127.0.0.5',
      ],
    ],
  );
});

test.serial('where every request fails the status is 1: all were ended', async (t) => {
  const port = await startEndpoint(t, (socket) => socket.once('data', () => socket.end()));
  const { status, err } = await herald(['load', '--to', `127.0.0.1:${port}`, '--work', 'ping', ...SHORT]);
  t.deepEqual([status, err], [1, ['herald: no request got a correct answer']]);
});

test.serial('where every request fails the status is 1: all were answered by an error of HTTP', async (t) => {
  const port = await startEndpoint(t, answerHttp(seenBy, '503 Service Unavailable'));
  const argv = ['load', '--to', `127.0.0.1:${port}`, '--work', 'http', ...SHORT];
  const { status, out, err } = await herald(argv);
  t.deepEqual([status, err], [1, ['herald: no request got a correct answer']]);
  t.regex(out, /20 × http_status/);
});

const NO_CLIENT = [
  ['an HTTP status of 400', answerHttp(() => '', '400 Bad Request')],
  ['no JSON', answerHttp(() => '<p>hello</p>')],
] as const;

for (const [what, serve] of NO_CLIENT) {
  test.serial(
    `with --verify ${what} is an unknown client and no wrong one, and status 3 all the same`,
    async (t) => {
      const port = await startEndpoint(t, serve);
      const argv = ['load', '--to', `127.0.0.1:${port}`, '--work', 'http', '--verify', ...SHORT];
      const { status, out, err } = await herald(argv);
      t.is(status, 3);
      t.is(
        err.at(-1),
        'herald: failed: 20 answers named no client: the endpoint is not herald echo, or does not read the PROXY headers that are sent',
      );
      t.notRegex(err.join(), /somebody else/);
      t.regex(out, /clients: 0 right, none wrong, 20 UNKNOWN/);
    },
  );
}

test.serial('of two ways the one where nobody listens is named', async (t) => {
  const port = await startEndpoint(t, (socket) => socket.resume());
  const ways = ['--direct', `127.0.0.1:${port}`, '--through', 'unix:/nowhere/x'];
  const { status, err } = await herald(['load', ...ways, '--duration', '6s', '--warmup', '100ms']);
  t.deepEqual(
    [status, err],
    [1, ['herald: nobody listens on unix:/nowhere/x: every connection was refused from the start']],
  );
});

(LINUX ? test.serial : test.serial.skip)(
  'a file that could not be written after all is told, and the figures are shown',
  async (t) => {
    const port = await startEndpoint(t, (socket) => socket.resume());
    const { status, out, err } = await herald([
      'load',
      '--to',
      `127.0.0.1:${port}`,
      ...SHORT,
      '--json',
      '/dev/full',
    ]);
    t.deepEqual([status, err], [1, ['herald: cannot write /dev/full: the disk is full']]);
    t.regex(out, /no errors/);
  },
);

test.serial('a signal ends a run early, with its figures', async (t) => {
  const host = createTestHost();
  let pings = 0;
  const port = await startEndpoint(t, (socket) => {
    socket.on('data', (bytes) => {
      socket.write(bytes);
      if (++pings === 20) host.signal('SIGINT');
    });
  });
  const argv = ['load', '--to', `127.0.0.1:${port}`, '--work', 'ping', '--warmup', '0', '--duration', '1h'];
  const status = await runCli(argv, { ...host, platform: 'linux' });
  t.is(status, goodStatus(host.out()));
  t.regex(host.out(), /ended early: the figures cover the time until then/);
  t.regex(host.out(), /total +\d/);
  t.is(host.listening, 0);
});

test.serial('a run that a signal ends in its warm-up has no figures, says so, and is status 1', async (t) => {
  const host = createTestHost();
  let pings = 0;
  const port = await startEndpoint(t, (socket) => {
    socket.on('data', () => {
      if (++pings === 1) host.signal('SIGINT');
    });
  });
  const argv = ['load', '--to', `127.0.0.1:${port}`, '--work', 'ping', '--warmup', '1h'];
  t.is(await runCli(argv, host), 1);
  t.deepEqual([host.out(), host.err()], ['', 'herald: ended before anything was measured\n']);
});

test.serial('a second signal ends it at once: status 1, and no figures', async (t) => {
  const host = createTestHost();
  const port = await startEndpoint(t, (socket) => {
    socket.on('data', () => {
      host.signal('SIGTERM');
      host.signal('SIGINT');
    });
  });
  const argv = ['load', '--to', `127.0.0.1:${port}`, '--work', 'ping', '--duration', '1h'];
  t.is(await runCli(argv, host), 1);
  t.is(host.out(), '');
  t.is(host.listening, 0);
});

test.serial('a --fail-if that too few samples stand behind can not be judged: status 3', async (t) => {
  const port = await startEndpoint(t, (socket) => socket.pipe(socket));
  const argv = ['load', '--to', `127.0.0.1:${port}`, '--work', 'ping', ...SHORT];
  const { status, out, err } = await herald([...argv, '--fail-if', 'p99>1s', '--fail-if', 'max>1m']);
  t.is(status, 2);
  t.is(out, '');
  const judged = await herald([...argv, '--fail-if', 'p99>1s', '--fail-if', 'max>60s']);
  t.is(judged.status, 3);
  t.regex(
    judged.err.join('\n'),
    /^herald: failed: p99>1s: p99 cannot be judged: it needs 100 samples, and there are 20; use a longer --duration or a higher --rate[^\n]*$/,
  );
  t.is(err.length, 1);
});
