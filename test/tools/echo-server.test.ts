import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { ParsedAddress } from '../../src/address/socket-address.ts';
import { type EchoOptions, startEcho } from '../../src/tools/echo-server.ts';
import { formatHeader, type HeaderDescription } from '../../src/wire/index.ts';

const LOOPBACK: ParsedAddress = { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 0 };
const CLIENT = {
  source: { address: '203.0.113.7', port: 51234 },
  destination: { address: '198.51.100.9', port: 443 },
};
const CLIENT6 = {
  source: { address: '2001:db8::7', port: 51234 },
  destination: { address: '2001:db8::9', port: 443 },
};
const GET = 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';

async function start(t: ExecutionContext, options: Partial<EchoOptions> = {}): Promise<number> {
  const echo = await startEcho({ listen: LOOPBACK, ...options });
  t.teardown(() => echo.stop());
  return echo.address.kind === 'tcp' ? echo.address.port : 0;
}

async function dial(t: ExecutionContext, port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Sends the bytes; returns the parsed body of the HTTP answer and the address that the request was sent from. */
async function ask(t: ExecutionContext, port: number, ...parts: (string | Uint8Array)[]) {
  const socket = await dial(t, port);
  const peer = { address: '127.0.0.1', port: socket.localPort };
  for (const part of parts) socket.write(part);
  const text = await readAll(socket);
  const at = text.indexOf('\r\n\r\n');
  const body = text.slice(at + 4);
  return { head: text.slice(0, at), body, answer: JSON.parse(body), peer };
}

test('a plain client is seen by its own address, in one line of JSON with all keys in order', async (t) => {
  const { head, body, answer, peer } = await ask(t, await start(t), GET);
  t.regex(head, /^HTTP\/1\.1 200 OK\r\n/);
  t.regex(head, /content-type: application\/json/i);
  t.is(body.indexOf('\n'), body.length - 1);
  t.deepEqual(answer, { client: peer, peer, header: 0, tlvs: [], forwarded: null, xForwardedFor: null });
  t.deepEqual(Object.keys(answer), ['client', 'peer', 'header', 'tlvs', 'forwarded', 'xForwardedFor']);
});

const HEADERS: readonly [title: string, header: HeaderDescription, client: object | null][] = [
  ['a v1 header', { version: 1, ...CLIENT }, CLIENT.source],
  ['a v2 header', { version: 2, ...CLIENT }, CLIENT.source],
  ['a v1 header of IPv6', { version: 1, ...CLIENT6 }, CLIENT6.source],
  ['a v2 header of IPv6', { version: 2, ...CLIENT6 }, CLIENT6.source],
  [
    'a v2 header of unix paths',
    { version: 2, source: { path: '/a' }, destination: { path: '/b' } },
    { path: '/a' },
  ],
  ['a v1 UNKNOWN', { version: 1 }, null],
  ['a v2 LOCAL', { version: 2, command: 'LOCAL' }, null],
  [
    'a v4-mapped address',
    {
      version: 2,
      source: { address: '::ffff:203.0.113.7', port: 1 },
      destination: { address: '2001:db8::9', port: 2 },
    },
    { address: '203.0.113.7', port: 1 },
  ],
];

for (const [title, header, client] of HEADERS) {
  test(`the client of ${title} is ${client === null ? 'the peer' : 'its source'}`, async (t) => {
    const { answer, peer } = await ask(
      t,
      await start(t),
      Buffer.concat([formatHeader(header), Buffer.from(GET)]),
    );
    t.deepEqual(answer.client, client ?? peer);
    t.deepEqual(answer.peer, peer);
    t.is(answer.header, header.version);
  });
}

test('a header that comes byte by byte is taken off all the same', async (t) => {
  const socket = await dial(t, await start(t));
  socket.setNoDelay(true);
  for (const byte of formatHeader({ version: 1, ...CLIENT })) {
    socket.write(Uint8Array.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.write(GET);
  t.regex(await readAll(socket), /"client":\{"address":"203\.0\.113\.7","port":51234\}/);
});

test('TLVs are told with type, name, value and text, in their order, and twice where they came twice', async (t) => {
  const tlvs = [
    { type: 2, value: 'example.org' },
    { type: 0xe4, value: Uint8Array.of(1, 255) },
    { type: 2, value: 'a\u001bb' },
  ];
  const header = formatHeader({ version: 2, ...CLIENT, tlvs });
  const { answer } = await ask(t, await start(t), header, GET);
  t.deepEqual(answer.tlvs, [
    { type: 2, name: 'AUTHORITY', value: '6578616d706c652e6f7267', text: 'example.org' },
    { type: 228, value: '01ff' },
    { type: 2, name: 'AUTHORITY', value: '611b62', text: 'a\\x1bb' },
  ]);
});

test('a header of 65551 bytes is taken', async (t) => {
  const header = formatHeader({
    version: 2,
    ...CLIENT,
    tlvs: [{ type: 0xe0, value: new Uint8Array(65535 - 12 - 3) }],
  });
  t.is(header.length, 65551);
  const { answer } = await ask(t, await start(t), header, GET);
  t.deepEqual(answer.client, CLIENT.source);
});

test('headers of the request that name a client are told, and believed by nobody', async (t) => {
  const request = GET.replace(
    'host',
    'forwarded: for=1.2.3.4\r\nx-forwarded-for: 1.2.3.4\r\nx-forwarded-for: 5.6.7.8\r\nhost',
  );
  const { answer, peer } = await ask(t, await start(t), request);
  t.is(answer.forwarded, 'for=1.2.3.4');
  t.is(answer.xForwardedFor, '1.2.3.4, 5.6.7.8');
  t.deepEqual(answer.client, peer);
});

test('a kept connection answers every request with the client of its header', async (t) => {
  const socket = await dial(t, await start(t));
  const keep = 'POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello';
  socket.write(formatHeader({ version: 2, ...CLIENT }));
  socket.write(keep + keep + GET);
  const text = await readAll(socket);
  t.is(text.split('"client":{"address":"203.0.113.7","port":51234}').length, 4);
  t.is(text.split('HTTP/1.1 200 OK').length, 4);
});

test('an agent of node:http keeps its connection', async (t) => {
  const port = await start(t);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  const ports = [];
  for (let i = 0; i < 3; i++) {
    const body = await new Promise<string>((resolve, reject) => {
      request({ port, host: '127.0.0.1', agent }, async (response) => {
        t.true((response.headers as IncomingHttpHeaders)['content-length'] !== undefined);
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve(text);
      })
        .on('error', reject)
        .end();
    });
    ports.push(JSON.parse(body).peer.port);
  }
  t.is(new Set(ports).size, 1);
});

test('a malformed header is reset without an answer, and told', async (t) => {
  const refused: unknown[] = [];
  const port = await start(t, { onRefused: ({ reason, code }) => refused.push([reason, code]) });
  const socket = await dial(t, port);
  const broken = once(socket, 'error');
  socket.write('PROXY TCP4 1.2.3.4 5.6.7.8 1 99999\r\n');
  const [error] = await broken;
  t.is(error.code, 'ECONNRESET');
  t.is(socket.bytesRead, 0);
  t.deepEqual(refused, [['header_invalid', 'v1_port']]);
});

test('a v4 peer of a listener of both families is shown as IPv4', async (t) => {
  const port = await start(t, { listen: { kind: 'tcp', ip: null, port: 0 } });
  const { answer, peer } = await ask(t, port, GET);
  t.deepEqual(answer.peer, peer);
});

test('raw: one line of the same JSON at once, then every byte comes back, and the end of the stream after them', async (t) => {
  const socket = await dial(t, await start(t, { raw: true }));
  const sent = Buffer.alloc(3_000_000, 'abcdefghij');
  socket.write(formatHeader({ version: 2, ...CLIENT }));
  const [first] = await once(socket, 'data');
  socket.pause();
  const line = first.toString();
  t.true(line.endsWith('\n'));
  t.deepEqual(JSON.parse(line).client, CLIENT.source);
  socket.end(sent);
  const back = await readAll(socket);
  t.true(Buffer.from(back).equals(sent));
});

test('raw: what came with the header comes back, and a plain client is served too', async (t) => {
  const port = await start(t, { raw: true });
  const announced = await dial(t, port);
  announced.end(Buffer.concat([formatHeader({ version: 1, ...CLIENT }), Buffer.from('ping')]));
  const [line, rest] = (await readAll(announced)).split('\n');
  t.is(JSON.parse(line!).header, 1);
  t.is(rest, 'ping');
  const plain = await dial(t, port);
  const { localPort } = plain;
  plain.end('hello');
  const [own, echoed] = (await readAll(plain)).split('\n');
  t.is(JSON.parse(own!).client.port, localPort);
  t.is(echoed, 'hello');
});

test('a unix socket is served; its peer has no address', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'herald-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const path = join(directory, 'echo.sock');
  const echo = await startEcho({ listen: { kind: 'unix', path } });
  t.teardown(() => echo.stop());
  const socket = connect(path);
  socket.write(GET);
  const { client, peer } = JSON.parse((await readAll(socket)).split('\r\n\r\n')[1]!);
  t.is(client, null);
  t.is(peer, null);
});

test('stop closes kept connections, silent ones, and those in the middle of a header', async (t) => {
  const echo = await startEcho({ listen: LOOPBACK });
  const port = echo.address.kind === 'tcp' ? echo.address.port : 0;
  const kept = await dial(t, port);
  kept.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(kept, 'data');
  const silent = await dial(t, port);
  const half = await dial(t, port);
  half.write('PROXY TCP4');
  // Once a later request is answered, the server has accepted all of them.
  await ask(t, port, GET);
  const closed = [kept, silent, half].map((socket) => {
    socket.on('end', () => socket.end()).on('error', () => {});
    return new Promise((resolve) => socket.resume().on('close', resolve));
  });
  await echo.stop();
  await Promise.all(closed);
  t.is(
    await new Promise((resolve) =>
      connect(port, '127.0.0.1').on('error', ({ code }: NodeJS.ErrnoException) => resolve(code)),
    ),
    'ECONNREFUSED',
  );
});

test('every answer is told to who asked for it', async (t) => {
  const told: unknown[] = [];
  const port = await start(t, { onAnswer: (answer) => told.push(answer) });
  const { answer } = await ask(t, port, GET);
  t.deepEqual(told, [answer]);
});
