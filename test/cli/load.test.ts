import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { runCli } from '../../src/cli/cli.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { LINUX } from '../linux/on-linux.ts';
import { answerHttp, seenBy, startEndpoint } from '../load/endpoint.ts';
import { goodStatus } from '../load/good-status.ts';
import { createTestHost } from '../tools/test-host.ts';
import { createFakeHost, herald } from './fake-host.ts';

const TO = ['--to', '127.0.0.1:80'];
const NONE = 'an address such as 10.0.0.5:8080, [fd00::5]:8080 or unix:/run/app.sock';

const WRONG: readonly (readonly [argv: readonly string[], ...lines: readonly string[]])[] = [
  [[], `--to: is required: ${NONE} (or --direct and --through)`],
  [['--to'], `--to: needs a value: ${NONE}`],
  [['--direct', '127.0.0.1:1'], `--through: is required, since there is --direct: ${NONE}`],
  [['--through', '127.0.0.1:1'], `--direct: is required, since there is --through: ${NONE}`],
  [[...TO, '--direct', '127.0.0.1:1'], '--to: --to and --direct exclude each other'],
  [['--to', ':80'], '--to: expected a host before the port, such as 127.0.0.1:80, got ":80"'],
  [['--to', '127.0.0.1:1,127.0.0.1:2'], '--to: expected one endpoint, got "127.0.0.1:1,127.0.0.1:2"'],
  [[...TO, '--rate', '0'], '--rate: expected arrivals a second, such as 500 or 0.5, or max, got "0"'],
  [[...TO, '--rate', '1e9'], '--rate: expected arrivals a second, such as 500 or 0.5, or max, got "1e9"'],
  [[...TO, '--rate', '1000001'], '--rate: expected at most 1000000, got "1000001"'],
  [
    [...TO, '--rate', 'max', '--arrivals', 'constant'],
    '--arrivals: expected a --rate of arrivals, got --rate max',
  ],
  [
    [...TO, '--work', 'idle', '--rate', '5', '--keep', '--verify', '--payload', '1B'],
    '--rate: expected a work with arrivals: connect, ping or http, got --work idle',
    '--keep: expected --work ping or http, got --work idle',
    '--verify: expected --work ping or http, got --work idle',
    '--payload: expected --work ping or bulk, got --work idle',
  ],
  [[...TO, '--work', 'slow'], '--work: expected with slow: --send v1 or v2, the header that drips, got none'],
  [
    ['--to', '8.8.8.8:80', '--work', 'slow', '--send', 'v1'],
    '--work: expected slow only to loopback and private addresses, got another',
  ],
  [
    [...TO, '--clients', '10.0.0.0/8'],
    '--clients: expected --send v1 or v2, or clients of 127.0.0.0/8 and an endpoint there: no other address can be played by a socket, got --send none',
  ],
  [
    ['--to', 'unix:/run/x', '--send', 'v2'],
    '--send: expected --clients: who connects to a unix socket has no address, got none',
  ],
  [
    [...TO, '--fail-if', 'added.p99>1ms'],
    '--fail-if: expected with added and ratio: --direct and --through, got added.p99>1ms',
  ],
  [
    [...TO, '--threads', '4', '--connections', '3'],
    '--connections: expected at least one for each of 4 threads, got 3',
  ],
  [
    [...TO, '--find', 'p99>5ms', '--ramp', '5000..100'],
    '--find: expected a percentile or a share of errors, <, and a limit, such as p99<5ms, first-byte.p95<=20ms or errors<1%, got "p99>5ms"',
    '--ramp: expected two rates of arrivals, the lower one first, such as 100..5000, got "5000..100"',
    '--find: --find and --ramp exclude each other: both set the rate',
  ],
  [
    ['--direct', '127.0.0.1:1', '--through', '127.0.0.1:2', '--find', 'p99<5ms', '--rate', '5'],
    '--find: --find and --rate exclude each other: it sets the rate itself',
    '--find: --find and --direct exclude each other: it is of one endpoint, --to',
    '--find: --find and --through exclude each other: it is of one endpoint, --to',
  ],
  [
    [...TO, '--find', 'p99<5ms', '--fail-if', 'errors>0'],
    '--find: --find and --fail-if exclude each other: its condition is what has to hold',
  ],
  [
    [...TO, '--ramp', '1..9', '--rate', '5', '--work', 'idle', '--duration', '900ms'],
    '--rate: expected a work with arrivals: connect, ping or http, got --work idle',
    '--ramp: --ramp and --rate exclude each other: it sets the rate itself',
    '--ramp: expected a work with arrivals: connect, ping or http, got --work idle',
    '--duration: expected with --ramp at least 1s, for 10 steps, got 900ms',
  ],
  [[...TO, '--ramp', '1..1000001'], '--ramp: expected at most 1000000, got "1..1000001"'],
  [
    [...TO, '--report', '-'],
    '--report: expected the name of a file: only --json - is standard output, got -',
  ],
  [
    [...TO, '--json', 'run.json', '--report', './run.json'],
    '--report: expected another file than that of --json, got ./run.json',
  ],
  [
    [...TO, '--compare', '-'],
    '--compare: expected a file that herald load --json wrote, got -: standard input is not read',
  ],
  [
    [...TO, '--compare', '/nowhere/x'],
    '--compare: expected a file that herald load --json wrote, got /nowhere/x: there is no such file, or folder',
  ],
];

