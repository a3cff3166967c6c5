import { PassThrough, Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { runCli } from '../../src/cli/cli.ts';
import { temporaryFile } from '../config/temporary-file.ts';
import { createFakeHost, herald } from './fake-host.ts';

const V1 = 'PROXY TCP4 192.0.2.1 198.51.100.9 56324 443\r\n';
const LOCAL = '0d0a0d0a000d0a515549540a20000000';
const parsed = (out: string) =>
  out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

test('standard input is inspected as it is', async (t) => {
  const { status, out, err } = await herald(['inspect', '--json'], { stdin: `${V1}GET` });
  t.is(status, 0);
  t.deepEqual(err, []);
  t.deepEqual(parsed(out), [
    {
      status: 'header',
      version: 1,
      command: 'PROXY',
      family: 'INET',
      transport: 'STREAM',
      source: { address: '192.0.2.1', port: 56324 },
      destination: { address: '198.51.100.9', port: 443 },
      tlvs: [],
      length: 45,
      payload: '474554',
    },
  ]);
});

test('a file is inspected, and - is standard input', async (t) => {
  const file = temporaryFile(t, V1, 'header.bin');
  const fromFile = await herald(['inspect', file, '--json']);
  t.is(fromFile.status, 0);
  t.is(parsed(fromFile.out)[0].length, 45);
  t.deepEqual(await herald(['inspect', '--json', '-'], { stdin: V1 }), fromFile);
});

test('on a terminal it says that it waits for bytes', async (t) => {
  const host = createFakeHost({ stdin: V1 });
  const stdin = Object.assign(host.stdin, { isTTY: true });
  t.is(await runCli(['inspect'], { ...host, stdin }), 0);
  t.is(String(host.stderr.read()), 'herald: reading standard input until its end (Ctrl-D)\n');
});

test('without --json it is told in words', async (t) => {
  const { status, out } = await herald(['inspect'], { stdin: V1 });
  t.is(status, 0);
  t.regex(out, /^header +v1 PROXY INET STREAM, 45 bytes\nsource +192\.0\.2\.1:56324\n/);
});

for (const [stdin, verdict] of [
  ['', 'incomplete'],
  ['PROXY', 'incomplete'],
  ['GET / HTTP/1.1\r\n', 'absent'],
  ['PROXY TCP4 x\r\n', 'invalid'],
] as const) {
  test(`${JSON.stringify(stdin)} is ${verdict}, and a verdict is no failure`, async (t) => {
    const { status, out } = await herald(['inspect', '--json'], { stdin });
    t.is(status, 0);
    t.is(parsed(out)[0].status, verdict);
  });
}

test('with --hex each line is a header, in any notation, and the last needs no end', async (t) => {
  const spaced = LOCAL.toUpperCase().replace(/../g, '$& ');
  const { status, out } = await herald(['inspect', '--hex', '--json'], {
    stdin: `${LOCAL}\r\n${spaced}\n\n${LOCAL.slice(0, 8)}\n47`,
  });
  t.is(status, 0);
  t.deepEqual(
    parsed(out).map((line) => line.status),
    ['header', 'header', 'incomplete', 'incomplete', 'absent'],
  );
});

test('lines are found in chunks of any size', async (t) => {
  const host = {
    ...createFakeHost(),
    stdin: Readable.from([...`${LOCAL}\n${LOCAL}\n`].map((char) => Buffer.from(char))),
  };
  t.is(await runCli(['inspect', '--hex', '--json'], host), 0);
  t.is(parsed(await text(host.stdout.end())).length, 2);
});

test('a line that is no hexadecimal is told, and the others are shown', async (t) => {
  const { status, out, err } = await herald(['inspect', '--hex', '--json'], {
    stdin: `${LOCAL}\nxyz\n${LOCAL}\n`,
  });
  t.is(status, 1);
  t.is(parsed(out).length, 2);
  t.is(err.length, 1);
  t.regex(err[0]!, /^herald: line 2: expected hexadecimal digits/);
});

test('a file that is not there is one line and status 1', async (t) => {
  for (const more of [[], ['--hex']]) {
    t.deepEqual(await herald(['inspect', '/nowhere/x', ...more]), {
      status: 1,
      out: '',
      err: ['herald: cannot read "/nowhere/x": there is no such file'],
    });
  }
  t.deepEqual((await herald(['inspect', '/'])).err, ['herald: cannot read "/": it is a directory']);
});

test('two files are one too many', async (t) => {
  t.deepEqual(await herald(['inspect', 'a', 'b', '--hexx']), {
    status: 2,
    out: '',
    err: ['herald: --hexx: there is no such flag; did you mean --hex?', 'herald: "b": was not expected here'],
  });
});

test('more than anyone inspects is refused before memory is full', async (t) => {
  function* zeros() {
    for (;;) yield Buffer.alloc(1024 * 1024, '0');
  }
  for (const [argv, line] of [
    [['inspect'], 'herald: cannot read standard input: more than 16777216 bytes'],
    [['inspect', '--hex'], 'herald: cannot read standard input: a line of more than 1048576 characters'],
  ] as const) {
    const host = { ...createFakeHost(), stdin: Readable.from(zeros()) };
    t.is(await runCli(argv, host), 1);
    t.is(String(host.stderr.read()), `${line}\n`);
  }
});

test('a reader that has seen enough ends it quietly, however much there is', async (t) => {
  function* lines() {
    for (;;) yield Buffer.from(`${LOCAL}\n`.repeat(100));
  }
  let left = 10;
  const stdout = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => {
      done(left-- > 0 ? null : Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    },
  });
  const stdin = Readable.from(lines());
  const host = { ...createFakeHost(), stdin, stdout };
  t.is(await runCli(['inspect', '--hex', '--json'], host), 0);
  t.is(host.stderr.read(), null);
  t.true(stdin.destroyed);
});

test('a reader that is slow is waited for', async (t) => {
  const stdout = new PassThrough({ highWaterMark: 64 });
  const host = { ...createFakeHost({ stdin: `${LOCAL}\n`.repeat(1000) }), stdout };
  let most = 0;
  let length = 0;
  stdout.on('data', (chunk: Buffer) => {
    most = Math.max(most, stdout.writableLength + stdout.readableLength);
    length += chunk.length;
  });
  t.is(await runCli(['inspect', '--hex', '--json'], host), 0);
  t.true(most < 1000, `${most} bytes waited`);
  t.true(length > 100_000 || stdout.readableLength > 0);
});
