import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import * as http2 from 'node:http2';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { CERTIFICATE } from '../helpers/certificate.ts';
import { Connection } from '../helpers/connection.ts';
import { PeerProcess } from '../helpers/peer-process.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';

const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url));
const CLIENT = '203.0.113.7';
const HEADER = `PROXY TCP4 ${CLIENT} 192.0.2.1 51234 443\r\n`;

/** Starts an example, and connects to it as a balancer that announces its client. */
async function announced(t: ExecutionContext, name: string, env = {}): Promise<() => Promise<Connection>> {
  const trust = { PORT: '0', TRUST: '127.0.0.1', ...env };
  const example = new PeerProcess(process.execPath, [join(EXAMPLES, name)], { env: trust });
  t.teardown(() => example.stop());
  const port = Number((await example.line(/^listening on \d+$/)).split(' ').at(-1));
  return async () => {
    const connection = await Connection.to({ host: '127.0.0.1', port });
    t.teardown(() => connection.destroy());
    connection.write(HEADER);
    return connection;
  };
}

async function request(connection: Connection, line: string, body = ''): Promise<string> {
  const head = [line, 'Host: x', 'Connection: close', `Content-Length: ${body.length}`, '', body];
  connection.write(head.join('\r\n'));
  const answer = (await connection.readToEnd()).toString();
  return answer.slice(answer.indexOf('\r\n\r\n') + 4);
}

for (const name of ['http', 'express', 'fastify', 'koa', 'hono']) {
  test(`the example ${name} sees the client, and no peer that sends no header`, async (t) => {
    const dial = await announced(t, `${name}.js`);
    const body = await request(await dial(), 'GET / HTTP/1.1');
    t.is((JSON.parse(body) as { client: string }).client, CLIENT);
    const { socket } = await dial();
    const plain = await Connection.to({ host: '127.0.0.1', port: socket.remotePort! });
    plain.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    t.is(await plain.ending, 'reset');
  });
}

async function certified(t: ExecutionContext) {
  const folder = await folderFor(t);
  const [CERT, KEY] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  await Promise.all([writeFile(CERT, CERTIFICATE.cert), writeFile(KEY, CERTIFICATE.key)]);
  return { CERT, KEY };
}

async function secured(connection: Connection, protocol: string): Promise<tls.TLSSocket> {
  connection.socket.removeAllListeners('data');
  const options = { socket: connection.socket, rejectUnauthorized: false, ALPNProtocols: [protocol] };
  const socket = tls.connect(options);
  await once(socket, 'secureConnect');
  return socket;
}

for (const name of ['https', 'http2']) {
  test(`the example ${name} sees the client of HTTP/1.1, whose header comes before the handshake`, async (t) => {
    const dial = await announced(t, `${name}.js`, await certified(t));
    const connection = new Connection(await secured(await dial(), 'http/1.1'));
    const body = await request(connection, 'GET / HTTP/1.1');
    t.is((JSON.parse(body) as { client: string }).client, CLIENT);
  });
}

test('the example http2 sees the client of HTTP/2', async (t) => {
  const dial = await announced(t, 'http2.js', await certified(t));
  const socket = await secured(await dial(), 'h2');
  const session = http2.connect('https://x', { createConnection: () => socket });
  const stream = session.request({ ':path': '/' });
  const body = (await stream.setEncoding('utf8').toArray()).join('');
  t.deepEqual(JSON.parse(body), { client: CLIENT, version: '2.0' });
  session.destroy();
});

test('the example net sees the client', async (t) => {
  const dial = await announced(t, 'net.js');
  const said = (await (await dial()).readToEnd()).toString();
  t.deepEqual(JSON.parse(said), { client: CLIENT, port: 51234 });
});

/** Upgrades, and returns how to read and to write one short text frame (RFC 6455 §5.2). */
async function webSocket(connection: Connection, path: string) {
  const fields = ['Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
  const head = [`GET ${path} HTTP/1.1`, ...fields, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', ''];
  connection.write(head.join('\r\n'));
  let answer = '';
  while (!answer.endsWith('\r\n\r\n')) answer += await connection.readText(1);
  return {
    status: answer.slice(9, 12),
    read: async () => {
      const [, length] = await connection.read(2);
      return connection.readText(length!);
    },
    write: (text: string) =>
      connection.write(Buffer.concat([Buffer.of(0x81, 0x80 | text.length, 0, 0, 0, 0), Buffer.from(text)])),
  };
}

test('the example ws sees the client of a WebSocket', async (t) => {
  const dial = await announced(t, 'ws.js');
  const socket = await webSocket(await dial(), '/');
  t.is(socket.status, '101');
  t.deepEqual(JSON.parse(await socket.read()), { client: CLIENT });
});

test('the example socket-io sees the client over a WebSocket', async (t) => {
  const dial = await announced(t, 'socket-io.js');
  const socket = await webSocket(await dial(), '/socket.io/?EIO=4&transport=websocket');
  t.regex(await socket.read(), /^0\{"sid"/);
  socket.write('40');
  t.regex(await socket.read(), /^40\{"sid"/);
  t.is(await socket.read(), `42["you",{"client":"${CLIENT}"}]`);
});

test('the example socket-io sees the client over long polling', async (t) => {
  const dial = await announced(t, 'socket-io.js');
  const path = '/socket.io/?EIO=4&transport=polling';
  const { sid } = JSON.parse((await request(await dial(), `GET ${path} HTTP/1.1`)).slice(1)) as {
    sid: string;
  };
  t.is(await request(await dial(), `POST ${path}&sid=${sid} HTTP/1.1`, '40'), 'ok');
  const packets = (await request(await dial(), `GET ${path}&sid=${sid} HTTP/1.1`)).split('\x1e');
  t.is(packets[1], `42["you",{"client":"${CLIENT}"}]`);
});

test('the example herald carries clients, and takes another endpoint on a line', async (t) => {
  const [first, second] = [await ScriptedEndpoint.start(), await ScriptedEndpoint.start()];
  for (const endpoint of [first, second]) t.teardown(() => endpoint.stop());
  const env = { LISTEN: '127.0.0.1:0', TO: `127.0.0.1:${first.port}` };
  const example = new PeerProcess(process.execPath, [join(EXAMPLES, 'herald.js')], { env, open: true });
  t.teardown(() => example.stop('SIGKILL'));
  const port = Number((await example.line(/^listening on /)).split(':').at(-1));
  const reloaded = async (line: string, answer: RegExp) => {
    example.child.stdin!.write(`${line}\n`);
    await example.line(answer);
  };
  const client = await Connection.to({ host: '127.0.0.1', port });
  const atFirst = await first.accept();
  t.is((await atFirst.read(16)).toString('latin1', 0, 12), '\r\n\r\n\0\r\nQUIT\n');
  for (const end of [client, atFirst]) end.destroy();
  await reloaded('nowhere', /^listeners\[0\]\.to: expected an endpoint/);
  await reloaded(`127.0.0.1:${second.port}`, /^reloaded$/);
  const other = await Connection.to({ host: '127.0.0.1', port });
  for (const end of [other, await second.accept()]) end.destroy();
  t.deepEqual(await example.stop(), { code: 0, signal: null });
});

test('each example has its test', (t) => {
  const tested = [
    'http',
    'express',
    'fastify',
    'koa',
    'hono',
    'https',
    'http2',
    'net',
    'ws',
    'socket-io',
    'herald',
  ];
  const names = readdirSync(EXAMPLES).filter((name) => name.endsWith('.js'));
  t.deepEqual(names.sort(), tested.map((name) => `${name}.js`).sort());
});
