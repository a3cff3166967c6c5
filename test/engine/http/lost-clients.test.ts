import test from 'ava';
import { CHUNKED, GET, httpRow, OK, readHead, readMessage } from './play-http.ts';

// Clients and endpoints that end, or are gone, before a request is whole.

const row = httpRow(test);

row('a client that ends its stream after its request is answered', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.end(GET);
  const served = await endpoint.accept();
  await readHead(served);
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  served.write(OK);
  t.regex((await client.readToEnd()).toString(), /ok$/);
  t.is((await harness.record()).reason, 'client_closed');
});

row(
  'a client that is gone before its answer ends the request at the endpoint',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const served = await endpoint.accept();
    await readHead(served);
    client.reset();
    await served.ending;
    t.like(await harness.record(), { reason: 'client_reset', endpoint: `127.0.0.1:${endpoint.port}` });
  },
);

for (const answered of [false, true]) {
  row(
    `a client that ends its stream in a body was no bad request, ${answered ? 'behind' : 'before'} the answer`,
    {},
    async (t, harness, endpoint) => {
      const client = await harness.connect({ noDelay: true });
      client.write(`${CHUNKED}5\r\nhello\r\n`);
      const served = await endpoint.accept();
      await readHead(served);
      await served.readText(10);
      if (answered) {
        served.write(OK);
        await readMessage(client);
      }
      client.end();
      await served.ending;
      t.is(served.received.length, 0);
      const rest = (await client.readToEnd()).toString();
      if (answered) t.is(rest, '');
      else t.regex(rest, /^HTTP\/1\.1 400 /);
      const { reason, detail, firstBytes } = await harness.record();
      t.is(reason, 'client_reset');
      t.is(detail, 'unfinished_body');
      t.is(firstBytes, null);
    },
  );
}

row(
  'a client that ends its stream in the body of a pipelined request has given that up, and gets no further answer',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.end(`${GET}${CHUNKED}5\r\nhello\r\n`);
    const served = await endpoint.accept();
    await readHead(served);
    served.write(OK);
    t.is((await readMessage(client)).body, 'ok');
    await client.ending;
    t.like(await harness.record(), { reason: 'client_reset', detail: 'unfinished_body' });
  },
);

row('a request whose client is gone is ended at the endpoint', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(`${CHUNKED}5\r\nhello\r\n`);
  const served = await endpoint.accept();
  await readHead(served);
  client.reset();
  await served.ending;
  t.false(served.received.toString().includes('0\r\n\r\n'));
  t.is((await harness.record()).reason, 'client_reset');
});

row(
  'an answer before the end of the request is passed on at once, and the endpoint still gets the rest',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect({ noDelay: true });
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello');
    const served = await endpoint.accept();
    await readHead(served);
    served.write(OK);
    t.is((await readMessage(client)).body, 'ok');
    client.write('world');
    t.is(await served.readText(10), 'helloworld');
    client.write(GET);
    const next = await endpoint.accept();
    t.regex(await readHead(next), /^GET /);
    next.write(OK);
    t.is((await readMessage(client)).body, 'ok');
  },
);

row(
  'if an endpoint that answered early closes, the rest of the body is discarded and the client’s connection continues',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect({ noDelay: true });
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello');
    const served = await endpoint.accept();
    await readHead(served);
    served.end('HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno');
    t.is((await readMessage(client)).body, 'no');
    served.destroy();
    client.write(`world${GET}`);
    const next = await endpoint.accept();
    t.regex(await readHead(next), /^GET /);
    next.write(OK);
    t.is((await readMessage(client)).body, 'ok');
  },
);

row(
  'a client that is gone during a body that was answered early ends that body at the endpoint',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect({ noDelay: true });
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello');
    const served = await endpoint.accept();
    await readHead(served);
    served.write(OK);
    await readMessage(client);
    client.reset();
    await harness.record();
    t.is((await served.readToEnd()).toString(), 'hello');
  },
);
