import test from 'ava';
import { NO_OPS, Program, type ProgramLine } from '../helpers/program.ts';
import { startPlainServer } from './plain-server.ts';
import { connectTo, visit } from './visit.ts';

const IS_LINUX = process.platform === 'linux';
const onLinux = IS_LINUX ? test : test.skip;
const ENGINES = IS_LINUX ? ['epoll', 'net'] : ['net'];
const SERVER = '--listen 127.0.0.1:0 --present none --access-log all';

interface Served extends ProgramLine {
  readonly engine?: string;
  readonly threads?: number;
}

/** What the log says of the engine of a listener. */
async function servedBy(herald: Program): Promise<Served> {
  return herald.logged(({ msg }) => msg.startsWith('served by '));
}

async function metric(herald: Program, name: string): Promise<{ [worker: string]: number }> {
  const response = await fetch(`http://127.0.0.1:${herald.opsPort('metrics')}/metrics`);
  const lines = [
    ...(await response.text()).matchAll(new RegExp(`^${name}\\{worker="(\\w+)"\\} (.*)$`, 'gm')),
  ];
  return Object.fromEntries(lines.map(([, worker, value]) => [worker, Number(value)]));
}

onLinux('on Linux epoll serves each listener, and the log says so, with its threads and why', async (t) => {
  const herald = await Program.start(t, `edge ${SERVER} --name web --to 127.0.0.1:9 --threads 3 ${NO_OPS}`);
  t.like(await servedBy(herald), {
    level: 'info',
    msg: 'served by epoll: this is Linux',
    listener: 'web',
    engine: 'epoll',
    threads: 3,
  });
});

for (const engine of ENGINES) {
  test(`--engine ${engine} serves by ${engine}, because it was asked for`, async (t) => {
    const endpoint = await startPlainServer(t);
    const herald = await Program.start(
      t,
      `edge ${SERVER} --to 127.0.0.1:${endpoint} --engine ${engine} ${NO_OPS}`,
    );
    t.like(await servedBy(herald), { engine, msg: `served by ${engine}: it was asked for` });
    t.is((await visit({ port: herald.port() })).answer[0], '127.0.0.1');
    t.deepEqual(herald.complaints, []);
  });

  test(`--dial-from is the address that the endpoint sees: ${engine}`, async (t) => {
    const endpoint = await startPlainServer(t);
    const herald = await Program.start(
      t,
      `edge ${SERVER} --to 127.0.0.1:${endpoint} --engine ${engine} --dial-from 127.0.0.77 ${NO_OPS}`,
    );
    for (let time = 0; time < 3; time++) {
      t.is((await visit({ port: herald.port() })).answer[0], '127.0.0.77');
    }
  });

  test(`addresses of --dial-from are taken in turn: ${engine}`, async (t) => {
    const endpoint = await startPlainServer(t);
    const herald = await Program.start(
      t,
      `edge ${SERVER} --to 127.0.0.1:${endpoint} --engine ${engine} --threads 1 --dial-from 127.0.0.77,127.0.0.78 ${NO_OPS}`,
    );
    const seen: string[] = [];
    for (let time = 0; time < 4; time++) seen.push((await visit({ port: herald.port() })).answer[0]!);
    t.deepEqual(seen, ['127.0.0.77', '127.0.0.78', '127.0.0.77', '127.0.0.78']);
  });

  test(`without a local address to dial from the reason is local_ports, no fault of the endpoint: ${engine}`, async (t) => {
    const endpoint = await startPlainServer(t);
    const herald = await Program.start(
      t,
      `edge ${SERVER} --to 127.0.0.1:${endpoint} --engine ${engine} --dial-from 192.0.2.77 --eject-after 1 ${NO_OPS}`,
    );
    const client = await connectTo({ port: herald.port() });
    t.teardown(() => client.destroy());
    client.write('hello');
    t.is(await client.ending, 'reset');
    t.like(await herald.logged(({ reason }) => reason !== undefined), { reason: 'local_ports' });
  });
}

onLinux('--threads 2 is two workers, whose sessions are those of Herald', async (t) => {
  const endpoint = await startPlainServer(t);
  const herald = await Program.start(
    t,
    `edge ${SERVER} --to 127.0.0.1:${endpoint} --threads 2 --metrics 127.0.0.1:0 --admin none`,
  );
  const clients = await Promise.all(Array.from({ length: 16 }, () => connectTo({ port: herald.port() })));
  t.teardown(() => {
    for (const client of clients) client.destroy();
  });
  for (const client of clients) client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await Promise.all(clients.map((client) => client.read(10)));
  const sessions = await metric(herald, 'herald_worker_sessions');
  t.deepEqual(Object.keys(sessions), ['0', '1']);
  t.is(sessions['0']! + sessions['1']!, 16);
  t.deepEqual(await metric(herald, 'herald_worker_restarts_total'), { 0: 0, 1: 0 });
  const busy = Object.values(await metric(herald, 'herald_worker_busy_ratio'));
  t.is(busy.length, 2);
  t.true(busy.every((share) => share >= 0 && share <= 1));
});

test('a sidecar shares its processors with an application: it has one thread', async (t) => {
  const herald = await Program.start(
    t,
    `sidecar ${SERVER} --trust 127.0.0.0/8 --to 127.0.0.1:9 --metrics 127.0.0.1:0 --admin none`,
  );
  const line = await servedBy(herald);
  if (IS_LINUX) t.is(line.threads, 1);
  t.deepEqual(Object.keys(await metric(herald, 'herald_worker_sessions')), ['0']);
});

test('node:net serves in the main thread, however many threads were asked for', async (t) => {
  const herald = await Program.start(
    t,
    `edge ${SERVER} --to 127.0.0.1:9 --engine net --threads 4 --metrics 127.0.0.1:0 --admin none`,
  );
  t.is((await servedBy(herald)).threads, undefined);
  for (const name of [
    'herald_worker_sessions',
    'herald_worker_busy_ratio',
    'herald_worker_busy_seconds_total',
  ])
    t.deepEqual(Object.keys(await metric(herald, name)), ['main'], name);
  t.deepEqual(await metric(herald, 'herald_worker_restarts_total'), {});
});
