import test, { type ExecutionContext } from 'ava';
import type { ParsedAddress } from '../../src/address/socket-address.ts';
import { type Clock, realClock } from '../../src/observe/clock.ts';
import { createMetricsServer } from '../../src/ops/metrics-server.ts';
import type { ProbeState } from '../../src/ops/ops-state.ts';
import { formatHeader } from '../../src/wire/format-header.ts';
import { Connection } from '../helpers/connection.ts';
import { ask } from './ask.ts';

const GOOD: ProbeState = {
  opened: () => true,
  started: () => true,
  listenersOpen: () => [
    { name: 'web', open: true },
    { name: 'mail', open: true },
  ],
  draining: () => false,
  alive: () => true,
};

const SCRAPED = 'herald_x 1\n';

async function open(
  t: ExecutionContext,
  state: Partial<ProbeState> = {},
  scrape = async () => SCRAPED,
  clock: Clock = realClock,
) {
  const server = createMetricsServer({
    address: { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 0 },
    metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', scrape },
    state: { ...GOOD, ...state },
    clock,
  });
  const address = await server.start();
  t.teardown(() => server.stop());
  return address as ParsedAddress & { port: number };
}

async function start(t: ExecutionContext, state: Partial<ProbeState> = {}) {
  const address = await open(t, state);
  return (path: string) => ask(address, path);
}

test('/metrics answers with the text of the scrape and its content type', async (t) => {
  const { status, headers, body } = await (await start(t))('/metrics');
  t.is(status, 200);
  t.is(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  t.is(body, 'herald_x 1\n');
});

test('a hundred questions in one segment are one scrape, and each has its answer', async (t) => {
  let scrapes = 0;
  const { port } = await open(t, {}, async () => `herald_x ${++scrapes}\n`);
  const client = await Connection.to({ host: '127.0.0.1', port });
  t.teardown(() => client.destroy());
  client.end(`${'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100)}`);
  const answers = (await client.readToEnd()).toString().split('HTTP/1.1 200 OK').slice(1);
  t.is(answers.length, 100);
  t.true(answers.every((answer) => answer.includes('herald_x')));
  t.true(scrapes < 10, `${scrapes} scrapes`);
});

test('who ends its stream behind a question is answered, also by what takes a while', async (t) => {
  const later = <T>(value: T) => new Promise<T>((resolve) => setTimeout(resolve, 5, value));
  const { port } = await open(t, { alive: () => later(true) }, () => later(SCRAPED));
  for (const path of ['/livez', '/metrics']) {
    const client = await Connection.to({ host: '127.0.0.1', port });
    t.teardown(() => client.destroy());
    client.end(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    t.regex((await client.readToEnd()).toString(), /^HTTP\/1\.1 200 OK/);
  }
});

test('a scrape begins after it was asked for: what happened before is in it', async (t) => {
  let value = 0;
  const address = await open(t, {}, async () => `herald_x ${value}\n`);
  for (value = 1; value <= 3; value++) t.is((await ask(address, '/metrics')).body, `herald_x ${value}\n`);
});

test('a scrape that fails is 500, and the next one is made anew', async (t) => {
  let fails = true;
  const address = await open(t, {}, async () => {
    if (fails) throw new Error('secret');
    return SCRAPED;
  });
  t.is((await ask(address, '/metrics')).status, 500);
  fails = false;
  t.is((await ask(address, '/metrics')).status, 200);
});

/** For each state of the program what the probes say: startupz, readyz, lb-healthz, livez. */
const STATES: readonly [title: string, state: Partial<ProbeState>, statuses: readonly number[]][] = [
  ['a Herald that serves is all well', {}, [200, 200, 200, 200]],
  [
    'a Herald that starts is alive, and nothing else',
    { opened: () => false, started: () => false, listenersOpen: () => [{ name: 'web', open: false }] },
    [503, 503, 503, 200],
  ],
  [
    'one source that has not answered keeps a start from being over, and nobody from serving',
    { started: () => false },
    [503, 200, 200, 200],
  ],
  [
    'a Herald that drains is not for balancers, and ready until its listeners close',
    { draining: () => true },
    [200, 200, 503, 200],
  ],
  [
    'a Herald whose listeners are closed is not ready',
    { draining: () => true, listenersOpen: () => [{ name: 'web', open: false }] },
    [200, 503, 503, 200],
  ],
  [
    'one closed listener of several is not ready',
    {
      listenersOpen: () => [
        { name: 'web', open: true },
        { name: 'mail', open: false },
      ],
    },
    [200, 503, 200, 200],
  ],
  ['a Herald without listeners is not ready', { listenersOpen: () => [] }, [200, 503, 200, 200]],
  ['a worker that does not turn is not alive', { alive: async () => false }, [200, 200, 200, 503]],
  [
    'a worker that can not be asked is not alive',
    { alive: () => Promise.reject(new Error()) },
    [200, 200, 200, 503],
  ],
];

for (const [title, state, statuses] of STATES) {
  test(title, async (t) => {
    const probe = await start(t, state);
    const answers = await Promise.all(['/startupz', '/readyz', '/lb-healthz', '/livez'].map(probe));
    t.deepEqual(
      answers.map(({ status }) => status),
      statuses,
    );
    for (const { status, body } of answers) t.is(body, status === 200 ? 'ok\n' : 'no\n');
  });
}

test('a worker that does not answer is not alive', async (t) => {
  const timers: number[] = [];
  const clock: Clock = {
    ...realClock,
    after: (ms, run) => {
      timers.push(ms);
      return realClock.after(0, run);
    },
  };
  const address = await open(t, { alive: () => new Promise(() => {}) }, undefined, clock);
  const { status, body } = await ask(address, '/livez');
  t.deepEqual([status, body], [503, 'no\n']);
  t.deepEqual(timers, [900]);
});

test('/readyz?verbose names each listener', async (t) => {
  const probe = await start(t, {
    listenersOpen: () => [
      { name: 'web', open: true },
      { name: 'mail', open: false },
    ],
  });
  const { status, body } = await probe('/readyz?verbose');
  t.is(status, 503);
  t.is(body, '[+] web open\n[-] mail closed\nno\n');
});

test('nothing of the admin address is here', async (t) => {
  const probe = await start(t);
  for (const path of ['/status', '/sessions', '/refused', '/config', '/log-level'])
    t.is((await probe(path)).status, 404);
});

// ── PROXY headers ──

const INET = {
  source: { address: '192.0.2.1', port: 1 },
  destination: { address: '198.51.100.1', port: 2 },
} as const;
const HEADERS = [
  ['v1', formatHeader({ version: 1, ...INET })],
  ['v1 UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n')],
  ['v2', formatHeader({ version: 2, ...INET })],
  ['v2 LOCAL', formatHeader({ version: 2, command: 'LOCAL' })],
] as const;

/** The status lines of what is answered to these pieces, each sent when the one before is on its way. */
async function say(t: ExecutionContext, port: number, ...pieces: readonly (string | Uint8Array)[]) {
  const client = await Connection.to({ host: '127.0.0.1', port, noDelay: true });
  t.teardown(() => client.destroy());
  for (const piece of pieces) {
    client.write(piece);
    await new Promise(setImmediate);
  }
  const answer = (await client.readToEnd()).toString();
  return [...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));
}

