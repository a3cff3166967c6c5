import { createHash } from 'node:crypto';
import test from 'ava';
import { clockRow, fieldsOf, GET, httpRow, OK, readHead, readMessage } from './play-http.ts';

const row = httpRow(test);
const byClock = clockRow(test);

const UPGRADE =
  'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
/** RFC 6455 §1.3. */
const ACCEPT = createHash('sha1')
  .update('dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11')
  .digest('base64');
const SWITCH = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n\r\n`;

row(
  'a WebSocket is opened with the client named, and then carries bytes',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect({ localAddress: '127.0.0.9', noDelay: true });
    client.write(`${UPGRADE}early`);
    const served = await endpoint.accept();
    const head = await readHead(served);
    t.deepEqual(fieldsOf(head, 'Upgrade'), ['websocket']);
    t.deepEqual(fieldsOf(head, 'X-Forwarded-For'), ['127.0.0.9']);
    t.is(served.received.length, 0);
    served.write(`${SWITCH}first`);
    const answer = await readHead(client);
    t.regex(answer, /^HTTP\/1\.1 101 /);
    t.deepEqual(fieldsOf(answer, 'Sec-WebSocket-Accept'), [ACCEPT]);
    t.deepEqual(fieldsOf(answer, 'Upgrade'), ['websocket']);
    t.is(await client.readText(5), 'first');
    t.is(await served.readText(5), 'early');
    client.write('\x81\x02hi');
    t.is(await served.readText(4), '\xc2\x81\x02h');
    client.end();
    await served.ending;
    served.end('bye');
    t.regex((await client.readToEnd()).toString(), /bye$/);
    const record = await harness.record();
    t.is(record.reason, 'client_closed');
  },
);

row(
  'a WebSocket whose endpoint ends or breaks ends or breaks for its client too',
  {},
  async (t, harness, endpoint) => {
    for (const how of ['end', 'reset'] as const) {
      const client = await harness.connect();
      client.write(UPGRADE);
      const served = await endpoint.accept();
      await readHead(served);
      served.write(SWITCH);
      await readHead(client);
      served[how]();
      t.is(await client.ending, how === 'end' ? 'fin' : 'reset');
      client.end();
      t.is((await harness.record()).reason, how === 'end' ? 'endpoint_closed' : 'endpoint_reset');
    }
  },
);

row(
  'a WebSocket whose client is gone during backpressure is ended at the endpoint',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(UPGRADE);
    const served = await endpoint.accept();
    await readHead(served);
    served.write(SWITCH);
    await readHead(client);
    served.socket.pause();
    client.socket.write(Buffer.alloc(40 * 2 ** 20, 'x'));
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    t.true(client.socket.writableLength > 0, 'the client is held back');
    client.reset();
    t.is((await harness.record()).reason, 'client_reset');
  },
);

row(
  'a WebSocket that the endpoint refuses is answered, and the connection ends',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(UPGRADE);
    const served = await endpoint.accept();
    await readHead(served);
    const body = 'x'.repeat(3_000_000);
    served.write(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    const answer = await readMessage(client);
    t.regex(answer.head, /^HTTP\/1\.1 403 /);
    t.deepEqual(fieldsOf(answer.head, 'Connection'), ['close']);
    t.is(answer.body.length, body.length);
    t.is(await client.ending, 'fin');
  },
);

row(
  'another protocol is not asked for: h2c would carry requests that name nobody',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
    );
    const served = await endpoint.accept();
    const head = await readHead(served);
    t.deepEqual(fieldsOf(head, 'Upgrade'), []);
    t.deepEqual(fieldsOf(head, 'HTTP2-Settings'), []);
    served.write(OK);
    t.is((await readMessage(client)).body, 'ok');
  },
);

row(
  'an upgrade that is pipelined behind other requests is refused once those are answered',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET + UPGRADE);
    const served = await endpoint.accept();
    await readHead(served);
    served.write(OK);
    t.is((await readMessage(client)).body, 'ok');
    t.regex((await client.readToEnd()).toString(), /^HTTP\/1\.1 400 .*pipelined_upgrade/s);
    client.end();
    t.like(await harness.record(), { reason: 'request_invalid', detail: 'pipelined_upgrade' });
  },
);

byClock(
  'a drain waits for a WebSocket, but not for a client that never ends its half',
  { timeouts: { connectMs: 1000 } },
  async (t, harness, endpoint, { moves, passes }) => {
    const client = await harness.connect();
    client.write(UPGRADE);
    const served = await endpoint.accept();
    await readHead(served);
    const drained = harness.engine.drain();
    served.write(SWITCH);
    await readHead(client);
    // Longer than a client without a request is waited for.
    await passes(5000);
    client.write('hi');
    t.is(await served.readText(2), 'hi');
    served.end();
    t.is(await client.ending, 'fin');
    while (harness.active > 0) {
      moves(60_000);
      await new Promise(setImmediate);
    }
    await drained;
    t.is((await harness.record()).reason, 'half_close_timeout');
  },
);
