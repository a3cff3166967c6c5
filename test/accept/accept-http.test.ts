import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { acceptProxyProtocol } from '../../src/accept/accept-proxy-protocol.ts';
import { proxyHeaderOf } from '../../src/accept/proxy-header-of.ts';
import { Connection } from '../helpers/connection.ts';
import { HEADERS } from './headers.ts';
import { listening } from './listening.ts';

const HEADER = HEADERS[2]!.bytes;

function addressOf(socket: Socket): string {
  return `${socket.remoteAddress}:${socket.remotePort}`;
}

/** Serves a server behind a trusted loopback, and connects to it with a header and `first` in one segment. */
async function dial(t: ExecutionContext, server: Server, first: string): Promise<Connection> {
  acceptProxyProtocol(server, { trust: ['127.0.0.1'] });
  const port = await listening(t, server);
  const connection = await Connection.to({ port, host: '127.0.0.1' });
  t.teardown(() => connection.destroy());
  connection.write(Buffer.concat([HEADER, Buffer.from(first)]));
  return connection;
}

/** Everything up to and including the mark. */
async function readUntil(connection: Connection, mark: string): Promise<string> {
  let said = '';
  while (!said.endsWith(mark)) said += await connection.readText(1);
  return said;
}

test('every request of a kept-alive connection comes from the client of its header', async (t) => {
  const server = createServer((req, res) =>
    res.end(`${addressOf(req.socket)} ${proxyHeaderOf(req.socket)?.version}${proxyHeaderOf(req)?.version}|`),
  );
  let connections = 0;
  server.on('connection', () => connections++);
  const request = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
  const connection = await dial(t, server, request);
  for (let answer = 0; answer < 3; answer++) {
    if (answer > 0) connection.write(request);
    t.true((await readUntil(connection, '|')).endsWith('\r\n203.0.113.7:51234 22|'));
  }
  t.is(connections, 1);
});

test('requests that are pipelined behind the header are answered in their order', async (t) => {
  const server = createServer((req, res) => res.end(`${req.url} ${addressOf(req.socket)}\n`));
  const request = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
  const connection = await dial(t, server, request('/1') + request('/2') + request('/3'));
  for (const path of ['/1', '/2', '/3']) {
    t.true((await readUntil(connection, '51234\n')).endsWith(`${path} 203.0.113.7:51234\n`));
  }
});

test('an upgraded connection keeps its client, and the bytes behind the handshake', async (t) => {
  const server = createServer();
  server.on('upgrade', (req, socket, head) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n');
    socket.write(`${addressOf(socket as Socket)} ${req.socket === socket} ${head}|`);
    socket.pipe(socket);
  });
  const handshake = 'GET /chat HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n';
  const connection = await dial(t, server, `${handshake}early`);
  t.regex(await readUntil(connection, '\r\n\r\n'), /^HTTP\/1\.1 101 /);
  t.is(await readUntil(connection, '|'), '203.0.113.7:51234 true early|');
  connection.write('echo');
  t.is(await connection.readText(4), 'echo');
  connection.end();
  t.is(await connection.ending, 'fin');
});

test('a tunnel by CONNECT keeps its client', async (t) => {
  const server = createServer();
  server.on('connect', (_req, socket, head) => {
    socket.write(`HTTP/1.1 200 OK\r\n\r\n${addressOf(socket as Socket)} ${head}|`);
    socket.pipe(socket);
  });
  const connection = await dial(t, server, 'CONNECT db:5432 HTTP/1.1\r\nhost: db:5432\r\n\r\nearly');
  await readUntil(connection, '\r\n\r\n');
  t.is(await readUntil(connection, '|'), '203.0.113.7:51234 early|');
  connection.write('echo');
  t.is(await connection.readText(4), 'echo');
});

test('a client that expects 100-continue gets it', async (t) => {
  const server = createServer(async (req, res) => res.end(`${await text(req)} ${addressOf(req.socket)}|`));
  const request = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n';
  const connection = await dial(t, server, request);
  t.is(await readUntil(connection, '\r\n\r\n'), 'HTTP/1.1 100 Continue\r\n\r\n');
  connection.write('body');
  t.true((await readUntil(connection, '|')).endsWith('body 203.0.113.7:51234|'));
});

test('a body that comes with the header and after it arrives whole', async (t) => {
  const body = Buffer.alloc(1 << 20, 'herald');
  const server = createServer(async (req, res) => {
    const got = await text(req);
    res.end(`${got === body.toString()} ${addressOf(req.socket)}|`);
  });
  const connection = await dial(
    t,
    server,
    `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  t.true((await readUntil(connection, '|')).endsWith('true 203.0.113.7:51234|'));
});

test('a header alone, and then the end of the stream, is a connection without a request', async (t) => {
  const server = createServer(() => t.fail('there was no request'));
  const ended = new Promise<string>((resolve) => {
    server.once('connection', (socket: Socket) => socket.once('end', () => resolve(addressOf(socket))));
  });
  const connection = await dial(t, server, '');
  connection.end();
  t.is(await ended, '203.0.113.7:51234');
  t.is(await connection.ending, 'fin');
});

test('the time for the headers of a request begins when the PROXY header is complete', async (t) => {
  const server = createServer({ headersTimeout: 20, connectionsCheckingInterval: 5 });
  let accepted = 0;
  server.on('connection', () => {
    accepted = performance.now();
  });
  const errors = once(server, 'clientError');
  acceptProxyProtocol(server, { trust: ['127.0.0.1'] });
  const port = await listening(t, server);
  const slow = await Connection.to({ port, host: '127.0.0.1' });
  t.teardown(() => slow.destroy());
  slow.write(HEADER.subarray(0, 20));
  // Another client times out meanwhile, which shows that the slow one had enough time to do so, too.
  const quick = await Connection.to({ port, host: '127.0.0.1' });
  t.teardown(() => quick.destroy());
  quick.write(HEADER);
  const [error, socket] = await errors;
  t.is(error.code, 'ERR_HTTP_REQUEST_TIMEOUT');
  t.is(addressOf(socket), '203.0.113.7:51234');
  socket.destroy();
  const again = once(server, 'clientError');
  const before = performance.now();
  slow.write(HEADER.subarray(20));
  await once(server, 'connection');
  t.true(accepted >= before);
  const [late, lateSocket] = await again;
  t.is(late.code, 'ERR_HTTP_REQUEST_TIMEOUT');
  lateSocket.destroy();
});

test('garbage behind the header is a clientError of that client', async (t) => {
  const server = createServer();
  const errors = once(server, 'clientError');
  const connection = await dial(t, server, 'garbage\r\n\r\n');
  const [error, socket] = await errors;
  t.is(error.code, 'HPE_INVALID_METHOD');
  t.is(addressOf(socket), '203.0.113.7:51234');
  t.is(proxyHeaderOf(socket)?.version, 2);
  socket.destroy();
  await connection.ending;
});