for (const [argv, ...lines] of WRONG) {
  test(`load ${argv.join(' ')} is wrong, and every mistake is a line`, async (t) => {
    const { status, out, err } = await herald(['load', ...argv]);
    t.deepEqual([status, out], [2, '']);
    t.deepEqual(
      err,
      lines.map((line) => `herald: ${line}`),
    );
  });
}

test('--fail-if and every other value are told in one go', async (t) => {
  const { status, err } = await herald(['load', ...TO, '--fail-if', 'p98>5ms', '--work', 'play', '--nope']);
  t.is(status, 2);
  t.is(err.length, 3);
  t.regex(err.join('\n'), /--nope: .*\n.*--work: .*\n.*--fail-if: expected a figure, < or >/);
});

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
  t.regex(out, /clients: 20 seen as they are, none wrong/);
  const result = JSON.parse(await readFile(json, 'utf8'));
  t.like(result, { wrongClients: 0, endedEarly: false, herald: '1.2.3' });
  t.like(result.asked, { to: `127.0.0.1:${port}`, work: 'http', mode: 'open loop', rate: 100 });
  t.regex(await readFile(report, 'utf8'), /^<!doctype html>[\s\S]*<\/html>\n$/);

  const again = await herald(['load', ...to, ...SHORT, '--compare', json]);
  t.is(again.status, goodStatus(again.out));
  t.regex(again.out, new RegExp(`beside the run of ${result.at}`));
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
  t.regex(out, /clients: 0 seen as they are, 20 WRONG/);
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
    `with --verify ${what} is nobody seen as somebody else, and status 3 all the same`,
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
      t.regex(out, /clients: 0 seen as they are, none wrong, 20 NOT KNOWN/);
    },
  );
}

test.serial('a file that can not be written is told before the run', async (t) => {
  const argv = ['load', ...TO, '--duration', '576h', '--json', '/nowhere/run.json'];
  const { status, err } = await herald(argv);
  t.deepEqual(
    [status, err],
    [1, ['herald: cannot write /nowhere/run.json: there is no such file, or folder']],
  );
});

test.serial(
  'where each connection is refused from the start the run is given up, and says where nobody listens',
  async (t) => {
    const to = `127.0.0.1:${await unusedPort()}`;
    const file = join(await folderFor(t), 'run.json');
    const { status, out, err } = await herald(['load', '--to', to, '--duration', '576h', '--json', file]);
    t.deepEqual(
      [status, out, err],
      [1, '', [`herald: nobody listens on ${to}: every connection was refused from the start`]],
    );
    t.false(existsSync(file));
  },
);

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

test.serial('what --json did not write is no run to compare with', async (t) => {
  const file = join(await folderFor(t), 'other.json');
  await writeFile(file, '{}');
  const { status, err } = await herald(['load', ...TO, '--compare', file]);
  t.is(status, 2);
  t.regex(err.join(), /--compare: expected a file that herald load --json wrote, got .*: it is not what/);
});

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
  t.regex(host.out(), /ended early: the figures are of the time until then/);
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

