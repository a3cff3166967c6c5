import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import type { AcceptOptions } from '../../src/accept/accept-options.ts';
import { interceptConnections } from '../../src/accept/intercept-connections.ts';
import { proxyHeaderOf } from '../../src/accept/proxy-header-of.ts';
import { formatHeader } from '../../src/wire/format-header.ts';
import { CERTIFICATE } from '../helpers/certificate.ts';
import { Connection } from '../helpers/connection.ts';
import { NEVER, own, readLine, serve } from './guarded-server.ts';
import { HEADERS } from './headers.ts';
import { listening } from './listening.ts';
import { refusals } from './refusals.ts';
import { seen } from './server-kinds.ts';
import { shortPlan } from './short-plan.ts';

const V1 = HEADERS[0]!;
const V2 = HEADERS[2]!;

test("a headerless peer is the server's at once, with its own address, and its PROXY header is payload", async (t) => {
  const { dial } = await serve(t, { trust: ['192.0.2.1'], headerless: ['127.0.0.0/8'] });
  const connection = await dial();
  // The server speaks first.
  t.deepEqual(await readLine(connection), { ...own(connection), version: null, peer: null });
  connection.write(V1.bytes);
  t.is(await connection.readText(V1.bytes.length), Buffer.from(V1.bytes).toString());
});

const OWN_ADDRESSES: readonly [string, Uint8Array][] = [
  ['v2 LOCAL', formatHeader({ version: 2, command: 'LOCAL' })],
  ['v1 UNKNOWN', formatHeader({ version: 1 })],
  ['v2 UNSPEC', formatHeader({ version: 2 })],
  ['v2 UNIX', formatHeader({ version: 2, source: { path: '/a' }, destination: { path: '/b' } })],
  [
    'v2 DGRAM',
    formatHeader({
      version: 2,
      transport: 'DGRAM',
      source: { address: '203.0.113.7', port: 1 },
      destination: { address: '198.51.100.1', port: 2 },
    }),
  ],
];

for (const [what, bytes] of OWN_ADDRESSES) {
  test(`${what} leaves the connection its own addresses, and is known as a header`, async (t) => {
    const { dial } = await serve(t);
    const connection = await dial();
    connection.write(bytes);
    const version = what.startsWith('v1') ? 1 : 2;
    t.deepEqual(await readLine(connection), { ...own(connection), version, peer: '127.0.0.1' });
  });
}

test('a v4-mapped source is the IPv4 address that it means', async (t) => {
  const { dial } = await serve(t);
  const connection = await dial();
  connection.write('PROXY TCP6 ::ffff:203.0.113.7 ::ffff:c633:6401 5 6\r\n');
  const { remote, local } = await readLine(connection);
  t.deepEqual([remote, local], ['IPv4 203.0.113.7 5', 'IPv4 198.51.100.1 6']);
});

test('an optional header is used where it is there', async (t) => {
  const { dial } = await serve(t, { proxyHeader: 'optional' });
  const connection = await dial();
  connection.write(V2.bytes);
  t.is((await readLine(connection)).remote, V2.remote);
});

test("where a header is optional, bytes that can not begin one are a headerless client's at once", async (t) => {
  const { dial } = await serve(t, { proxyHeader: 'optional' });
  const connection = await dial();
  connection.write('PRI * HTTP/2.0');
  t.deepEqual(await readLine(connection), { ...own(connection), version: null, peer: null });
  t.is(await connection.readText(14), 'PRI * HTTP/2.0');
});

test('where a header is optional, silence is a headerless client when the deadline passes', async (t) => {
  const { dial } = await serve(t, { proxyHeader: 'optional', headerTimeoutMs: 30 });
  const connection = await dial();
  t.is((await readLine(connection)).version, null);
  connection.write('still here');
  t.is(await connection.readText(10), 'still here');
});

