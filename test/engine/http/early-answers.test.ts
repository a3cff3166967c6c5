import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import type { Connection } from '../../helpers/connection.ts';
import { endpointAt } from '../../helpers/engine-harness.ts';
import type { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import {
  CHUNKED,
  clockRow,
  FORWARDED,
  fieldsOf,
  GET,
  httpRow,
  OK,
  REFUSAL,
  readHead,
  readMessage,
} from './play-http.ts';

// Endpoints that answer while the request is still coming, and what becomes of the rest of it.

const row = httpRow(test);
const byClock = clockRow(test);
const TOTAL = 8 * 2 ** 20;
const UPLOAD = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${TOTAL}\r\n\r\n`;

/** Sends a body of that size, in chunks or not, all of it and as fast as it goes. */
function upload(client: Connection, chunked = false): void {
  client.write(chunked ? CHUNKED : UPLOAD);
  const block = Buffer.alloc(2 ** 16, 'x');
  for (let sent = 0; sent < TOTAL; sent += block.length) {
    if (chunked) client.write('10000\r\n');
    client.write(block);
    if (chunked) client.write('\r\n');
  }
  if (chunked) client.write('0\r\n\r\n');
}

/** The same connection answers another request. */
async function isKept(t: ExecutionContext, client: Connection, endpoint: ScriptedEndpoint): Promise<void> {
  client.write(GET);
  const next = await endpoint.accept();
  t.regex(await readHead(next), /^GET /);
  next.write(OK);
  t.is((await readMessage(client)).body, 'ok');
}

for (const chunked of [false, true]) {
  const kind = chunked ? 'chunked' : 'long';
  row(
    `the answer to a ${kind} body that is not read goes on, and so does the connection once the body is sent`,
    {},
    async (t, harness, endpoint) => {
      const client = await harness.connect();
      upload(client, chunked);
      const served = await endpoint.accept();
      await readHead(served);
      served.socket.pause();
      served.write(`${REFUSAL}\r\nno`);
      t.deepEqual(fieldsOf((await readMessage(client)).head, 'Connection'), ['keep-alive']);
      served.destroy();
      await isKept(t, client, endpoint);
    },
  );

  for (const closing of ['Connection: close\r\n', '']) {
    row(
      `an endpoint that answers in the middle of a ${kind} body and closes${closing === '' ? ' without a word' : ''} is heard, and is no 502`,
      {},
      async (t, harness, endpoint) => {
        for (let round = 0; round < 8; round++) {
          const client = await harness.connect();
          upload(client, chunked);
          const served = await endpoint.accept();
          await readHead(served);
          // With bytes unread: the kernel resets the connection right behind the answer.
          served.socket.pause();
          served.socket.write(`${REFUSAL}${closing}\r\nno`, () => served.destroy());
          const { head, body } = await readMessage(client);
          t.regex(head, /^HTTP\/1\.1 413 /);
          t.is(body, 'no');
          client.destroy();
          t.not((await harness.record()).reason, 'endpoint_reset');
        }
      },
    );
  }
}

row(
  'an answer that ends with its stream is whole where the endpoint leaves a body unread',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    upload(client);
    const served = await endpoint.accept();
    await readHead(served);
    served.socket.pause();
    served.socket.write('HTTP/1.0 413 Payload Too Large\r\n\r\nno', () => served.destroy());
    t.deepEqual(fieldsOf(await readHead(client), 'Transfer-Encoding'), ['chunked']);
    t.is(await client.readText('2\r\nno\r\n0\r\n\r\n'.length), '2\r\nno\r\n0\r\n\r\n');
  },
);

byClock(
  'an endpoint that has answered and reads no more does not block its client',
  { timeouts: { connectMs: 100 } },
  async (t, harness, endpoint, { passes }) => {
    const client = await harness.connect();
    upload(client);
    const served = await endpoint.accept();
    await readHead(served);
    served.socket.pause();
    served.write(`${REFUSAL}\r\nno`);
    await readMessage(client);
    while (client.socket.writableLength > 0) await passes(1100);
    await isKept(t, client, endpoint);
  },
);

row(
  'the rest of a body that was answered early is delivered, although the next request uses another connection',
  {},
  async (t, harness, endpoint) => {
    const offer = 'Connection: Upgrade\r\nUpgrade: h2c\r\n';
    const client = await harness.connect();
    client.write(CHUNKED.replace('\r\n\r\n', `\r\n${offer}\r\n`));
    const served = await endpoint.accept();
    await readHead(served);
    served.write(`${REFUSAL}\r\nno`);
    await readMessage(client);
    // Both in one read: the connection is given back and given up before what was sent over it has left.
    client.write('5\r\nhello\r\n0\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
    t.is(await served.readText(15), '5\r\nhello\r\n0\r\n\r\n');
    const next = await endpoint.accept();
    await readHead(next);
    next.write(OK);
    t.is((await readMessage(client)).body, 'ok');
  },
);

byClock(
  'the rest of a body that was answered early is not taken for a head',
  { timeouts: { connectMs: 1000 } },
  async (t, harness, endpoint, { passes }) => {
    const client = await harness.connect();
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n');
    const served = await endpoint.accept();
    await readHead(served);
    served.write(`${REFUSAL}\r\nno`);
    await readMessage(client);
    client.write('hello');
    t.is(await served.readText(5), 'hello');
    await passes(6000);
    await passes(6000);
    await isKept(t, client, endpoint);
  },
);

row(
  'after the last answer the client may keep sending, and no reset overtakes the answer',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.socket.pause();
    client.write(UPLOAD.replace('Host: a', 'Host: a\r\nConnection: close'));
    client.write(Buffer.alloc(2 ** 18, 'x'));
    const served = await endpoint.accept();
    await readHead(served);
    served.socket.pause();
    const body = 'n'.repeat(100_000);
    served.socket.write(`HTTP/1.1 413 No\r\nContent-Length: ${body.length}\r\n\r\n${body}`, () =>
      served.destroy(),
    );
    for (let turn = 0; turn < 50; turn++) {
      client.write(Buffer.alloc(1000, 'x'));
      await new Promise(setImmediate);
    }
    client.socket.resume();
    t.is((await readMessage(client)).body, body);
    t.is(await client.ending, 'fin');
    client.end();
    await harness.record();
  },
);

row(
  'a client that keeps sending after its last answer is closed after a time, and after a number of bytes',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write('POST / HTTP/1.0\r\nContent-Length: 900000000\r\n\r\n');
    const served = await endpoint.accept();
    await readHead(served);
    served.end(`${REFUSAL}\r\nno`);
    await readMessage(client);
    const block = Buffer.alloc(2 ** 18, 'x');
    while (!client.socket.destroyed) {
      if (client.socket.writableLength < 2 ** 20) client.write(block);
      await new Promise(setImmediate);
    }
    t.true(client.socket.bytesWritten < 64 * 2 ** 20);
    await harness.record();
  },
);

row("a server of Node that answers 401 at once does not hold a client's body up", {}, async (t, harness) => {
  const server = createServer((_, response) => {
    response.writeHead(401, { 'Content-Length': 2 }).end('no');
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await harness.apply({ ...FORWARDED, endpoints: [endpointAt((server.address() as AddressInfo).port)] });
  const client = await harness.connect();
  for (let round = 0; round < 3; round++) {
    upload(client, round === 1);
    t.regex((await readMessage(client)).head, /^HTTP\/1\.1 401 /);
  }
  client.destroy();
  await harness.record();
  for (const socket of sockets) socket.destroy();
  server.close();
});

row('a 502 is read by a client that is still sending', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(UPLOAD);
  client.write(Buffer.alloc(200_000, 'x'));
  const served = await endpoint.accept();
  await readHead(served);
  served.reset();
  const answer = (await client.readToEnd()).toString();
  t.regex(answer, /^HTTP\/1\.1 502 /);
  t.is(await client.ending, 'fin');
  client.end();
  t.is((await harness.record()).reason, 'endpoint_reset');
});
