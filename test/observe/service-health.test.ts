import { connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { createServiceHealthServer, type ServiceHealth } from '../../src/observe/service-health.ts';
import { formatHeader } from '../../src/wire/format-header.ts';

const WEB: ServiceHealth = { namespace: 'demo', name: 'web', endpoints: 1 };

async function start(t: ExecutionContext, services: readonly ServiceHealth[] = [WEB], serving = true) {
  const server = createServiceHealthServer({
    address: { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 0 },
    state: { services: () => services, serving: () => serving },
  });
  const address = await server.start();
  t.teardown(() => server.stop());
  const port = address.kind === 'tcp' ? address.port : 0;
  /** All that comes back for these bytes, once the other side has ended. */
  const say = (...parts: readonly (string | Uint8Array)[]) =>
    new Promise<string>((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = connect(port, '127.0.0.1', () => {
        for (const part of parts) socket.write(part);
      });
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('end', () => socket.end());
      socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
      socket.on('error', reject);
    });
  return { port, say };
}

/** The last request of a connection, so that its end is the end of the answer. */
const GET = 'GET /healthz HTTP/1.0\r\n\r\n';
const status = (text: string) => text.split('\r\n', 1)[0];

// Measured of kube-proxy 1.36.2.
const ANSWER = [
  'HTTP/1.1 200 OK',
  'Content-Type: application/json',
  'X-Content-Type-Options: nosniff',
  'X-Load-Balancing-Endpoint-Weight: 1',
  'Content-Length: 111',
  '',
  '{\n\t"service": {\n\t\t"namespace": "demo",\n\t\t"name": "web"\n\t},\n\t"localEndpoints": 1,\n\t"serviceProxyHealthy": true\n}',
].join('\r\n');

test('H4: the answer is that of kube-proxy to the byte', async (t) => {
  const { say } = await start(t);
  t.is(await say(GET), ANSWER);
});

test('H4: a connection that asks again gets the same bytes again, and no header of ours between them', async (t) => {
  const { port } = await start(t);
  const twice = await new Promise<string>((resolve) => {
    let text = '';
    const ask = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
    const socket = connect(port, '127.0.0.1', () => socket.write(ask));
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
      if (text.length === ANSWER.length) socket.write(ask);
      if (text.length === 2 * ANSWER.length) socket.destroy();
    });
    socket.on('close', () => resolve(text));
  });
  t.is(twice, ANSWER + ANSWER);
});

test('H3: any method and any path is answered', async (t) => {
  const { say } = await start(t);
  for (const first of ['POST /x?y', 'PUT /', 'DELETE //', 'OPTIONS *']) {
    t.is(await say(`${first} HTTP/1.0\r\n\r\n`), ANSWER, first);
  }
  t.is(await say('POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello'), ANSWER);
});

test('H3: without an endpoint the answer is 503, and says 0', async (t) => {
  const { say } = await start(t, [{ ...WEB, endpoints: 0 }]);
  const text = await say(GET);
  t.is(status(text), 'HTTP/1.1 503 Service Unavailable');
  t.true(text.includes('X-Load-Balancing-Endpoint-Weight: 0\r\n'));
  t.true(text.includes('"localEndpoints": 0,\n\t"serviceProxyHealthy": true'));
});

test('H4: a Herald that drains says 503, and keeps weight and count', async (t) => {
  const { say } = await start(t, [{ ...WEB, endpoints: 3 }], false);
  const text = await say(GET);
  t.is(status(text), 'HTTP/1.1 503 Service Unavailable');
  t.true(text.includes('X-Load-Balancing-Endpoint-Weight: 3\r\n'));
  t.true(text.includes('"localEndpoints": 3,\n\t"serviceProxyHealthy": false'));
});

const INET = {
  source: { address: '192.0.2.1', port: 1 },
  destination: { address: '198.51.100.1', port: 2 },
} as const;

for (const [title, header] of [
  ['v1', formatHeader({ version: 1, ...INET })],
  ['v2', formatHeader({ version: 2, ...INET })],
  ['v2 LOCAL', formatHeader({ version: 2, command: 'LOCAL' })],
] as const) {
  test(`P4: a ${title} header before the request is taken off`, async (t) => {
    const { say } = await start(t);
    t.is(await say(header, GET), ANSWER);
  });
}

test('of several Services the path chooses one, and any other path is about all', async (t) => {
  const { say } = await start(t, [WEB, { namespace: 'demo', name: 'mail', endpoints: 0 }]);
  const ask = (path: string) => say(`GET ${path} HTTP/1.0\r\n\r\n`);
  t.is(await ask('/demo/web'), ANSWER);
  t.is(await ask('/demo/web?x'), ANSWER);
  for (const path of ['/demo/mail', '/', '/healthz', '/demo']) {
    const text = await ask(path);
    t.is(status(text), 'HTTP/1.1 503 Service Unavailable', path);
    t.true(text.includes('"name": "mail"'), path);
  }
});

test('of several Services that are all well the first one is named', async (t) => {
  const { say } = await start(t, [WEB, { namespace: 'demo', name: 'mail', endpoints: 2 }]);
  t.is(await say(GET), ANSWER);
});
