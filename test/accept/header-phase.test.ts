import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type HeaderOutcome, HeaderPhase } from '../../src/accept/header-phase.ts';
import { interceptConnections } from '../../src/accept/intercept-connections.ts';
import { HeaderReader } from '../../src/session/header-reader.ts';
import { formatHeader } from '../../src/wire/format-header.ts';
import { Connection } from '../helpers/connection.ts';
import { HEADERS } from './headers.ts';
import { shortPlan } from './short-plan.ts';

const V2 = HEADERS[2]!.bytes;

/** A socket whose network is the test. */
class ScriptedSocket extends Duplex {
  override _read(): void {}
  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    done();
  }
}

function begin(socket: Duplex, rule: 'required' | 'optional' = 'required') {
  let tell: (outcome: HeaderOutcome) => void;
  const outcome = new Promise<HeaderOutcome>((resolve) => {
    tell = resolve;
  });
  const reader = new HeaderReader({ acceptProxy: 'any', maxHeaderBytes: 4096 }, rule);
  const phase = new HeaderPhase(socket as Socket, reader, 0, (_phase, what) => tell(what));
  return { phase, outcome };
}

/** Everything that the stream delivers from now on. */
async function drain(socket: Duplex): Promise<string> {
  let said = '';
  for await (const chunk of socket) said += chunk;
  return said;
}

const CUT = [
  ...HEADERS,
  {
    name: 'v2 with TLVs',
    bytes: formatHeader({
      version: 2,
      source: { path: '/a' },
      destination: { path: '/b' },
      tlvs: [{ type: 0x02, value: 'example.com' }],
      crc32c: true,
    }),
  },
];

for (const { name, bytes } of CUT) {
  test(`a ${name} header cut at any byte, with the payload or before it, is the same header`, async (t) => {
    const all = Buffer.concat([bytes, Buffer.from('payload')]);
    for (let cut = 1; cut < all.length; cut++) {
      const socket = new ScriptedSocket();
      const { outcome } = begin(socket);
      socket.push(all.subarray(0, cut));
      await turn();
      socket.push(all.subarray(cut));
      const ended = await outcome;
      t.is(ended.kind, 'accepted', `cut at ${cut}`);
      socket.push(null);
      t.is(await drain(socket), 'payload', `cut at ${cut}`);
    }
  });
}

test('a stream that had already ended before the phase began ends for the server only', async (t) => {
  for (const rest of ['', 'payload']) {
    const socket = new ScriptedSocket();
    socket.push(Buffer.concat([V2, Buffer.from(rest)]));
    socket.push(null);
    const { outcome } = begin(socket);
    t.is((await outcome).kind, 'accepted');
    t.false(socket.readableEnded);
    t.is(await drain(socket), rest);
  }
});

test('a header in a chunk beyond the high-water mark leaves the mark where it was', async (t) => {
  const socket = new ScriptedSocket({ readableHighWaterMark: 100 });
  const { outcome } = begin(socket);
  socket.push(Buffer.concat([V2, Buffer.alloc(1000, 'x')]));
  t.is((await outcome).kind, 'accepted');
  t.is(socket.readableHighWaterMark, 100);
  socket.push(null);
  t.is((await drain(socket)).length, 1000);
});

test('a handed-over socket has nothing of the phase on it', async (t) => {
  const [guarded, bare] = [await acceptedSocket(t, true), await acceptedSocket(t, false)];
  const state = (socket: Socket) => ({
    listeners: socket.eventNames().map((name) => `${String(name)} ${socket.listenerCount(name)}`),
    flowing: socket.readableFlowing,
    paused: socket.isPaused(),
    length: socket.readableLength,
    mark: socket.readableHighWaterMark,
    timeout: socket.timeout,
  });
  t.deepEqual(state(guarded), state(bare));
});

test('a server that listens for data and pauses stays paused', async (t) => {
  const socket = await acceptedSocket(t, true, 'payload', (accepted) => {
    accepted.on('data', () => t.fail('it was paused'));
    accepted.pause();
  });
  for (let i = 0; i < 10; i++) await turn();
  t.true(socket.isPaused());
  socket.removeAllListeners('data');
  const data = once(socket, 'data');
  socket.resume();
  t.is(String((await data)[0]), 'payload');
});

test('a server may read in paused mode, or iterate', async (t) => {
  const socket = await acceptedSocket(t, true, 'payload');
  await once(socket, 'readable');
  t.is(String(socket.read()), 'payload');
  const iterated = await acceptedSocket(t, true, 'payload');
  for await (const chunk of iterated) {
    t.is(String(chunk), 'payload');
    break;
  }
});

test('when its deadline passes, half a header is refused, required or optional', async (t) => {
  for (const rule of ['required', 'optional'] as const) {
    const socket = new ScriptedSocket();
    const { phase, outcome } = begin(socket, rule);
    socket.push('PROXY TCP4 ');
    await turn();
    phase.expire();
    t.like(await outcome, { kind: 'refused', reason: 'header_timeout' });
    t.true(socket.destroyed);
  }
});

test('when its deadline passes, silence is refused where a header is required, and headerless where it is optional', async (t) => {
  const required = begin(new ScriptedSocket());
  required.phase.expire();
  t.like(await required.outcome, { kind: 'refused', reason: 'header_timeout' });
  const optional = begin(new ScriptedSocket(), 'optional');
  optional.phase.expire();
  t.deepEqual(await optional.outcome, { kind: 'accepted', header: null });
});

test('a refused socket reports once, whatever still happens to it', async (t) => {
  const socket = new ScriptedSocket();
  let reports = 0;
  const reader = new HeaderReader({ acceptProxy: 'any', maxHeaderBytes: 4096 }, 'required');
  const phase = new HeaderPhase(socket as unknown as Socket, reader, 0, () => reports++);
  phase.expire();
  phase.expire();
  phase.evict();
  phase.abandon();
  socket.emit('error', new Error('late'));
  await once(socket, 'close');
  t.is(reports, 1);
  t.true(socket.destroyed);
});

test('a socket that breaks before its first byte is a probe, and later a reset', async (t) => {
  const early = new ScriptedSocket();
  const first = begin(early);
  early.destroy(new Error('ECONNRESET'));
  t.like(await first.outcome, { kind: 'refused', reason: 'probe' });
  const late = new ScriptedSocket();
  const second = begin(late);
  late.push('PROXY ');
  await turn();
  late.destroy(new Error('ECONNRESET'));
  t.like(await second.outcome, { kind: 'refused', reason: 'header_reset' });
});

test('a socket that is destroyed elsewhere ends the phase as gone', async (t) => {
  const socket = new ScriptedSocket();
  const { outcome } = begin(socket);
  socket.destroy();
  t.deepEqual(await outcome, { kind: 'gone' });
});

/** What the server got in its `connection` event; `first` sees it there. */
async function acceptedSocket(
  t: ExecutionContext,
  guarded: boolean,
  payload = '',
  first: (socket: Socket) => void = () => {},
): Promise<Socket> {
  const server = createServer();
  if (guarded) interceptConnections(server, shortPlan({}, 1 << 30));
  server.once('connection', first);
  const accepted = once(server, 'connection');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const connection = await Connection.to({ port, host: '127.0.0.1' });
  if (guarded) connection.write(Buffer.concat([V2, Buffer.from(payload)]));
  const [socket] = (await accepted) as [Socket];
  t.teardown(async () => {
    const closed = once(server, 'close');
    server.close();
    socket.destroy();
    connection.destroy();
    await closed;
  });
  return socket;
}
