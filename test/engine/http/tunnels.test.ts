import test from 'ava';
import type { Connection } from '../../helpers/connection.ts';
import type { EngineHarness } from '../../helpers/engine-harness.ts';
import type { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { httpRow, readHead } from './play-http.ts';

// WebSockets: two streams, each of which ends by itself.

const row = httpRow(test);
const UPGRADE =
  'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';

async function opened(
  harness: EngineHarness,
  endpoint: ScriptedEndpoint,
): Promise<{ client: Connection; served: Connection }> {
  const client = await harness.connect({ noDelay: true });
  client.write(UPGRADE);
  const served = await endpoint.accept();
  await readHead(served);
  served.write(SWITCH);
  await readHead(client);
  return { client, served };
}

row(
  'an endpoint that has ended its stream still receives what its client sends',
  {},
  async (t, harness, endpoint) => {
    const { client, served } = await opened(harness, endpoint);
    served.end('last');
    t.is((await client.readToEnd()).toString(), 'last');
    for (const part of ['one', 'two']) {
      client.write(part);
      t.is(await served.readText(3), part);
    }
    client.end('end');
    t.is((await served.readToEnd()).toString(), 'end');
    t.is(await served.ending, 'fin');
    t.is((await harness.record()).reason, 'endpoint_closed');
  },
);

row(
  'a client that has ended its stream still receives what its endpoint sends',
  {},
  async (t, harness, endpoint) => {
    const { client, served } = await opened(harness, endpoint);
    client.end('last');
    t.is((await served.readToEnd()).toString(), 'last');
    for (const part of ['one', 'two']) {
      served.write(part);
      t.is(await client.readText(3), part);
    }
    served.end('end');
    t.is((await client.readToEnd()).toString(), 'end');
    t.is((await harness.record()).reason, 'client_closed');
  },
);

for (const size of [10, 3_000_000]) {
  row(
    `the last ${size} bytes of a client arrive behind the end of its endpoint's stream`,
    {},
    async (t, harness, endpoint) => {
      const { client, served } = await opened(harness, endpoint);
      served.end();
      t.is(await client.ending, 'fin');
      client.end(Buffer.alloc(size, 'x'));
      t.is((await served.readToEnd()).length, size);
      t.is((await harness.record()).reason, 'endpoint_closed');
    },
  );

  row(
    `the last ${size} bytes of an endpoint arrive behind the end of its client's stream`,
    {},
    async (t, harness, endpoint) => {
      const { client, served } = await opened(harness, endpoint);
      client.end();
      t.is(await served.ending, 'fin');
      served.end(Buffer.alloc(size, 'x'));
      t.is((await client.readToEnd()).length, size);
      t.is((await harness.record()).reason, 'client_closed');
    },
  );
}

row(
  'an answer of an endpoint that closes while its client is sending is delivered',
  {},
  async (t, harness, endpoint) => {
    for (let round = 0; round < 8; round++) {
      const { client, served } = await opened(harness, endpoint);
      served.socket.pause();
      const block = Buffer.alloc(2 ** 16, 'x');
      for (let sent = 0; sent < 2 ** 22; sent += block.length) client.write(block);
      await new Promise(setImmediate);
      served.socket.write('bye', () => served.destroy());
      t.is(await client.readText(3), 'bye');
      client.destroy();
      await harness.record();
    }
  },
);

row('a client that resets its WebSocket resets it for the endpoint', {}, async (t, harness, endpoint) => {
  const { client, served } = await opened(harness, endpoint);
  client.reset();
  t.is(await served.ending, 'reset');
  t.is((await harness.record()).reason, 'client_reset');
});

row(
  'a WebSocket whose sides do not read slows both senders down, and loses no bytes',
  {},
  async (t, harness, endpoint) => {
    const { client, served } = await opened(harness, endpoint);
    const total = 12 * 2 ** 20;
    client.socket.pause();
    served.socket.pause();
    client.end(Buffer.alloc(total, 'c'));
    served.end(Buffer.alloc(total, 's'));
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    t.true(client.socket.writableLength > 0 && served.socket.writableLength > 0);
    for (const side of [client, served]) {
      let came = side.received.length;
      side.socket.removeAllListeners('data');
      side.socket.on('data', (bytes: Buffer) => {
        came += bytes.length;
      });
      side.socket.resume();
      await side.ending;
      t.is(came, total);
    }
    await harness.record();
  },
);

for (const side of ['client', 'endpoint'] as const) {
  row(
    `a reset of the ${side} behind unread bytes is not passed on as an end`,
    {},
    async (t, harness, endpoint) => {
      const { client, served } = await opened(harness, endpoint);
      const [from, to] = side === 'client' ? [client, served] : [served, client];
      to.socket.pause();
      from.write(Buffer.alloc(2 ** 24, 'x'));
      // Until it is held up by the other side.
      for (let before = -1; before !== from.socket.bytesWritten; ) {
        before = from.socket.bytesWritten;
        for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      }
      from.reset();
      to.socket.resume();
      // How it ends there is told by libuv, which may take our reset for an end as well.
      await to.ending;
      t.is((await harness.record()).reason, `${side}_reset`);
    },
  );
}
