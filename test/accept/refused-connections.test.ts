import { once } from 'node:events';
import type { Server } from 'node:net';
import test from 'ava';
import type { AcceptOptions } from '../../src/accept/accept-options.ts';
import { formatHeader } from '../../src/wire/format-header.ts';
import { readLine, serve } from './guarded-server.ts';
import { HEADERS } from './headers.ts';

const V1 = HEADERS[0]!;
const V2 = HEADERS[2]!;

test('a peer that is not trusted is reset, and the server never sees it', async (t) => {
  const { server, refused, dial } = await serve(t, { trust: ['192.0.2.0/24'] });
  server.on('connection', () => t.fail());
  const connection = await dial();
  connection.write(V2.bytes);
  const { peer, ...refusal } = await refused.next();
  t.deepEqual(refusal, { reason: 'untrusted', code: null, firstBytes: new Uint8Array(0) });
  t.is(peer?.address, '127.0.0.1');
  t.is(await connection.ending, 'reset');
});

test('a peer of both lists is trusted', async (t) => {
  const { refused, dial } = await serve(t, { trust: ['127.0.0.1'], headerless: ['127.0.0.0/8'] });
  const connection = await dial();
  connection.write('hello');
  const { reason, firstBytes } = await refused.next();
  t.is(reason, 'header_absent');
  t.is(Buffer.from(firstBytes).toString(), 'hello');
  t.is(await connection.ending, 'reset');
});

const REFUSED: readonly [string, Partial<AcceptOptions>, string | Uint8Array, string, string | null][] = [
  ['another protocol', {}, 'GET / HTTP/1.1\r\n\r\n', 'header_absent', null],
  [
    'a line that breaks the rules',
    {},
    'PROXY TCP4 256.0.2.1 192.0.2.1 1 2\r\n',
    'header_invalid',
    'v1_address',
  ],
  ['v2 where v1 is expected', { acceptProxy: 'v1' }, V2.bytes, 'header_not_expected', 'v2_not_expected'],
  ['v1 where v2 is expected', { acceptProxy: 'v2' }, V1.bytes, 'header_not_expected', 'v1_not_expected'],
  [
    'v1 where v2 is expected of who sends a header at all',
    { acceptProxy: 'v2', proxyHeader: 'optional' },
    V1.bytes,
    'header_not_expected',
    'v1_not_expected',
  ],
  [
    'a header over the cap',
    { maxHeaderBytes: 52 },
    formatHeader({ version: 2, tlvs: [{ type: 0xe1, value: 'x'.repeat(100) }] }),
    'header_too_large',
    'v2_too_large',
  ],
  ['a word that only begins with UNKNOWN', {}, 'PROXY UNKNOWN\0\r\n', 'header_invalid', 'v1_protocol'],
  ['a line without an end', {}, `PROXY UNKNOWN ${'x'.repeat(1000)}`, 'header_invalid', 'v1_too_long'],
];

for (const [what, options, bytes, reason, code] of REFUSED) {
  test(`${what} is reset, reported with its first 64 bytes, and never seen by the server`, async (t) => {
    const { server, refused, dial } = await serve(t, options);
    server.on('connection', () => t.fail());
    const connection = await dial();
    connection.write(bytes);
    const { peer, ...refusal } = await refused.next();
    t.deepEqual(refusal, {
      reason,
      code,
      firstBytes: new Uint8Array(Buffer.from(bytes).subarray(0, 64)),
    } as never);
    t.deepEqual(peer, { address: '127.0.0.1', port: connection.socket.localPort!, family: 'IPv4' });
    t.is(await connection.ending, 'reset');
  });
}

test('a silent peer is reset at the deadline', async (t) => {
  const { refused, dial } = await serve(t, { headerTimeoutMs: 30 });
  const connection = await dial();
  t.like(await refused.next(), { reason: 'header_timeout', code: null });
  t.is(await connection.ending, 'reset');
});

