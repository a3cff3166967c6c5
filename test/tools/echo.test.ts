import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import test from 'ava';
import type { ParsedAddress } from '../../src/address/socket-address.ts';
import { runEcho } from '../../src/tools/echo.ts';
import { createTestHost } from './test-host.ts';

const LOOPBACK: ParsedAddress = { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 0 };

test('the command says where it listens, warns, serves, and a signal ends it with 0', async (t) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const host = createTestHost();
    const status = runEcho({ listen: LOOPBACK, raw: false }, host);
    const [, port] = await host.waitFor(/"address":"127\.0\.0\.1:(\d+)","msg":"listening"\}\n/);
    t.like(await (await fetch(`http://127.0.0.1:${port}/`)).json(), { header: 0 });
    t.regex(host.out(), /every PROXY header is trusted/);
    host.signal(signal);
    t.is(await status, 0);
    t.is(host.listening, 0);
    t.is(host.err(), '');
  }
});

test('on a terminal the command says so in words', async (t) => {
  const host = createTestHost({ isTTY: true });
  const status = runEcho({ listen: LOOPBACK, raw: true }, host);
  await host.waitFor(/^echo listens on 127\.0\.0\.1:\d+; every PROXY header is trusted.*\n$/);
  host.signal('SIGINT');
  t.is(await status, 0);
});

test('the command tells of a refused connection, escaped', async (t) => {
  const host = createTestHost();
  const status = runEcho({ listen: LOOPBACK, raw: false }, host);
  const [, port] = await host.waitFor(/127\.0\.0\.1:(\d+)/);
  const socket = connect(Number(port), '127.0.0.1');
  t.teardown(() => socket.destroy());
  const reset = once(socket, 'error');
  socket.write('PROXY TCP4 \u001b[2J\r\n');
  await reset;
  t.regex(
    host.err(),
    /^herald: echo refused 127\.0\.0\.1:\d+: header_invalid \(v1_address\): PROXY TCP4 \\x1b\[2J\\x0d\\x0a\n$/,
  );
  host.signal('SIGTERM');
  t.is(await status, 0);
});

test('a taken port is 1 and said on standard error', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const host = createTestHost();
  t.is(await runEcho({ listen: { ...LOOPBACK, port } as ParsedAddress, raw: false }, host), 1);
  t.regex(
    host.err(),
    new RegExp(
      `^herald: echo cannot listen on 127\\.0\\.0\\.1:${port}: the address is in use by another program\n`,
    ),
  );
  t.is(host.out(), '');
});
