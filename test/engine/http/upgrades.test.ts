import test, { type ExecutionContext } from 'ava';
import type { Connection } from '../../helpers/connection.ts';
import { fieldsOf, GET, httpRow, OK, readHead, readMessage } from './play-http.ts';

// Offers of another protocol that Herald does not carry: each is an ordinary request (RFC 9110 §7.8).

const row = httpRow(test);
const H2C =
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk\r\n';
const WEBSOCKET =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const TLS = 'Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n';

const BODIES: readonly (readonly [title: string, framing: string, sent: string, body: string])[] = [
  ['no body', '', '', ''],
  ['a body', 'Content-Length: 5\r\n', 'hello', 'hello'],
  ['a body in chunks', 'Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\n\r\n', 'hello'],
];

/** What the endpoint is asked, and answers. */
async function serve(t: ExecutionContext, served: Connection, path: string, body: string): Promise<void> {
  const head = await readHead(served);
  t.true(head.includes(` ${path} HTTP/1.1\r\n`), head);
  for (const name of ['Upgrade', 'HTTP2-Settings']) t.deepEqual(fieldsOf(head, name), [], name);
  t.deepEqual(fieldsOf(head, 'Connection'), ['keep-alive']);
  t.is(fieldsOf(head, 'X-Forwarded-For').length, 1);
  const chunked = fieldsOf(head, 'Transfer-Encoding').length > 0;
  t.is(chunked ? await readChunks(served) : await served.readText(body.length), body);
  served.write(OK);
}

/** A chunked body, whatever chunks it came in. */
async function readChunks(served: Connection): Promise<string> {
  for (let body = ''; ; ) {
    let size = '';
    while (!size.endsWith('\r\n')) size += await served.readText(1);
    const chunk = await served.readText(Number.parseInt(size, 16) + 2);
    if (chunk === '\r\n') return body;
    body += chunk.slice(0, -2);
  }
}

for (const [what, offer] of [
  ['h2c', H2C],
  ['TLS', TLS],
  ['a WebSocket by a POST', WEBSOCKET],
  ['several', 'Connection: keep-alive, Upgrade\r\nUpgrade: h2c, foo/1\r\n'],
] as const) {
  for (const [title, framing, sent, body] of BODIES) {
    const method = what === 'h2c' && framing === '' ? 'GET' : 'POST';
    const request = (path: string) =>
      `${method} ${path} HTTP/1.1\r\nHost: a\r\n${offer}${framing}\r\n${sent}`;

    row(
      `an offer of ${what} with ${title} is ignored, and the connection kept`,
      {},
      async (t, harness, endpoint) => {
        const client = await harness.connect();
        client.write(request('/1'));
        const served = await endpoint.accept();
        await serve(t, served, '/1', body);
        const { head, body: answer } = await readMessage(client);
        t.is(answer, 'ok');
        t.deepEqual(fieldsOf(head, 'Connection'), ['keep-alive']);
        client.write(request('/2'));
        await serve(t, served, '/2', body);
        t.is((await readMessage(client)).body, 'ok');
        client.write(GET);
        await serve(t, served, '/', '');
        t.is((await readMessage(client)).body, 'ok');
        client.end();
        t.is((await harness.record()).reason, 'client_closed');
        t.is(endpoint.count, 1);
      },
    );

    row(
      `what follows an offer of ${what} with ${title} in the same segment is not lost, however it is cut`,
      {},
      async (t, harness, endpoint) => {
        const last = 'GET /4 HTTP/1.1\r\nHost: a\r\n\r\n';
        const all = Buffer.from(`${GET}${request('/1')}${request('/2')}${request('/3')}${last}`, 'latin1');
        let served: Connection | null = null;
        for (const step of [all.length, 7, 61]) {
          const client = await harness.connect({ noDelay: true });
          for (let at = 0; at < all.length; at += step) {
            client.write(all.subarray(at, at + step));
            if (step < all.length) await new Promise(setImmediate);
          }
          served ??= await endpoint.accept();
          await serve(t, served, '/', '');
          for (const path of ['/1', '/2', '/3']) await serve(t, served, path, body);
          await serve(t, served, '/4', '');
          for (let answer = 0; answer < 5; answer++) t.is((await readMessage(client)).body, 'ok');
          client.end();
          t.is((await harness.record()).reason, 'client_closed');
        }
      },
    );
  }
}

