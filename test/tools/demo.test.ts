import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { startApp } from '../../src/app/app.ts';
import { runDemo } from '../../src/tools/demo.ts';
import {
  createDemoClients,
  type DemoClient,
  findClientKind,
  type Sighting,
} from '../../src/tools/demo-client.ts';
import { runDemoOnce } from '../../src/tools/demo-once.ts';
import { answerText, logText, runDemoServe } from '../../src/tools/demo-serve.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { createTestHost, type TestHost } from './test-host.ts';

const ANYWHERE = { edge: 0, endpoint: 0, ops: false };
const kind = await findClientKind();
const withAddresses = kind === 'bound' ? test : test.skip;

/** The cells of the printed table, without its titles. */
function table(host: TestHost): string[][] {
  const lines = host.out().split('\n');
  const at = lines.findIndex((line) => line.startsWith('CLIENT'));
  return lines.slice(at + 1, lines.indexOf('', at)).map((line) => line.split(/ {3,}/));
}

withAddresses('--once shows three clients that the endpoint sees with Herald, and not without', async (t) => {
  const host = createTestHost();
  t.is(await runDemo({ once: true }, host), 0);
  t.deepEqual(table(host), [
    ['127.0.0.2', '127.0.0.1', '127.0.0.2', '127.0.0.2'],
    ['127.0.0.3', '127.0.0.1', '127.0.0.3', '127.0.0.3'],
    ['127.0.0.4', '127.0.0.1', '127.0.0.4', '127.0.0.4'],
  ]);
  t.regex(host.out(), /\n9 of 9 answers are right/);
  t.notRegex(host.out(), /play their addresses/);
  t.is(host.err(), '');
});

test('--once plays the sources by headers where 127.0.0.1 is all there is, and says so', async (t) => {
  const host = createTestHost();
  t.is(await runDemoOnce(host, 'played'), 0);
  t.deepEqual(
    table(host).map(([client, without, v2, v1]) => [client, without, v2, v1]),
    [2, 3, 4].map((i) => [`203.0.113.${i}`, '127.0.0.1', `203.0.113.${i}`, `203.0.113.${i}`]),
  );
  t.regex(host.out(), /no 127\.0\.0\.2.*play their addresses by PROXY headers/);
});

/** Runs --once with clients whose sightings are changed. */
async function runChanged(
  change: (sighting: Sighting) => Sighting | Promise<Sighting>,
): Promise<TestHost & { status: number }> {
  const host = createTestHost();
  const create = (...args: Parameters<typeof createDemoClients>): DemoClient[] =>
    createDemoClients(...args).map((client) => ({
      address: client.address,
      ask: async (port) => change(await client.ask(port)),
    }));
  const status = await runDemoOnce(host, 'played', create);
  return { ...host, status };
}

const CHANGES: readonly [title: string, change: (sighting: Sighting) => Sighting, right: number][] = [
  ['another address', ({ came, answer }) => ({ came: { ...came, address: '203.0.113.99' }, answer }), 3],
  ['another port', ({ came, answer }) => ({ came: { ...came, port: 1 }, answer }), 3],
  ['no header', ({ came, answer }) => ({ came, answer: { ...answer, header: 0 } }), 3],
  [
    'the client also without Herald',
    ({ came, answer }) => ({ came, answer: { ...answer, client: came } }),
    6,
  ],
  [
    'the client by its own connection',
    ({ came, answer }) => ({ came: answer.header === 0 ? answer.peer! : came, answer }),
    6,
  ],
  ['nobody', ({ came, answer }) => ({ came, answer: { ...answer, client: null } }), 0],
];

for (const [title, change, right] of CHANGES) {
  test(`--once is 1 where the endpoint saw ${title}`, async (t) => {
    const { status, out } = await runChanged(change);
    t.is(status, 1);
    t.true(out().includes(`\n${right} of 9 answers are right`), out());
    t.is(out().split('(wrong)').length - 1, 9 - right);
  });
}

test('--once is 1 where a request fails, and shows why', async (t) => {
  const { status, out } = await runChanged(() => Promise.reject(new Error('connect ECONNREFUSED')));
  t.is(status, 1);
  t.regex(out(), /failed: connect ECONNREFUSED/);
  t.regex(out(), /\n0 of 9 answers are right/);
});

/** Starts the demo, and returns the two ports that it prints. */
async function serve(
  t: ExecutionContext,
  host: TestHost,
  ...args: Parameters<typeof runDemoServe> extends [unknown, ...infer Rest] ? Rest : never
) {
  const status = runDemoServe(host, ...args);
  t.teardown(() => {
    host.signal('SIGINT');
    return status;
  });
  await host.waitFor(/Connections:\n\n/);
  const [, edge, endpoint] =
    /An edge on 127\.0\.0\.1:(\d+) is in front of an endpoint on 127\.0\.0\.1:(\d+)/.exec(host.out())!;
  return { status, edge: Number(edge), endpoint: Number(endpoint) };
}

withAddresses(
  'the demo serves, tells of each connection as it comes, and a signal ends it with 0',
  async (t) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const host = createTestHost();
      const { status, edge, endpoint } = await serve(t, host, ANYWHERE);
      const [client] = createDemoClients('bound', 1);
      const through = await client!.ask(edge);
      t.deepEqual(through.answer.client, through.came);
      const from = `127\\.0\\.0\\.2:${through.came.port}`;
      await host.waitFor(
        new RegExp(
          `^endpoint {2}saw ${from}, from a v2 header; the connection itself is from 127\\.0\\.0\\.1:\\d+$`,
          'm',
        ),
      );
      await host.waitFor(
        new RegExp(`^herald {4}${from} was announced to 127\\.0\\.0\\.1:${endpoint}; \\d+ bytes sent`, 'm'),
      );
      const direct = await client!.ask(endpoint);
      await host.waitFor(
        new RegExp(`^endpoint {2}saw 127\\.0\\.0\\.2:${direct.came.port}, without a PROXY header$`, 'm'),
      );
      host.signal(signal);
      t.is(await status, 0);
      t.is(host.listening, 0);
      await t.throwsAsync(client!.ask(edge), { code: 'ECONNREFUSED' });
      await t.throwsAsync(client!.ask(endpoint), { code: 'ECONNREFUSED' });
    }
  },
);

