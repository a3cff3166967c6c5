import { createServer, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import type { ProbeFailure, ProbeTarget } from '../../src/health/probe-target.ts';
import { probeTcp } from '../../src/health/probe-tcp.ts';
import { unusedPort } from '../helpers/unused-port.ts';

const target = (port: number, parts: Partial<ProbeTarget> = {}): ProbeTarget => ({
  listener: 'web',
  endpoint: { slot: 0, ip: Uint8Array.of(127, 0, 0, 1), port, path: null, text: `127.0.0.1:${port}` },
  intervalMs: 1000,
  timeoutMs: 5000,
  header: 'v2',
  ...parts,
});

const once = (each: ProbeTarget) => new Promise<ProbeFailure | null>((done) => probeTcp(each, done));

/** An endpoint that passes each connection to `serve`. */
async function endpoint(t: ExecutionContext, serve: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return (server.address() as { port: number }).port;
}

test('a check sends LOCAL and ends its stream, and nothing of it stays open', async (t) => {
  let seen = () => {};
  const closed = new Promise<void>((resolve) => {
    seen = resolve;
  });
  const chunks: Buffer[] = [];
  const port = await endpoint(t, (socket) => {
    // The server speaks first. The check must read that, so that its close is not a reset.
    socket.write('220 hello\r\n');
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => t.fail('the check was a reset'));
    socket.on('close', seen);
  });
  t.is(await once(target(port)), null);
  await closed;
  t.is(Buffer.concat(chunks).toString('hex'), '0d0a0d0a000d0a515549540a20000000');
});

test('without a header a check is a connection and no byte', async (t) => {
  let bytes = 0;
  let seen = () => {};
  const closed = new Promise<void>((resolve) => {
    seen = resolve;
  });
  const port = await endpoint(t, (socket) => {
    socket.on('data', ({ length }) => {
      bytes += length;
    });
    socket.on('close', seen);
  });
  t.is(await once(target(port, { header: 'none' })), null);
  await closed;
  t.is(bytes, 0);
});

test('a port that nobody listens on is refused', async (t) => {
  t.is(await once(target(await unusedPort())), 'refused');
});

test('a path that nobody listens on is refused', async (t) => {
  const path = '/nowhere/at/all.sock';
  const { endpoint: each } = target(0);
  t.is(await once(target(0, { endpoint: { ...each, ip: new Uint8Array(0), path } })), 'refused');
});

test('a cancelled check reports nothing', async (t) => {
  const port = await endpoint(t, (socket) => socket.resume());
  probeTcp(target(port), () => t.fail())();
  t.is(await once(target(port)), null);
});
