import { once } from 'node:events';
import * as http2 from 'node:http2';
import { connect, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { acceptProxyProtocol } from '../../src/accept/accept-proxy-protocol.ts';
import { createAccepted, present } from '../../src/accept/accepted.ts';
import { proxyHeaderOf } from '../../src/accept/proxy-header-of.ts';
import { formatHeader, type HeaderDescription } from '../../src/wire/format-header.ts';
import { parseHeader } from '../../src/wire/parse-header.ts';
import { HeadedStream } from './headed-stream.ts';
import { listening } from './listening.ts';

const CLIENT = {
  source: { address: '203.0.113.7', port: 51234 },
  destination: { address: '198.51.100.1', port: 443 },
} as const;
const PEER = { address: '10.0.0.1', port: 9, family: 'IPv4' } as const;

/** A socket that was accepted with that header. */
function socketBehind(description: HeaderDescription, peer: typeof PEER | null = PEER): Socket {
  const bytes = Buffer.from(formatHeader(description));
  const parsed = parseHeader(bytes);
  if (parsed.status !== 'header') throw new Error(parsed.status);
  const socket = new Socket();
  const accepted = createAccepted(parsed.header, peer);
  // A network buffer may be reused.
  bytes.fill(0xff);
  present(socket, accepted);
  return socket;
}

test('the facts of a header are all that it says, and who said it', (t) => {
  const facts = proxyHeaderOf(
    socketBehind({
      version: 2,
      ...CLIENT,
      tlvs: [
        { type: 0x01, value: 'h2' },
        { type: 0x02, value: 'example.com\x1b' },
        { type: 0x05, value: 'id' },
        { type: 0xe0, value: Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0) },
        { type: 0xea, value: '\x01vpce-08d2bf15fac5001c9' },
        { type: 0xee, value: Uint8Array.of(1, 2, 1, 0, 0) },
        { type: 0xf0, value: 'mine' },
        { type: 0x20, value: Uint8Array.of(0x03, 0, 0, 0, 0, 0x22, 0, 2, 0x6d, 0x65) },
      ],
    }),
  );
  t.like(facts, {
    version: 2,
    command: 'PROXY',
    family: 'INET',
    transport: 'STREAM',
    source: { ...CLIENT.source, family: 'IPv4' },
    destination: { ...CLIENT.destination, family: 'IPv4' },
    alpn: 'h2',
    authority: 'example.com\\x1b',
    gcpPscConnection: '256',
    awsVpcEndpoint: 'vpce-08d2bf15fac5001c9',
    azurePrivateLink: '258',
    ssl: { ssl: true, certConn: true, verified: true, cn: 'me' },
    peer: PEER,
  });
  t.is(Buffer.from(facts!.uniqueId!).toString(), 'id');
  t.deepEqual(
    facts!.tlvs.map(({ type, name }) => [type, name]),
    [
      [0x01, 'ALPN'],
      [0x02, 'AUTHORITY'],
      [0x05, 'UNIQUE_ID'],
      [0xe0, 'GCP_PSC_CONNECTION'],
      [0xea, 'AWS_VPC_ENDPOINT'],
      [0xee, 'AZURE_PRIVATE_LINK'],
      [0xf0, null],
      [0x20, 'SSL'],
    ],
  );
  t.is(Buffer.from(facts!.tlvs[6]!.value).toString(), 'mine');
});

test('facts that a header does not have are null', (t) => {
  const facts = proxyHeaderOf(socketBehind({ version: 1, ...CLIENT }));
  t.deepEqual(facts, {
    version: 1,
    command: 'PROXY',
    family: 'INET',
    transport: 'STREAM',
    source: { ...CLIENT.source, family: 'IPv4' },
    destination: { ...CLIENT.destination, family: 'IPv4' },
    tlvs: [],
    ssl: null,
    alpn: null,
    authority: null,
    awsVpcEndpoint: null,
    gcpPscConnection: null,
    azurePrivateLink: null,
    uniqueId: null,
    peer: PEER,
  });
});