for (const text of ['p99<0ms', 'rate<5', 'errors<5', 'added.p99<5ms', 'ratio.p99<2', 'p99', '']) {
  test(`${JSON.stringify(text)} is nothing that --find could search`, async (t) => {
    const { status, err } = await herald(['load', ...TO, `--find=${text}`]);
    t.is(status, 2);
    t.regex(err.join('\n'), /^herald: --find: expected a percentile or a share of errors, <, and a limit/);
  });
}

for (const text of ['100', '100..', '..100', '5..5', '0..5', '1..2..3', '-1..5', '1e2..1e3', '1...5']) {
  test(`${text} is no --ramp`, async (t) => {
    const { status, err } = await herald(['load', ...TO, `--ramp=${text}`]);
    t.is(status, 2);
    t.regex(err.join('\n'), /^herald: --ramp: expected two rates of arrivals, the lower one first/);
  });
}

test.serial('--json - is standard output, and nothing else is there', async (t) => {
  const port = await startEndpoint(t, answerHttp(seenBy));
  const argv = ['load', '--to', `127.0.0.1:${port}`, '--work', 'http', ...SHORT, '--json', '-'];
  const { status, out, err } = await herald(argv);
  const result = JSON.parse(out);
  t.is(out, `${JSON.stringify(result)}\n`);
  t.is(result.schema, 2);
  // Of 20 samples a p95 is the highest percentile.
  t.like(result.latency.total, { count: 20, p99: null, p999: null });
  t.is(typeof result.latency.total.p95, 'number');
  t.regex(err[0]!, /^http to 127\.0\.0\.1:\d+, 100\/s constant/);
  t.is(status, goodStatus(err.join('\n')));
  t.false(existsSync('-'));
});

for (const [code, why] of [
  ['ENOSPC', 'the disk is full'],
  ['EPIPE', 'its reader is gone'],
] as const) {
  test.serial(`figures that standard output does not take are status 1: ${code}`, async (t) => {
    const port = await startEndpoint(t, answerHttp(seenBy));
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })),
    }).on('error', () => {});
    const host = { ...createFakeHost(), stdout };
    const argv = ['load', '--to', `127.0.0.1:${port}`, '--work', 'http', ...SHORT, '--json', '-'];
    t.is(await runCli(argv, host), 1);
    host.stderr.end();
    t.true((await text(host.stderr)).endsWith(`herald: cannot write standard output: ${why}\n`));
  });
}