test('a header followed at once by the end of the stream is a client that has finished sending', async (t) => {
  const { dial } = await serve(t, {}, createServer({ allowHalfOpen: true }));
  const connection = await dial();
  connection.end(Buffer.concat([V2.bytes, Buffer.from('all')]));
  t.is((await readLine(connection)).remote, V2.remote);
  t.is(await connection.readText(3), 'all');
  t.is(await connection.ending, 'fin');
});

test('a second header behind the first is payload', async (t) => {
  const { dial } = await serve(t);
  const connection = await dial();
  connection.write(Buffer.concat([V2.bytes, V1.bytes]));
  t.is((await readLine(connection)).remote, V2.remote);
  t.is(await connection.readText(V1.bytes.length), Buffer.from(V1.bytes).toString());
});

test('listeners of `connection` hear of a client whether they were added before or after', async (t) => {
  const server = createServer();
  const heard: string[] = [];
  server.on('connection', (socket: Socket) => heard.push(`before ${socket.remoteAddress}`));
  const { dial } = await serve(t, {}, server);
  server.on('connection', (socket: Socket) => heard.push(`after ${socket.remoteAddress}`));
  server.prependOnceListener('connection', (socket: Socket) => heard.push(`first ${socket.remoteAddress}`));
  const connection = await dial();
  connection.write(V2.bytes);
  await readLine(connection);
  t.deepEqual(heard, ['first 203.0.113.7', 'before 203.0.113.7', 'after 203.0.113.7']);
});

test('with pauseOnConnect nothing flows until the server resumes the socket', async (t) => {
  const server = createServer({ pauseOnConnect: true });
  interceptConnections(server, shortPlan({}, NEVER));
  const port = await listening(t, server);
  const accepted = once(server, 'connection');
  const connection = await Connection.to({ port, host: '127.0.0.1' });
  t.teardown(() => connection.destroy());
  connection.end(Buffer.concat([V2.bytes, Buffer.from('payload')]));
  const [socket] = (await accepted) as [Socket];
  t.true(socket.isPaused());
  let data = '';
  socket.on('data', (chunk) => {
    data += chunk;
  });
  // More than enough turns for the data and the end to arrive, if they were not held back.
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  t.is(data, '');
  const ended = once(socket, 'end');
  socket.resume();
  await ended;
  t.is(data, 'payload');
  t.is(socket.remoteAddress, '203.0.113.7');
});

test('a TLS client that fails its handshake is known by its own address', async (t) => {
  const server = createTlsServer(CERTIFICATE);
  interceptConnections(server, shortPlan({}, NEVER));
  const port = await listening(t, server);
  const errors = once(server, 'tlsClientError');
  const connection = await Connection.to({ port, host: '127.0.0.1' });
  t.teardown(() => connection.destroy());
  connection.write(Buffer.concat([V2.bytes, Buffer.from('not a ClientHello')]));
  const [, socket] = await errors;
  t.is(socket.remoteAddress, '203.0.113.7');
  t.is(proxyHeaderOf(socket)?.peer?.address, '127.0.0.1');
});

test('a dual-stack listener knows its IPv4 peers by their IPv4 address', async (t) => {
  const server = createServer((socket) => socket.end(JSON.stringify(seen(socket))));
  interceptConnections(server, shortPlan({ trust: ['127.0.0.1/32'] }, NEVER));
  const port = await listening(t, server, { port: 0, host: '::', ipv6Only: false });
  const connection = await Connection.to({ port, host: '127.0.0.1' });
  connection.end(V2.bytes);
  t.like(JSON.parse((await connection.readToEnd()).toString()), { remote: V2.remote, peer: '127.0.0.1' });
});

test('the peers of a unix socket are trusted by name', async (t) => {
  const { connection } = await unixServer(t, { trust: ['unix'] });
  connection.end(V2.bytes);
  const said = JSON.parse((await connection.readToEnd()).toString());
  t.deepEqual(said, { remote: V2.remote, local: V2.local, version: 2, peer: null });
});

test('the peers of a unix socket are not trusted because all addresses are', async (t) => {
  const { connection, refused } = await unixServer(t, { trust: ['0.0.0.0/0', '::/0'] });
  connection.write(V2.bytes);
  t.like(await refused.next(), { reason: 'untrusted', peer: null });
  await connection.closed;
  t.is(connection.received.length, 0);
});