test('an SSL TLV that does not come out even is unreadable', (t) => {
  const facts = proxyHeaderOf(socketBehind({ version: 2, ...CLIENT, tlvs: [{ type: 0x20, value: 'x' }] }));
  t.is(facts?.ssl, 'unreadable');
});

test('LOCAL names nobody', (t) => {
  const socket = socketBehind({ version: 2, command: 'LOCAL' });
  t.like(proxyHeaderOf(socket), { command: 'LOCAL', source: null, destination: null, peer: PEER });
  t.false(Object.hasOwn(socket, 'remoteAddress'));
});

test('paths of unix sockets are shown, and leave the socket its own addresses', (t) => {
  const socket = socketBehind({ version: 2, source: { path: '/a' }, destination: { path: '/b' } }, null);
  t.like(proxyHeaderOf(socket), {
    family: 'UNIX',
    source: { path: '/a' },
    destination: { path: '/b' },
    peer: null,
  });
  t.false(Object.hasOwn(socket, 'remoteAddress'));
});

test('addresses of datagrams are shown, and leave the socket its own', (t) => {
  const socket = socketBehind({ version: 2, ...CLIENT, transport: 'DGRAM' });
  t.like(proxyHeaderOf(socket), { transport: 'DGRAM', source: { address: '203.0.113.7' } });
  t.false(Object.hasOwn(socket, 'remoteAddress'));
});

test('a v4-mapped source is shown as the socket shows it', (t) => {
  const socket = socketBehind({
    version: 2,
    source: { address: '::ffff:203.0.113.7', port: 1 },
    destination: { address: '2001:db8::1', port: 2 },
  });
  const source = { address: '203.0.113.7', port: 1, family: 'IPv4' };
  t.deepEqual(proxyHeaderOf(socket)?.source as unknown, source);
  t.like(socket, {
    remoteAddress: '203.0.113.7',
    remoteFamily: 'IPv4',
    localAddress: '2001:db8::1',
    localFamily: 'IPv6',
  });
});

test('facts are made once', (t) => {
  const socket = socketBehind({ version: 1, ...CLIENT });
  t.is(proxyHeaderOf(socket), proxyHeaderOf(socket));
});

test('a headerless client and a socket of another have no header', (t) => {
  const headerless = new Socket();
  present(headerless, createAccepted(null, PEER));
  t.is(proxyHeaderOf(headerless), null);
  t.is(proxyHeaderOf(new Socket()), null);
  t.is(proxyHeaderOf({}), null);
});

test('the address of a socket is still there when it has closed', async (t) => {
  const socket = socketBehind({ version: 1, ...CLIENT });
  socket.destroy();
  await once(socket, 'close');
  t.is(socket.remoteAddress, '203.0.113.7');
});

test('http2 shows the header on its session and its requests, and null once they are gone', async (t) => {
  const server = http2.createServer();
  acceptProxyProtocol(server, { trust: ['127.0.0.1'] });
  const port = await listening(t, server);
  const sessions = once(server, 'session');
  const requests = once(server, 'request');
  const client = http2.connect('http://localhost', {
    createConnection: () =>
      new HeadedStream(connect(port, '127.0.0.1'), formatHeader({ version: 2, ...CLIENT }), 'together'),
  });
  const stream = client.request({ ':path': '/' });
  const [session] = (await sessions) as [http2.ServerHttp2Session];
  const [request, response] = (await requests) as [http2.Http2ServerRequest, http2.Http2ServerResponse];
  const { socket } = session;
  for (const asked of [socket, request.socket, request.stream.session!.socket]) {
    t.is(proxyHeaderOf(asked)?.version, 2);
    t.is(asked.remoteAddress, '203.0.113.7');
  }
  const closed = once(session, 'close');
  response.end('done');
  t.is(await text(stream), 'done');
  client.close();
  await closed;
  t.is(proxyHeaderOf(socket), null);
  t.is(proxyHeaderOf(request.socket), null);
});