test.serial('figures are written to the end, however slowly they are read', async (t) => {
  const port = await startEndpoint(t, answerHttp(seenBy));
  let release = () => {};
  const asked = new Promise<void>((resolve) => {
    release = resolve;
  });
  const written: string[] = [];
  const stdout = new Writable({
    write: (chunk, _encoding, done) => {
      written.push(String(chunk));
      asked.then(() => done());
    },
  });
  const argv = ['load', '--to', `127.0.0.1:${port}`, '--work', 'http', ...SHORT, '--json', '-'];
  let ended = false;
  const run = runCli(argv, { ...createFakeHost(), stdout }).then(() => {
    ended = true;
  });
  while (written.length === 0) await new Promise(setImmediate);
  t.false(ended);
  release();
  await run;
  t.is(JSON.parse(written.join('')).schema, 2);
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

test.serial(
  'a run that is not of the same kind is not compared, and one of an older schema neither',
  async (t) => {
    const folder = await folderFor(t);
    const file = join(folder, 'run.json');
    const port = await startEndpoint(t, answerHttp(seenBy));
    const to = ['load', '--to', `127.0.0.1:${port}`, '--work', 'http'];
    await herald([...to, ...SHORT, '--json', file]);
    const other = await herald([...to, '--rate', '50', '--keep', '--compare', file]);
    t.is(other.status, 2);
    t.deepEqual(other.err, [
      `herald: --compare: ${file} cannot be compared with this run: --keep on, that run off; --rate 50, that run 100; --arrivals poisson, that run constant; --connections 32, that run as many as needed`,
    ]);
    const marked = await herald([...to, ...SHORT, '--duration', '100ms', '--compare', file]);
    t.is(marked.status, 2, 'a flag that comes twice');
    const longer = await herald([...to, ...SHORT.slice(2), '--duration', '100ms', '--compare', file]);
    t.regex(longer.out, /^THE COMPARED RUNS DIFFER \(that run: \S+\): --duration 0\.1s, that run 0\.2s/);
    const { schema: _, ...old } = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify(old));
    const older = await herald([...to, ...SHORT, '--compare', file]);
    t.is(older.status, 2);
    t.regex(older.err.join(), /it is without a schema, of an older Herald: its figures are not comparable/);
  },
);

test.serial('--ramp tells of each rate, where it broke, and its JSON has the steps', async (t) => {
  const file = join(await folderFor(t), 'run.json');
  const port = await startEndpoint(t, (socket) => socket.pipe(socket));
  const argv = ['load', '--to', `127.0.0.1:${port}`, '--work', 'ping', '--warmup', '0', '--duration', '1s'];
  const ramp = ['--ramp', '100..400', '--fail-if', 'max<1us', '--json', file];
  const { status, out, err } = await herald([...argv, ...ramp]);
  const result = JSON.parse(await readFile(file, 'utf8'));
  t.is(result.asked.ramp, '100..400');
  t.like(result.ramp, { from: 100, to: 400 });
  const rates = result.ramp.steps.map(({ rate }: { rate: number }) => rate);
  t.is(new Set(rates).size, 10);
  t.deepEqual([rates[0], rates.at(-1)], [100, 400]);
  for (const { latency } of result.ramp.steps) t.true(latency.total.count > 0);
  t.regex(out, /\n {2}asked\/s +done\/s +count +p50 +p95 +p99 +errors\n {2}100 /);
  t.is(err.filter((line) => /^herald: load [\d.]+\/s: /.test(line)).length, rates.length);
  t.is(status, goodStatus(out));

  const broken = await herald([...argv, '--ramp', '100..400', '--fail-if', 'max>0us']);
  t.is(broken.status, 3);
  t.regex(broken.out, /\nBroke at 100\/s \([^\n]+\)\.[^\n]*\n$/);
  t.regex(broken.err.at(-1)!, /^herald: failed: at 100\/s: max>0us: max was /);
});

test.serial('a signal ends a search, which tells what it has found until then', async (t) => {
  const host = createTestHost();
  let pings = 0;
  const port = await startEndpoint(t, (socket) => {
    socket.on('data', (bytes) => {
      socket.write(bytes);
      // A step of 100 a second is of 200; the next one is then under way, or the second try.
      if (++pings === 320) host.signal('SIGINT');
    });
  });
  const argv = ['load', '--to', `127.0.0.1:${port}`, '--work', 'ping', '--arrivals', 'constant'];
  const status = await runCli([...argv, '--find', 'p50<1s', '--warmup', '0', '--duration', '100ms'], host);
  t.regex(host.out(), /\nended early: the steps until then\n/);
  t.regex(host.out(), /\n {2}100 +\d+\S* +200 /);
  t.regex(
    host.out(),
    /\np50<1s (?:holds at 100\/s; higher rates were not tried|does not hold at 100\/s, and lower rates were not tried)\.\n$/,
  );
  t.is(status, 0);
  t.is(host.listening, 0);
});

test.serial('a search that a signal ends in its first step has nothing to tell', async (t) => {
  const host = createTestHost();
  let pings = 0;
  const port = await startEndpoint(t, (socket) => {
    socket.on('data', (bytes) => {
      socket.write(bytes);
      if (++pings === 20) host.signal('SIGINT');
    });
  });
  const argv = ['load', '--to', `127.0.0.1:${port}`, '--work', 'ping', '--find', 'p99<5ms', '--warmup', '0'];
  t.is(await runCli(argv, host), 1);
  t.deepEqual([host.out(), host.err()], ['', 'herald: ended before the first step was complete\n']);
});

test.serial('a search where nobody listens says so', async (t) => {
  const to = `127.0.0.1:${await unusedPort()}`;
  const { status, out, err } = await herald(['load', '--to', to, '--find', 'p99<5ms']);
  t.deepEqual(
    [status, out, err],
    [1, '', [`herald: nobody listens on ${to}: every connection was refused from the start`]],
  );
});
