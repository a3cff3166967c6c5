import test from 'ava';
import { fieldsOf, GET, httpRow, OK, readHead, readMessage } from './play-http.ts';

// Interim answers, and those without a body.

const row = httpRow(test);

row('interim answers go on', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(GET);
  const served = await endpoint.accept();
  await readHead(served);
  served.write(`HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n${OK}`);
  t.is(await readHead(client), 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n');
  t.is((await readMessage(client)).body, 'ok');
});

row(
  'an endpoint that sends only interim answers is 502 after a number of them',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const served = await endpoint.accept();
    await readHead(served);
    const hint = 'HTTP/1.1 103 Early Hints\r\n\r\n';
    served.write(hint.repeat(65));
    t.is(await client.readText(64 * hint.length), hint.repeat(64));
    t.regex((await client.readToEnd()).toString(), /^HTTP\/1\.1 502 .*answer_invalid/s);
    client.end();
    await served.ending;
    t.like(await harness.record(), { reason: 'answer_invalid', detail: 'interim_answers' });
  },
);

row(
  'an answer after interim ones that fill the client’s buffers arrives when the client reads again',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const served = await endpoint.accept();
    await readHead(served);
    client.socket.pause();
    const hint = `HTTP/1.1 103 Early Hints\r\nX: ${'x'.repeat(15_000)}\r\n\r\n`;
    served.write(hint.repeat(60));
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    served.write(OK);
    client.socket.resume();
    await client.read(60 * hint.length);
    t.is((await readMessage(client)).body, 'ok');
  },
);

row('an answer that has no body has no length either (RFC 9110 §8.6)', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(GET);
  const served = await endpoint.accept();
  await readHead(served);
  served.write(
    'HTTP/1.1 103 Early Hints\r\nContent-Length: 2\r\n\r\nHTTP/1.1 204 No Content\r\nContent-Length: 2\r\nX: 1\r\n\r\n',
  );
  t.is(await readHead(client), 'HTTP/1.1 103 Early Hints\r\n\r\n');
  const head = await readHead(client);
  t.deepEqual(fieldsOf(head, 'Content-Length'), []);
  t.deepEqual(fieldsOf(head, 'X'), ['1']);
  client.write(GET);
  await readHead(served);
  // What a GET would have been answered: that one may say it.
  served.write('HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n');
  t.deepEqual(fieldsOf(await readHead(client), 'Content-Length'), ['2']);
  client.write(GET);
  await readHead(served);
  served.write(OK);
  t.is((await readMessage(client)).body, 'ok');
});

row('an answer to HEAD has a length and no body', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(`HEAD / HTTP/1.1\r\nHost: a\r\n\r\n${GET}`);
  const served = await endpoint.accept();
  t.regex(await readHead(served), /^HEAD /);
  served.write('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n');
  t.deepEqual(fieldsOf(await readHead(client), 'Content-Length'), ['500']);
  t.regex(await readHead(served), /^GET /);
  served.write(OK);
  t.is((await readMessage(client)).body, 'ok');
});
