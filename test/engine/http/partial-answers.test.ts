import test from 'ava';
import type { Connection } from '../../helpers/connection.ts';
import { fieldsOf, GET, httpRow, OK, readHead, readMessage } from './play-http.ts';

// Answers that break off.

const row = httpRow(test);

const PART = 1_000_000;

/** Reads slowly until the stream ends; gives what came. */
async function readSlowly(client: Connection): Promise<Buffer> {
  let over = false;
  void client.ending.then(() => {
    over = true;
  });
  while (!over) {
    client.socket.pause();
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    client.socket.resume();
    await new Promise(setImmediate);
  }
  return client.received;
}

for (const how of ['end', 'reset'] as const) {
  row(
    `what came of a long answer is delivered, to a slow reader too, where the endpoint's stream is ${how}`,
    {},
    async (t, harness, endpoint) => {
      for (const framing of [`Content-Length: ${2 * PART}`, 'Transfer-Encoding: chunked']) {
        const client = await harness.connect();
        client.write(GET);
        const served = await endpoint.accept();
        await readHead(served);
        const size = framing.includes('chunked') ? `${(2 * PART).toString(16)}\r\n` : '';
        served.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n${size}`);
        await readHead(client);
        const reading = readSlowly(client);
        const part = Buffer.alloc(PART, 'x');
        // The kernel has it; what of it is with Herald when a reset comes is all that can be had.
        await new Promise((resolve) => served.socket.write(part, resolve));
        served[how]();
        const came = (await reading).toString('latin1');
        const count = came.split('x').length - 1;
        if (how === 'end') t.is(count, PART);
        else t.true(count > 0);
        // And nothing says that this was all.
        t.false(came.endsWith('0\r\n\r\n'));
        client.end();
        t.is((await harness.record()).reason, 'endpoint_reset');
      }
    },
  );
}

for (const how of ['end', 'reset'] as const) {
  row(
    `a short part of an answer is no whole one, where the endpoint's stream is ${how}`,
    {},
    async (t, harness, endpoint) => {
      for (const [framing, part] of [
        ['Content-Length: 10', 'hello'],
        ['Transfer-Encoding: chunked', '5\r\nhello\r\n'],
      ] as const) {
        const client = await harness.connect();
        client.write(GET);
        const served = await endpoint.accept();
        await readHead(served);
        served.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n${part}`);
        await readHead(client);
        t.is(await client.readText(part.length), part);
        served[how]();
        t.is((await client.readToEnd()).toString(), '');
        client.end();
        t.is((await harness.record()).reason, 'endpoint_reset');
      }
    },
  );
}

row(
  'if an answer breaks off, an HTTP/1.0 client is reset, because a FIN would look like its regular end',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write('GET / HTTP/1.0\r\n\r\n');
    const served = await endpoint.accept();
    await readHead(served);
    served.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
    await readHead(client);
    t.is(await client.readText(5), 'hello');
    served.end();
    t.is(await client.ending, 'reset');
    t.is((await harness.record()).reason, 'endpoint_reset');
  },
);

row(
  'an endpoint of HTTP/1.0 is answered for, and not kept unless it says so',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const served = await endpoint.accept();
    await readHead(served);
    served.end('HTTP/1.0 200 OK\r\n\r\nall of it');
    t.deepEqual(fieldsOf(await readHead(client), 'Connection'), ['keep-alive']);
    t.is(await client.readText('9\r\nall of it\r\n0\r\n\r\n'.length), '9\r\nall of it\r\n0\r\n\r\n');
    client.write(GET);
    const next = await endpoint.accept();
    await readHead(next);
    next.write('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok');
    t.is((await readMessage(client)).body, 'ok');
    client.write(GET);
    await readHead(next);
    next.write(OK);
    t.is((await readMessage(client)).body, 'ok');
  },
);

for (const [title, fields] of [
  ['says close', 'HTTP/1.1 200 OK\r\nConnection: X, Close'],
  ['speaks HTTP/1.0', 'HTTP/1.0 200 OK'],
  ['sends chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked'],
] as const) {
  row(
    `an endpoint that ${title} is asked over a new connection, even if it leaves the old one open`,
    {},
    async (t, harness, endpoint) => {
      const client = await harness.connect();
      client.write(GET);
      const served = await endpoint.accept();
      await readHead(served);
      const chunked = fields.includes('chunked');
      served.write(`${fields}\r\n${chunked ? '\r\n2\r\nok\r\n0\r\n\r\n' : 'Content-Length: 2\r\n\r\nok'}`);
      const head = await readHead(client);
      t.deepEqual(fieldsOf(head, 'Connection'), ['keep-alive']);
      await client.readText(chunked ? '2\r\nok\r\n0\r\n\r\n'.length : 2);
      await served.ending;
      client.write(GET);
      const next = await endpoint.accept();
      await readHead(next);
      next.write(OK);
      t.is((await readMessage(client)).body, 'ok');
    },
  );
}

row(
  'an answer that ends with its stream and is reset in its middle does not look complete',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.socket.pause();
    client.write(GET);
    const served = await endpoint.accept();
    await readHead(served);
    served.write('HTTP/1.0 200 OK\r\n\r\n');
    served.write(Buffer.alloc(2 ** 24, 'x'));
    // Until it is held up by the client.
    for (let before = -1; before !== served.socket.bytesWritten; ) {
      before = served.socket.bytesWritten;
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    }
    served.reset();
    client.socket.resume();
    t.regex((await client.readToEnd()).toString('latin1').slice(-100), /x\r\n$/);
    client.end();
    t.is((await harness.record()).reason, 'endpoint_reset');
  },
);