row('neither a GET with a body nor one of HTTP/1.0 opens a WebSocket', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(`GET /1 HTTP/1.1\r\nHost: a\r\n${WEBSOCKET}Content-Length: 5\r\n\r\nhello`);
  const served = await endpoint.accept();
  await serve(t, served, '/1', 'hello');
  t.is((await readMessage(client)).body, 'ok');
  client.write(`GET /2 HTTP/1.0\r\n${WEBSOCKET}\r\n`);
  await serve(t, served, '/2', '');
  t.regex((await client.readToEnd()).toString(), /ok$/);
});

row('a slow body after an offer is streamed', {}, async (t, harness, endpoint) => {
  const client = await harness.connect({ noDelay: true });
  client.write(`POST / HTTP/1.1\r\nHost: a\r\n${H2C}Content-Length: 10\r\n\r\nhello`);
  const served = await endpoint.accept();
  await readHead(served);
  t.is(await served.readText(5), 'hello');
  client.write('world');
  t.is(await served.readText(5), 'world');
  served.write(OK);
  t.is((await readMessage(client)).body, 'ok');
});

row('a client that ends its stream after an offer is answered', {}, async (t, harness, endpoint) => {
  for (const rest of ['', GET]) {
    const client = await harness.connect();
    client.end(`POST / HTTP/1.1\r\nHost: a\r\n${H2C}Content-Length: 5\r\n\r\nhello${rest}`);
    const served = await endpoint.accept();
    await readHead(served);
    await served.readText(5);
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    served.write(OK);
    t.is((await readMessage(client)).body, 'ok');
    if (rest !== '') {
      await readHead(served);
      served.write(OK);
      t.is((await readMessage(client)).body, 'ok');
    }
    t.is(await client.ending, 'fin');
    t.is((await harness.record()).reason, 'client_closed');
  }
});

row(
  'a flood after an offer is not read while the endpoint has not answered',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(`GET / HTTP/1.1\r\nHost: a\r\n${H2C}\r\n`);
    const served = await endpoint.accept();
    await readHead(served);
    const block = GET.repeat(4000);
    for (let sent = 0; sent < 24 * 2 ** 20; sent += block.length) client.write(block);
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    t.true(client.socket.writableLength > 0, 'the client is held back');
    served.write(OK);
    t.is((await readMessage(client)).body, 'ok');
    await readHead(served);
    client.reset();
    t.is((await harness.record()).reason, 'client_reset');
  },
);

row('an invalid request after an offer is answered in order', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(`GET / HTTP/1.1\r\nHost: a\r\n${H2C}\r\nGET / HTTP/1.1\r\nHost : a\r\n\r\n`);
  const served = await endpoint.accept();
  await readHead(served);
  served.write(OK);
  const answers = (await client.readToEnd()).toString();
  t.deepEqual(answers.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 400']);
  client.end();
  await harness.record();
});

row('a WebSocket may be requested after an offer that was ignored', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(`GET / HTTP/1.1\r\nHost: a\r\n${H2C}\r\n`);
  const served = await endpoint.accept();
  await readHead(served);
  served.write(OK);
  await readMessage(client);
  client.write(`GET /chat HTTP/1.1\r\nHost: a\r\n${WEBSOCKET.replace('websocket', 'h2c, WebSocket')}\r\n`);
  t.deepEqual(fieldsOf(await readHead(served), 'Upgrade'), ['websocket']);
  served.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  t.regex(await readHead(client), /^HTTP\/1\.1 101 /);
  client.write('hi');
  t.is(await served.readText(2), 'hi');
});
