import { createServer, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';
import { formatIp, parseIp } from '../../src/address/ip.ts';
import { dialEcho } from '../../src/transparent/dial-echo.ts';
import type { EchoSight } from '../../src/transparent/family-proof.ts';
import type { EchoEndpoint } from '../../src/transparent/find-echo.ts';
import { NAMESPACES } from '../helpers/namespace.ts';
import { testWith } from '../helpers/peer-installed.ts';

// On loopback any 127 address may be bound: what the echo says is what counts here. The option of the socket needs a right.
const STRANGER = parseIp('127.0.9.9')!;
const onHost = testWith([], [NAMESPACES]);
const HTTP = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n';

/** A program where an echo should be. */
async function serve(t: ExecutionContext, answer: (socket: Socket) => void): Promise<EchoEndpoint> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('data', () => {});
    answer(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { ip: parseIp('127.0.0.1')!, port, text: `127.0.0.1:${port}` };
}

function dial(target: EchoEndpoint): Promise<EchoSight> {
  return new Promise((resolve) => dialEcho(target, STRANGER, resolve));
}

const peerOf = ({ remoteAddress, remotePort }: Socket) =>
  JSON.stringify({ peer: { address: remoteAddress, port: remotePort } });

onHost('an echo that answers in pieces, also one byte at a time, says whom it saw', async (t) => {
  const target = await serve(t, (socket) => {
    const bytes = Buffer.from(`${HTTP}${peerOf(socket)}\n`);
    let at = 0;
    const next = () => {
      if (at < bytes.length) socket.write(bytes.subarray(at++, at), () => setImmediate(next));
    };
    next();
  });
  const sight = await dial(target);
  if (sight.kind !== 'seen') return t.fail(sight.kind);
  t.is(formatIp(sight.seen.ip), '127.0.9.9');
  t.is(sight.seen.port, sight.from.port);
  t.is(formatIp(sight.from.ip), '127.0.9.9');
});

for (const [title, answer, kind] of [
  ['a program that floods', (socket: Socket) => void socket.write(Buffer.alloc(1 << 20, 0x7b)), 'no_echo'],
  [
    'one that floods with lines that could be an answer',
    (socket: Socket) => void socket.write('{"peer":{"address":"x","port":1}}\n'.repeat(10_000)),
    'no_echo',
  ],
  ['one that says nothing and ends', (socket: Socket) => void socket.end(), 'no_echo'],
  [
    'one that ends in the middle of an answer',
    (socket: Socket) => void socket.end(`${HTTP}{"peer":{`),
    'no_echo',
  ],
  ['one that resets', (socket: Socket) => void socket.resetAndDestroy(), 'error'],
] as const) {
  onHost(`${title} is no echo`, async (t) => {
    t.is((await dial(await serve(t, answer))).kind, kind);
  });
}

onHost('where nothing listens the dial is refused', async (t) => {
  const target = await serve(t, () => {});
  t.deepEqual(await dial({ ...target, ip: parseIp('127.0.0.2')! }), { kind: 'refused' });
});

onHost('a dial that fails at once is told later, and not at all if it has been given up', async (t) => {
  const nowhere = { ip: parseIp('255.255.255.255')!, port: 9, text: '' };
  let told = 0;
  dialEcho(nowhere, STRANGER, () => told++)();
  const sight = await dial(nowhere);
  t.is(sight.kind, 'error');
  t.is(told, 0);
});

onHost('a dial that is given up is closed, and nobody is told', async (t) => {
  let told = 0;
  const closed = new Promise<void>((resolve) => {
    void serve(t, (socket) => socket.on('close', () => resolve())).then((target) => {
      const hangUp = dialEcho(target, STRANGER, () => told++);
      setImmediate(hangUp);
    });
  });
  await closed;
  t.is(told, 0);
});
