import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import { Connection } from '../helpers/connection.ts';
import { Program } from '../helpers/program.ts';
import { residentBytes } from '../helpers/resident-bytes.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';

const SOCKETS = 5000;
/** What one of them may cost. */
const BYTES_EACH = 12 * 1024;

test('5,000 sockets that never finish their header cost little, end at their deadline, and hold nobody up', async (t) => {
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  const herald = await Program.start(
    t,
    `sidecar --listen 127.0.0.1:0 --to 127.0.0.1:${endpoint.port} --trust 127.0.0.0/8 --present none --metrics 127.0.0.1:0 --admin none`,
  );
  const visit = async () => {
    const client = await Connection.to({ host: '127.0.0.1', port: herald.port() });
    client.end('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nhello');
    const served = await endpoint.accept();
    served.end(await served.readToEnd());
    return (await client.readToEnd()).toString();
  };
  // What a process takes once, for its first sessions, is not what a socket costs.
  for (let warm = 0; warm < 200; warm++) await visit();
  const before = residentBytes(herald.child.pid!);

  const began = performance.now();
  const closed: number[] = [];
  let allClosed = () => {};
  const ended = new Promise<void>((resolve) => {
    allClosed = resolve;
  });
  const sockets = Array.from({ length: SOCKETS }, () => {
    const socket = connect({ host: '127.0.0.1', port: herald.port() });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (closed.push(performance.now() - began) === SOCKETS) allClosed();
    });
    return socket;
  });
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(
    sockets.map(async (socket) => {
      await once(socket, 'connect');
      socket.write('PROXY TCP4 192.0.2.1 1');
    }),
  );
  t.is(await visit(), 'hello', 'a client that behaves is served meanwhile');
  const after = residentBytes(herald.child.pid!);
  if (before !== undefined && after !== undefined) {
    const each = (after - before) / SOCKETS;
    t.log(`${Math.round(each)} bytes each`);
    t.true(each <= BYTES_EACH, `${each} bytes each`);
  }
  t.is(closed.length, 0, 'none has ended before its time');
  await ended;
  t.true(Math.min(...closed) >= 4900, `the first ended after ${Math.min(...closed)} ms`);
  t.is(await visit(), 'hello');
  const metrics = await (await fetch(`http://127.0.0.1:${herald.opsPort('metrics')}/metrics`)).text();
  t.regex(metrics, new RegExp(`herald_sessions_closed_total\\{.*reason="header_timeout".*\\} ${SOCKETS}\\b`));
  const lines = herald.log.filter(({ reason }) => reason === 'header_timeout');
  t.true(lines.length < 200, `${lines.length} log lines for a flood`);
});
