import { mkdtempSync, rmSync } from 'node:fs';
import type { ListenOptions } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { EngineHarness, type PlanParts, unixEndpoint } from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { fromLinux, onLinux } from '../../linux/on-linux.ts';
import { create, FORWARDED, GET, OK, readHead, readMessage } from './play-http.ts';

// An endpoint at a unix socket whose queue is full: the kernel says so at once, and does not wait as it does for TCP.

const { Sockets } = await fromLinux(() => import('../../linux/sockets.ts'));
const socket = await fromLinux(() => import('../../../src/linux/socket.ts'));

/** A listener of a unix socket with a queue of one, which is full, and that nobody accepts from. */
function startFull(t: ExecutionContext) {
  const folder = mkdtempSync(join(tmpdir(), 'herald-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'full.sock');
  const sockets = new Sockets(t);
  const fd = sockets.keep(socket.unixSocket());
  socket.bindUnix(fd, path);
  socket.listenOn(fd, 1);
  let fillers = 0;
  while (socket.connectUnix(sockets.keep(socket.unixSocket()), path) === 0) fillers++;
  return { path, fillers, release: () => sockets.release(fd) };
}

async function play(t: ExecutionContext, path: string, timeouts: NonNullable<PlanParts['timeouts']>) {
  const plan = { ...FORWARDED, endpoints: [unixEndpoint(path)], ejection: { after: 1 }, timeouts };
  const harness = await EngineHarness.start(create, plan);
  t.teardown(() => harness.stop());
  const client = await harness.connect();
  client.write(GET);
  return { harness, client };
}

onLinux('a place in its queue is waited for', async (t) => {
  const { path, fillers, release } = startFull(t);
  const { harness, client } = await play(t, path, { connectMs: 10_000 });
  while (harness.state.endpointSessions[0] === 0) await new Promise(setImmediate);
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  const endpoint = await ScriptedEndpoint.start({ fd: release() } as ListenOptions);
  t.teardown(() => endpoint.stop());
  for (let filler = 0; filler < fillers; filler++) (await endpoint.accept()).destroy();
  const served = await endpoint.accept();
  await readHead(served);
  served.write(OK);
  t.is((await readMessage(client)).body, 'ok');
  t.is(harness.state.endpointFailures[0], 0);
  client.end();
  t.like(await harness.record(), { reason: 'client_closed', attempts: 1 });
});

onLinux('and if none becomes free in time, that is a timeout', async (t) => {
  const { path } = startFull(t);
  const { harness, client } = await play(t, path, { connectMs: 60 });
  t.regex((await client.readToEnd()).toString(), /^HTTP\/1\.1 504 .*connect_timeout/s);
  client.end();
  t.is((await harness.record()).reason, 'connect_timeout');
});