const asking = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const CLOSE = 'Connection: close\r\n';

for (const [title, header] of HEADERS) {
  test(`a ${title} header before a probe is passed over, whole or in pieces`, async (t) => {
    const { port } = await open(t);
    for (const path of ['/startupz', '/readyz', '/lb-healthz', '/livez']) {
      t.deepEqual(await say(t, port, header, asking(path, CLOSE)), [200], path);
    }
    const half = header.length / 2;
    const pieces = [
      header.subarray(0, half),
      header.subarray(half),
      asking('/livez'),
      asking('/readyz', CLOSE),
    ];
    t.deepEqual(await say(t, port, ...pieces), [200, 200]);
  });

  test(`a scrape behind a ${title} header is refused: it would be of a Herald at random`, async (t) => {
    const { port } = await open(t);
    t.deepEqual(await say(t, port, header, asking('/metrics', CLOSE)), [400]);
  });
}

test('what only looks like a header is reset, and what is no HTTP is 400', async (t) => {
  const { port } = await open(t);
  t.deepEqual(await say(t, port, 'PROXY nonsense\r\n', asking('/livez', CLOSE)), []);
  t.deepEqual(await say(t, port, HEADERS[0][1], '\0\x01\r\n\r\n'), [400]);
  t.deepEqual(await say(t, port, HEADERS[0][1], HEADERS[0][1], asking('/livez', CLOSE)), [400]);
});

// ── what strangers can hold ──

const until = async (is: () => boolean) => {
  while (!is()) await new Promise(setImmediate);
};

test('of one address four connections are open at once, and a probe gets through whatever the others do', async (t) => {
  let scrapes = 0;
  const address = await open(t, {}, () => {
    scrapes++;
    return new Promise(() => {});
  });
  const held: Connection[] = [];
  let closed = 0;
  for (let at = 0; at < 12; at++) {
    const connection = await Connection.to({ host: '127.0.0.1', port: address.port });
    t.teardown(() => connection.destroy());
    void connection.closed.then(() => closed++);
    void connection.ending.then(() => connection.destroy());
    connection.write(at % 2 === 0 ? asking('/metrics') : 'GET /metrics HTTP/1.1\r\nHo');
    held.push(connection);
  }
  await until(() => closed === 8);
  for (const path of ['/livez', '/readyz', '/startupz', '/lb-healthz']) {
    t.is((await ask(address, path)).status, 200, path);
  }
  t.is(scrapes, 1);
});

test('a kept connection without a question gives way to a new one', async (t) => {
  const { port } = await open(t);
  const first = await Connection.to({ host: '127.0.0.1', port });
  t.teardown(() => first.destroy());
  first.write(asking('/livez'));
  await until(() => first.received.length > 0);
  const others: Connection[] = [];
  for (let at = 0; at < 4; at++) {
    const other = await Connection.to({ host: '127.0.0.1', port });
    t.teardown(() => other.destroy());
    other.write('GET /livez HTTP/1.1\r\n');
    others.push(other);
  }
  await first.ending;
  for (const other of others) other.write(`Host: x\r\n${CLOSE}\r\n`);
  for (const other of others) t.regex((await other.readToEnd()).toString(), /^HTTP\/1\.1 200/);
});

test('probes that come at once ask the threads once', async (t) => {
  let asked = 0;
  const answers: ((alive: boolean) => void)[] = [];
  const alive = () => {
    asked++;
    return new Promise<boolean>((resolve) => answers.push(resolve));
  };
  const address = await open(t, { alive });
  const client = await Connection.to({ host: '127.0.0.1', port: address.port });
  t.teardown(() => client.destroy());
  client.write(asking('/livez').repeat(50) + asking('/livez', CLOSE));
  await until(() => answers.length > 0);
  for (const answer of answers) answer(true);
  t.is((await client.readToEnd()).toString().split('HTTP/1.1 200').length, 52);
  t.is(asked, 1);
});
