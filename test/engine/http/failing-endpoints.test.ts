import test from 'ava';
import { endpointAt } from '../../helpers/engine-harness.ts';
import { unusedPort } from '../../helpers/unused-port.ts';
import { GET, httpRow, OK, readHead, readMessage } from './play-http.ts';

// Endpoints that refuse, answer what is no answer, or have closed.

const row = httpRow(test);

row(
  'a request goes to the next endpoint if one refuses, with its complete body',
  {},
  async (t, harness, endpoint) => {
    await harness.apply({
      presentation: { form: 'forwarded' },
      endpoints: [endpointAt(await unusedPort(), 1), endpointAt(endpoint.port, 0)],
      ejection: { after: 0 },
    });
    for (let at = 0; at < 2; at++) {
      const client = await harness.connect();
      client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello');
      const served = await endpoint.accept();
      t.is((await readMessage(served)).body, 'hello');
      served.end(`${OK.replace('OK\r\n', 'OK\r\nConnection: close\r\n')}`);
      t.is((await readMessage(client)).body, 'ok');
    }
  },
);

row('if no endpoint can be reached, the answer is 502 and the connection ends', {}, async (t, harness) => {
  await harness.apply({
    presentation: { form: 'forwarded' },
    endpoints: [endpointAt(await unusedPort(), 1)],
  });
  const client = await harness.connect();
  client.write(`HEAD / HTTP/1.1\r\nHost: a\r\n\r\n`);
  const answer = (await client.readToEnd()).toString();
  t.regex(answer, /^HTTP\/1\.1 502 Bad Gateway\r\n/);
  t.true(answer.endsWith('\r\n\r\n'));
  client.end();
  t.like(await harness.record(), { reason: 'connect_refused', detail: 'ECONNREFUSED', attempts: 1 });
});

row('a pool without an endpoint is 503', { endpoints: [] }, async (t, harness) => {
  const client = await harness.connect();
  client.write(GET);
  t.regex((await client.readToEnd()).toString(), /^HTTP\/1\.1 503 .*no_endpoint/s);
  client.end();
  t.is((await harness.record()).reason, 'no_endpoint');
});

for (const [title, answer, reason, detail] of [
  ['that closes without an answer', '', 'endpoint_reset', 'ECONNRESET'],
  ['that answers no HTTP', 'SSH-2.0-x\r\n', 'answer_invalid', 'HPE_INVALID_CONSTANT'],
  [
    'whose answer has both lengths',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n',
    'answer_invalid',
    'HPE_INVALID_TRANSFER_ENCODING',
  ],
  [
    'with a transfer coding that is not supported',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    'answer_invalid',
    'transfer_coding',
  ],
  [
    'that changes the protocol without a request for it',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: tea\r\n\r\n',
    'answer_invalid',
    'upgrade',
  ],
] as const) {
  row(`an endpoint ${title} is 502 with a reason`, {}, async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const served = await endpoint.accept();
    await readHead(served);
    served.end(answer);
    t.regex((await client.readToEnd()).toString(), /^HTTP\/1\.1 502 /);
    client.end();
    t.like(await harness.record(), { reason, detail });
  });
}

row(
  'an answer that breaks off ends with a reset and does not look complete',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const served = await endpoint.accept();
    await readHead(served);
    served.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
    await readHead(client);
    t.is(await client.readText(10), '5\r\nhello\r\n');
    served.reset();
    t.is(await client.ending, 'reset');
    t.is((await harness.record()).reason, 'endpoint_reset');
  },
);

row(
  'a request that must not be repeated is not sent again after its kept connection has closed',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const first = await endpoint.accept();
    await readHead(first);
    first.write(OK);
    await readMessage(client);
    // It reads a request on the old connection and ends it: nobody can know what became of it.
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi');
    await readMessage(first);
    first.reset();
    t.regex((await client.readToEnd()).toString(), /^HTTP\/1\.1 502 /);
    client.end();
    t.is((await harness.record()).reason, 'endpoint_reset');
    t.is(endpoint.count, 1);
  },
);

row(
  'a request that may be repeated is sent again if its kept connection has closed',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    const first = await endpoint.accept();
    await readHead(first);
    first.write(OK);
    await readMessage(client);
    client.write(GET);
    await readHead(first);
    first.reset();
    const second = await endpoint.accept();
    await readHead(second);
    second.write(OK);
    t.is((await readMessage(client)).body, 'ok');
  },
);
