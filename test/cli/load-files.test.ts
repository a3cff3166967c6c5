import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { runCli } from '../../src/cli/cli.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { answerHttp, seenBy, startEndpoint } from '../load/endpoint.ts';
import { goodStatus } from '../load/good-status.ts';
import { createFakeHost, herald } from './fake-host.ts';

const TO = ['--to', '127.0.0.1:80'];
const SHORT = ['--duration', '200ms', '--warmup', '0', '--rate', '100', '--arrivals', 'constant'];

test.serial('a file that can not be written is told before the run', async (t) => {
  const argv = ['load', ...TO, '--duration', '576h', '--json', '/nowhere/run.json'];
  const { status, err } = await herald(argv);
  t.deepEqual([status, err], [1, ['herald: cannot write /nowhere/run.json: no such file or directory']]);
});

test.serial(
  'where each connection is refused from the start the run is given up, and says where nobody listens',
  async (t) => {
    const to = `127.0.0.1:${await unusedPort()}`;
    const file = join(await folderFor(t), 'run.json');
    const { status, out, err } = await herald(['load', '--to', to, '--duration', '576h', '--json', file]);
    t.deepEqual(
      [status, out, err],
      [1, '', [`herald: nothing listens on ${to}: every connection was refused from the start`]],
    );
    t.false(existsSync(file));
  },
);

test.serial('what --json did not write is no run to compare with', async (t) => {
  const file = join(await folderFor(t), 'other.json');
  await writeFile(file, '{}');
  const { status, err } = await herald(['load', ...TO, '--compare', file]);
  t.is(status, 2);
  t.regex(
    err.join(),
    /--compare: expected a file that herald load --json wrote, got .*: it was not written by/,
  );
});

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
  ['EPIPE', 'the reader has closed the pipe'],
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
