import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import test, { type ExecutionContext } from 'ava';
import { EngineHarness, unixEndpoint } from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { CHUNKED, FORWARDED, GET, movedClock, OK, REFUSAL, readHead, readMessage } from './play-http.ts';

// How long a connection lasts whose endpoint has answered early and reads no more.

/** Plays a client whose chunked body was answered early by an endpoint at a unix socket, which reads no more. */
async function answeredEarly(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'herald-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const path = join(folder, 'endpoint');
  const endpoint = await ScriptedEndpoint.start({ path });
  const { create, passes } = movedClock();
  const plan = { ...FORWARDED, endpoints: [unixEndpoint(path)], reuse: 'never' } as const;
  const harness = await EngineHarness.start(create, plan);
  const client = await harness.connect();
  // The engine's own end of the connection: only there the bytes that wait for the endpoint can be seen.
  const dialed = new Promise<Socket>((resolve) => {
    const onSocket = (message: unknown) => {
      unsubscribe('net.client.socket', onSocket);
      resolve((message as { readonly socket: Socket }).socket);
    };
    subscribe('net.client.socket', onSocket);
  });
  client.write(CHUNKED);
  const served = await endpoint.accept();
  const inner = await dialed;
  await readHead(served);
  served.socket.pause();
  served.write(`${REFUSAL}\r\nno`);
  await readMessage(client);
  // More than the buffers of a unix socket take, and less than would stop the engine reading.
  const block = chunkOf(8000);
  while (inner.writableLength === 0) {
    const { bytesWritten } = inner;
    client.write(block);
    while (inner.bytesWritten === bytesWritten) await new Promise(setImmediate);
  }
  t.false(inner.writableNeedDrain);
  const stop = async () => {
    await harness.stop();
    await endpoint.stop();
  };
  return { endpoint, harness, client, served, inner, passes, stop };
}

function chunkOf(bytes: number): string {
  return `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`;
}

test.serial('no connection outlives its client, even if its endpoint reads no more', async (t) => {
  const { endpoint, harness, client, inner, passes, stop } = await answeredEarly(t);
  // The end of the body and the next request come in one read, and the endpoint is waited for.
  client.write(`${chunkOf(inner.writableHighWaterMark - inner.writableLength)}0\r\n\r\n${GET}`);
  while (!inner.writableNeedDrain) await new Promise(setImmediate);
  const next = endpoint.accept();
  while (!(await Promise.race([next, passes(3000)]))) t.is(endpoint.count, 1);
  (await next).write(OK);
  t.is((await readMessage(client)).body, 'ok');
  client.destroy();
  await harness.record();
  t.true(inner.destroyed);
  await stop();
});

test.serial('an endpoint that keeps sending does not keep a closing connection open', async (t) => {
  const { endpoint, client, served, inner, stop } = await answeredEarly(t);
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  // All of the body has left the client, and some of it waits for the endpoint.
  client.write(`0\r\n\r\n${GET}`);
  const next = await endpoint.accept();
  next.write(OK);
  t.is((await readMessage(client)).body, 'ok');
  for (let passedMs = 0; passedMs < 4000; passedMs += 500) {
    t.false(inner.destroyed);
    const { bytesRead } = inner;
    served.write('more');
    while (inner.bytesRead === bytesRead) await new Promise(setImmediate);
    mock.timers.tick(500);
  }
  t.true(inner.destroyed);
  mock.timers.reset();
  await stop();
});
