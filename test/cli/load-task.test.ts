import test from 'ava';
import { herald } from './fake-host.ts';

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
  [
    [...TO, '--work', 'slow'],
    '--work: expected with slow: --send v1 or v2, for the header that is sent slowly, got none',
  ],
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
    '--send: expected --clients: a peer of a unix socket has no address, got none',
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
    '--find: --find and --fail-if exclude each other: it has a condition of its own',
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
    '--compare: expected a file that herald load --json wrote, got /nowhere/x: no such file or directory',
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