test('a peer that drips its header meets the same deadline', async (t) => {
  const { refused, dial } = await serve(t, { headerTimeoutMs: 100 });
  const connection = await dial();
  // One byte every 10 ms: the 107 bytes that decide take a second. A deadline that activity extends would never expire.
  const line = Buffer.from(`PROXY UNKNOWN ${'x'.repeat(200)}`);
  let at = 0;
  const drip = setInterval(() => connection.write(line.subarray(at, ++at)), 10);
  t.teardown(() => clearInterval(drip));
  t.is((await refused.next()).reason, 'header_timeout');
  t.is(await connection.ending, 'reset');
});

test('a connection that ends before its first byte is a probe: no refusal, and nothing for the server', async (t) => {
  const { server, handle, refused, dial } = await serve(t);
  server.on('connection', () => t.fail());
  const [ending, resetting] = [await dial(), await dial()];
  ending.end();
  resetting.reset();
  await Promise.all([ending.ending, resetting.closed]);
  const last = await dial();
  last.write('no header');
  t.is((await refused.next()).reason, 'header_absent');
  t.is(refused.all.length, 1);
  t.is(handle.pending, 0);
});

test('a stream that ends in the middle of its header is refused', async (t) => {
  const { refused, dial } = await serve(t);
  const connection = await dial();
  connection.end(V2.bytes.subarray(0, 20));
  t.is((await refused.next()).reason, 'header_incomplete');
  t.is(await connection.ending, 'reset');
});

test('a reset in the middle of a header is refused, and no error', async (t) => {
  const { server, handle, refused, dial } = await serve(t);
  const connection = await dial();
  connection.write(V2.bytes.subarray(0, 20));
  // An answer to another client: what was sent before has been read.
  const other = await dial();
  other.write(V2.bytes);
  await readLine(other);
  connection.reset();
  t.is((await refused.next()).reason, 'header_reset');
  t.is(handle.pending, 0);
  t.true(server.listening);
});

test('a header followed at once by a reset affects no other connection', async (t) => {
  const { dial } = await serve(t);
  for (let i = 0; i < 20; i++) {
    const connection = await dial();
    connection.socket.write(V2.bytes, () => connection.reset());
    await connection.closed;
  }
  const last = await dial();
  last.write(V2.bytes);
  t.is((await readLine(last)).remote, V2.remote);
});

test('2,000 sockets that never finish their header end at their deadline, and keep nobody from being served', async (t) => {
  const { server, handle, refused, dial } = await serve(t, { headerTimeoutMs: 2500 });
  const silent = await Promise.all(Array.from({ length: 2000 }, dial));
  for (const connection of silent) connection.write(V2.bytes.subarray(0, 20));
  const connection = await dial();
  connection.write(V2.bytes);
  t.is((await readLine(connection)).remote, V2.remote);
  const endings = await Promise.all(silent.map((one) => one.ending));
  t.true(endings.every((ending) => ending === 'reset'));
  t.is(refused.all.filter(({ reason }) => reason === 'header_timeout').length, 2000);
  t.is(handle.pending, 0);
  t.is(await connectionsOf(server), 1);
});

test('over the limit the socket that has waited longest is reset', async (t) => {
  const { handle, refused, dial } = await serve(t, { maxPending: 2 });
  const [first, second, third] = [await dial(), await dial(), await dial()];
  const { reason, peer } = await refused.next();
  t.is(reason, 'over_limit');
  t.is(peer?.port, first.socket.localPort);
  t.is(await first.ending, 'reset');
  t.is(handle.pending, 2);
  for (const connection of [second, third]) {
    connection.write(V2.bytes);
    t.is((await readLine(connection)).remote, V2.remote);
  }
  t.is(handle.pending, 0);
});

test('sockets that wait for their header are counted by maxConnections and getConnections', async (t) => {
  const { server, dial } = await serve(t);
  server.maxConnections = 1;
  const drops = once(server, 'drop');
  const first = await dial();
  const second = await dial();
  await drops;
  t.is(await connectionsOf(server), 1);
  await second.ending;
  first.write(V2.bytes);
  t.is((await readLine(first)).remote, V2.remote);
});

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}
