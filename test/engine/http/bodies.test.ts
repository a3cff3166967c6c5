import { once } from 'node:events';
import test from 'ava';
import { CHUNKED, fieldsOf, GET, httpRow, OK, readHead, readMessage } from './play-http.ts';

// Bodies on their way, whoever waits for whom.

const row = httpRow(test);

row('bodies stream both ways, as they come', {}, async (t, harness, endpoint) => {
  const client = await harness.connect({ noDelay: true });
  client.write(CHUNKED);
  const served = await endpoint.accept();
  t.deepEqual(fieldsOf(await readHead(served), 'Transfer-Encoding'), ['chunked']);
  client.write('5\r\nhello\r\n');
  t.is(await served.readText(10), '5\r\nhello\r\n');
  served.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nyes\r\n');
  t.deepEqual(fieldsOf(await readHead(client), 'Transfer-Encoding'), ['chunked']);
  t.is(await client.readText(8), '3\r\nyes\r\n');
  client.write('0\r\n\r\n');
  t.is(await served.readText(5), '0\r\n\r\n');
  served.write('0\r\n\r\n');
  t.is(await client.readText(5), '0\r\n\r\n');
});

row(
  'an answer that the client does not read stops the endpoint from sending, and no bytes are lost',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const served = await endpoint.accept();
    await readHead(served);
    client.socket.pause();
    const total = 48 * 2 ** 20;
    served.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
    const block = Buffer.alloc(2 ** 20, 'x');
    for (let sent = 0; sent < total; sent += block.length) served.socket.write(block);
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    t.true(served.socket.writableLength > 0, 'the endpoint is held back');
    let came = 0;
    client.socket.removeAllListeners('data');
    client.socket.on('data', (chunk: Buffer) => {
      came += chunk.length;
    });
    client.socket.resume();
    while (came < total) await once(client.socket, 'data');
    t.true(came - total < 200);
  },
);

row(
  'a body that the endpoint does not read stops the client from sending, and no bytes are lost',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    const total = 48 * 2 ** 20;
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${total}\r\n\r\n`);
    const served = await endpoint.accept();
    await readHead(served);
    served.socket.pause();
    const block = Buffer.alloc(2 ** 20, 'x');
    for (let sent = 0; sent < total; sent += block.length) client.socket.write(block);
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    t.true(client.socket.writableLength > 0, 'the client is held back');
    let came = served.received.length;
    served.socket.removeAllListeners('data');
    served.socket.on('data', (chunk: Buffer) => {
      came += chunk.length;
    });
    served.socket.resume();
    while (came < total) await once(served.socket, 'data');
    t.is(came, total);
  },
);

for (const answered of [false, true]) {
  row(
    `a client that is gone while its body is held back ends it, ${answered ? 'behind' : 'before'} the answer`,
    {},
    async (t, harness, endpoint) => {
      const client = await harness.connect();
      client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${48 * 2 ** 20}\r\n\r\n`);
      const served = await endpoint.accept();
      await readHead(served);
      if (answered) {
        served.write(OK);
        await readMessage(client);
      }
      served.socket.pause();
      client.socket.write(Buffer.alloc(40 * 2 ** 20, 'x'));
      for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
      t.true(client.socket.writableLength > 0, 'the client is held back');
      client.reset();
      t.is((await harness.record()).reason, 'client_reset');
    },
  );
}

row(
  'trailers are passed on in both directions, except those that describe the client',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(`${CHUNKED.slice(0, -2)}TE: trailers\r\nTrailer: X-Sum\r\n\r\n`);
    client.write('2\r\nhi\r\n0\r\nX-Sum: 1\r\nX-Forwarded-For: 6.6.6.6\r\nHost: b\r\n\r\n');
    const served = await endpoint.accept();
    const head = await readHead(served);
    t.deepEqual(fieldsOf(head, 'Trailer'), ['X-Sum']);
    t.deepEqual(fieldsOf(head, 'TE'), ['trailers']);
    t.is(await readHead(served), '2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n');
    served.write(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 2\r\n\r\n',
    );
    t.deepEqual(fieldsOf(await readHead(client), 'Trailer'), ['X-Sum']);
    t.is(await readHead(client), '2\r\nok\r\n0\r\nX-Sum: 2\r\n\r\n');
  },
);

row(
  'an answer with a length that announces trailers goes on without them',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const served = await endpoint.accept();
    await readHead(served);
    served.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTrailer: X-Sum\r\n\r\nok');
    const { head, body } = await readMessage(client);
    t.deepEqual(fieldsOf(head, 'Trailer'), []);
    t.is(body, 'ok');
  },
);

row('Expect: 100-continue is the endpoint’s to answer', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
  const served = await endpoint.accept();
  t.deepEqual(fieldsOf(await readHead(served), 'Expect'), ['100-continue']);
  t.is(client.received.length, 0);
  served.write('HTTP/1.1 100 Continue\r\n\r\n');
  t.is(await readHead(client), 'HTTP/1.1 100 Continue\r\n\r\n');
  client.write('hello');
  t.is(await served.readText(5), 'hello');
  served.write(OK);
  t.is((await readMessage(client)).body, 'ok');
});

row('a body that the endpoint refuses in advance need not be sent', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
  const served = await endpoint.accept();
  await readHead(served);
  served.write('HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n');
  const head = await readHead(client);
  t.regex(head, /^HTTP\/1\.1 413 /);
  t.deepEqual(fieldsOf(head, 'Connection'), ['close']);
  t.is(await client.ending, 'fin');
});