test('what it prints to type has the addresses that it really has', async (t) => {
  const host = createTestHost();
  const { edge, endpoint } = await serve(t, host, ANYWHERE, 'bound');
  t.true(host.out().includes(`  curl http://127.0.0.1:${edge}/ `));
  t.true(host.out().includes(`  curl --interface 127.0.0.2 http://127.0.0.1:${edge}/ `));
  t.true(host.out().includes(`  curl http://127.0.0.1:${endpoint}/ `));
  t.false(host.out().includes('/metrics'));
});

test('where there is no 127.0.0.2 the edge takes headers of this machine, and the demo says so', async (t) => {
  const host = createTestHost();
  const { edge } = await serve(t, host, ANYWHERE, 'played');
  t.regex(host.out(), /played by PROXY headers/);
  t.true(
    host.out().includes(`curl --haproxy-protocol --haproxy-clientip 203.0.113.2 http://127.0.0.1:${edge}/`),
  );
  const [client] = createDemoClients('played', 1);
  const { came, answer } = await client!.ask(edge);
  t.deepEqual(answer.client, came);
});

/** A port that is in use. */
async function takenPort(t: ExecutionContext): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

test('a taken port is no obstacle: the demo takes another, and starts once, so that it warns of nothing twice', async (t) => {
  const [edgePort, endpointPort] = [await takenPort(t), await takenPort(t)];
  let starts = 0;
  const start: typeof startApp = (...args) => {
    starts++;
    return startApp(...args);
  };
  const places = { edge: edgePort, endpoint: endpointPort, ops: false };
  const { edge, endpoint } = await serve(t, createTestHost(), places, kind, start);
  t.false([edgePort, endpointPort].includes(edge));
  t.false([edgePort, endpointPort].includes(endpoint));
  t.is(starts, 1);
});

test('a port that is taken between the look and the start is no obstacle either', async (t) => {
  const port = await unusedPort();
  const start: typeof startApp = async (config, ...rest) => {
    const { listen } = config.listeners[0]!;
    if (listen.kind === 'tcp' && listen.port === port) throw new Error('another was faster');
    return startApp(config, ...rest);
  };
  const { edge } = await serve(t, createTestHost(), { ...ANYWHERE, edge: port }, kind, start);
  t.not(edge, port);
});

test('the demo runs the engine that anybody gets who asks for none', async (t) => {
  const engines: string[] = [];
  const start: typeof startApp = (config, ...rest) => {
    engines.push(config.process.engine);
    return startApp(config, ...rest);
  };
  await serve(t, createTestHost(), ANYWHERE, kind, start);
  t.deepEqual(engines, ['auto']);
});

withAddresses('a signal ends it at once: nobody waits for a connection that is kept open', async (t) => {
  const host = createTestHost();
  const { status, edge } = await serve(t, host, ANYWHERE);
  const kept = connect(edge, '127.0.0.1');
  t.teardown(() => kept.destroy());
  kept.on('error', () => {});
  kept.write('GET / HTTP/1.1\r\nHost: demo\r\n\r\n');
  await once(kept, 'data');
  host.signal('SIGINT');
  t.is(await status, 0);
  t.regex(host.out(), /ms, stopped\n/);
});

test('the words for the log: sessions, failures and warnings, and nothing of what is usual', (t) => {
  const session = { level: 'info', msg: 'x', client: '1.1.1.1:1', reason: 'client_closed', ms: 1.6 };
  t.is(logText({ level: 'info', msg: 'listening' }), null);
  t.is(logText({ level: 'warn', msg: 'taken' }), 'taken');
  t.is(logText(session), '1.1.1.1:1 connected, but reached no endpoint: client_closed');
  t.is(
    logText({ ...session, endpoint: '2.2.2.2:2', bytesToEndpoint: 3, bytesToClient: 4 }),
    '1.1.1.1:1 was announced to 2.2.2.2:2; 3 bytes sent, 4 received, 2 ms, client_closed',
  );
});

test('the words for what the endpoint saw', (t) => {
  const none = { tlvs: [], forwarded: null, xForwardedFor: null };
  const peer = { address: '::1', port: 5 };
  t.is(answerText({ client: peer, peer, header: 0, ...none }), 'saw [::1]:5, without a PROXY header');
  t.is(
    answerText({ client: null, peer: null, header: 0, ...none }),
    'saw no address, without a PROXY header',
  );
  t.is(
    answerText({ client: { path: '/a' }, peer, header: 2, ...none }),
    'saw unix:/a, from a v2 header; the connection itself is from [::1]:5',
  );
});

test('on a terminal of 80 columns no sentence is longer than a line', async (t) => {
  const host = createTestHost({ isTTY: true, columns: 80 });
  const ended = runDemoServe(host, ANYWHERE, 'played');
  const [, port] = await host.waitFor(/An edge on 127\.0\.0\.1:(\d+)[\s\S]*Connections:/);
  await (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text();
  await host.waitFor(/herald +[\s\S]*(?:client|endpoint)_closed/);
  host.signal('SIGTERM');
  t.is(await ended, 0);
  t.is(await runDemoOnce(host, 'played'), 0);
  const long = host
    .out()
    .split('\n')
    .filter((line) => line.length > 80);
  t.deepEqual(long, []);
});
