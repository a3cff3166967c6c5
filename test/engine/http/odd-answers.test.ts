import test from 'ava';
import { fieldsOf, GET, httpRow, OK, readHead, readMessage } from './play-http.ts';

// Answers that other proxies deliver and that are no model of HTTP.

const row = httpRow(test);
const HEAD = 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n';

/** What is asked, what is answered, and what the client is to get behind the head. */
const DELIVERED: readonly (readonly [
  title: string,
  asked: string,
  answer: string,
  status: number,
  body: string,
])[] = [
  ['a 204 with a body', GET, 'HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nbody', 204, ''],
  ['a 304 with a body', GET, 'HTTP/1.1 304 Not Modified\r\n\r\nbody', 304, ''],
  ['a HEAD that is answered with a body', HEAD, 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody', 200, ''],
  ['one byte over its length', GET, `${OK}!`, 200, 'ok'],
  ['another answer behind it', GET, OK + OK, 200, 'ok'],
  ['an empty body and bytes behind it', GET, 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore', 200, ''],
  [
    'bytes behind its last chunk',
    GET,
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n!',
    200,
    '2\r\nok\r\n0\r\n\r\n',
  ],
];

for (const [title, asked, answer, status, body] of DELIVERED) {
  row(
    `an answer with ${title} is delivered, and its connection is not used again`,
    {},
    async (t, harness, endpoint) => {
      const client = await harness.connect();
      client.write(asked);
      const served = await endpoint.accept();
      await readHead(served);
      served.write(answer);
      const head = await readHead(client);
      t.true(head.startsWith(`HTTP/1.1 ${status} `), head);
      t.is(await client.readText(body.length), body);
      await served.ending;
      client.write(GET);
      const next = await endpoint.accept();
      await readHead(next);
      next.write(OK);
      t.is((await readMessage(client)).body, 'ok');
    },
  );
}

const KEPT: readonly (readonly [title: string, answer: string, body: string])[] = [
  ['the same length twice', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok', 'ok'],
  ['a list of one length', 'HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok', 'ok'],
  ['bare LFs in its head', 'HTTP/1.1 200 OK\nX: y\nContent-Length: 2\n\nok', 'ok'],
  ['no reason', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', 'ok'],
  ['a folded field', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok', 'ok'],
  [
    'a control byte in a field and in its reason',
    'HTTP/1.1 200 O\x01K\r\nX: a\x01b\r\nContent-Length: 2\r\n\r\nok',
    'ok',
  ],
  ['a status that nobody knows', 'HTTP/1.1 799 Odd\r\nContent-Length: 2\r\n\r\nok', 'ok'],
  ['a head of 60 KB', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(60_000)}\r\nContent-Length: 2\r\n\r\nok`, 'ok'],
];

for (const [title, answer, body] of KEPT) {
  row(`an answer with ${title} is delivered, and the connection kept`, {}, async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const served = await endpoint.accept();
    await readHead(served);
    served.write(Buffer.from(answer, 'latin1'));
    const message = await readMessage(client);
    t.is(message.body, body);
    t.is(fieldsOf(message.head, 'Content-Length').join(), '2');
    client.write(GET);
    await readHead(served);
    served.write(OK);
    t.is((await readMessage(client)).body, 'ok');
    t.is(endpoint.count, 1);
  });
}

row('bytes without a request close a kept connection', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(GET);
  const served = await endpoint.accept();
  await readHead(served);
  served.write(OK);
  await readMessage(client);
  served.write('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  await served.ending;
  client.write(GET);
  const next = await endpoint.accept();
  await readHead(next);
  next.write(OK);
  t.is((await readMessage(client)).body, 'ok');
});

for (const stray of [
  'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  '<html>',
]) {
  row(
    `a kept connection that says ${JSON.stringify(stray.slice(0, 12))} does not answer a request that may be repeated`,
    {},
    async (t, harness, endpoint) => {
      const client = await harness.connect();
      client.write(GET);
      const served = await endpoint.accept();
      await readHead(served);
      served.write(OK);
      await readMessage(client);
      client.write(GET);
      await readHead(served);
      served.end(stray);
      const next = await endpoint.accept();
      await readHead(next);
      next.write(OK);
      t.is((await readMessage(client)).body, 'ok');
    },
  );
}

// ── at once ──

for (const [title, framing] of [
  ['a length', 'Content-Length: 5'],
  ['chunks', 'Transfer-Encoding: chunked'],
  ['the end of the stream', 'Connection: close'],
] as const) {
  row(`a head reaches the client before its body, framed by ${title}`, {}, async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const served = await endpoint.accept();
    await readHead(served);
    served.write(`HTTP/1.1 200 OK\r\n${framing}\r\nContent-Type: text/event-stream\r\n\r\n`);
    t.regex(await readHead(client), /text\/event-stream/);
    t.is(client.received.length, 0);
  });
}

row('a head and the bytes that came with it leave in one segment', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(GET);
  const served = await endpoint.accept();
  await readHead(served);
  served.write(OK);
  await readMessage(client);
  t.is(client.chunks.length, 1);
});
