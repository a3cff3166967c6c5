import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { runCli } from '../../src/cli/cli.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { answerHttp, seenBy, startEndpoint } from '../load/endpoint.ts';
import { goodStatus } from '../load/good-status.ts';
import { createTestHost } from '../tools/test-host.ts';
import { herald } from './fake-host.ts';

const SHORT = ['--duration', '200ms', '--warmup', '0', '--rate', '100', '--arrivals', 'constant'];

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
      `herald: --compare: ${file} cannot be compared with this run: --keep on, that run off; --rate 50, that run 100; --arrivals poisson, that run constant; --connections 32, that run unlimited`,
    ]);
    const marked = await herald([...to, ...SHORT, '--duration', '100ms', '--compare', file]);
    t.is(marked.status, 2, 'a flag that comes twice');
    const longer = await herald([...to, ...SHORT.slice(2), '--duration', '100ms', '--compare', file]);
    t.regex(longer.out, /^THE COMPARED RUNS DIFFER \(that run: \S+\): --duration 0\.1s, that run 0\.2s/);
    const { schema: _, ...old } = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify(old));
    const older = await herald([...to, ...SHORT, '--compare', file]);
    t.is(older.status, 2);
    t.regex(
      older.err.join(),
      /it is without a schema, written by an older Herald: its figures are not comparable/,
    );
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
  t.regex(host.out(), /\nended early: the steps cover the time until then\n/);
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
    [1, '', [`herald: nothing listens on ${to}: every connection was refused from the start`]],
  );
});