async function unixServer(t: ExecutionContext, options: Partial<AcceptOptions>) {
  const directory = mkdtempSync(join(tmpdir(), 'herald-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'socket');
  const refused = refusals();
  const server = createServer((socket) => socket.end(JSON.stringify(seen(socket))));
  interceptConnections(server, shortPlan({ onRefused: refused.onRefused, ...options }, NEVER));
  await listening(t, server, { path });
  const connection = await Connection.to({ path });
  t.teardown(() => connection.destroy());
  return { connection, refused };
}

test('a socket that is handed to the server has to show its header, and one that has shown it need not again', async (t) => {
  const { server, handle, dial } = await serve(t);
  const back = createServer();
  interceptConnections(back, shortPlan({ trust: ['192.0.2.1'] }, NEVER));
  const passedOn = once(back, 'connection');
  server.once('connection', (socket: Socket) => back.emit('connection', socket));
  const connection = await dial();
  t.is(handle.pending, 1);
  connection.write(V2.bytes);
  const [socket] = await passedOn;
  t.is(socket.remoteAddress, '203.0.113.7');
});

test('a stream that is no socket has no peer, and is left alone', async (t) => {
  const server = createServer();
  interceptConnections(server, shortPlan({}, NEVER));
  const stream = new Duplex();
  const accepted = once(server, 'connection');
  server.emit('connection', stream);
  t.is((await accepted)[0], stream);
});

test('closing the server resets the sockets that wait', async (t) => {
  const { server, handle, dial } = await serve(t);
  const served = await dial();
  served.write(V2.bytes);
  await readLine(served);
  const waiting = await dial();
  waiting.write(V2.bytes.subarray(0, 5));
  const other = await dial();
  other.write(V2.bytes);
  await readLine(other);
  t.is(handle.pending, 1);
  const closed = once(server, 'close');
  server.close();
  t.is(handle.pending, 0);
  t.is(await waiting.ending, 'reset');
  // Connections that the server has already received stay open, as without the interception.
  served.write('still served');
  t.is(await served.readText(12), 'still served');
  served.end();
  other.end();
  await closed;
});

test('closing the handle gives the server its connections back, and it can be called for again', async (t) => {
  const { server, handle, dial } = await serve(t);
  const waiting = await dial();
  waiting.write(V1.bytes.subarray(0, 5));
  const other = await dial();
  other.write(V2.bytes);
  await readLine(other);
  const { close } = server;
  handle.close();
  handle.close();
  t.is(await waiting.ending, 'reset');
  t.not(server.close, close);
  const headerless = await dial();
  t.deepEqual(await readLine(headerless), { ...own(headerless), version: null, peer: null });
  headerless.write(V1.bytes);
  t.is(await headerless.readText(V1.bytes.length), Buffer.from(V1.bytes).toString());
  interceptConnections(server, shortPlan({}, NEVER));
  const again = await dial();
  again.write(V2.bytes);
  t.is((await readLine(again)).remote, V2.remote);
});

test('a server can be passed to acceptProxyProtocol only once', async (t) => {
  const { server } = await serve(t);
  t.throws(() => interceptConnections(server, shortPlan({}, NEVER)), {
    message: /this server already accepts the PROXY protocol$/,
  });
});

test('a header inside TLS is taken off a TLS socket that is handed to the server', async (t) => {
  const inner = createServer((socket) => socket.end(JSON.stringify(seen(socket))));
  interceptConnections(inner, shortPlan({}, NEVER));
  const outer = createTlsServer(CERTIFICATE, (socket) => inner.emit('connection', socket));
  const port = await listening(t, outer);
  const good = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  good.write(V2.bytes);
  t.like(JSON.parse(await text(good)), { remote: V2.remote, peer: '127.0.0.1' });
  const bad = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  bad.on('error', () => {});
  bad.write('no header');
  await once(bad, 'close');
  t.is(bad.bytesRead, 0);
});
