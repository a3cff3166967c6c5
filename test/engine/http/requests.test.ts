import { once } from 'node:events';
import test from 'ava';
import { formatHeader } from '../../../src/wire/format-header.ts';
import { cidrs, endpointAt, TRUSTED } from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { unusedPort } from '../../helpers/unused-port.ts';
import { fieldsOf, GET, httpRow, OK, readHead, readMessage } from './play-http.ts';

const row = httpRow(test);
const SOURCE = { address: '203.0.113.7', port: 51234 };
const DESTINATION = { address: '198.51.100.9', port: 443 };
const V2 = formatHeader({ version: 2, command: 'PROXY', source: SOURCE, destination: DESTINATION });
const CHUNKED = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';

row('every request of a kept connection names the client', {}, async (t, harness, endpoint) => {
  const client = await harness.connect({ localAddress: '127.0.0.9' });
  const { localPort, remotePort } = client.socket;
  let served = null;
  for (const path of ['/one', '/two', '/three']) {
    client.write(`GET ${path} HTTP/1.1\r\nHost: a.example\r\n\r\n`);
    served ??= await endpoint.accept();
    const head = await readHead(served);
    t.true(head.startsWith(`GET ${path} HTTP/1.1\r\nHost: a.example\r\n`));
    t.deepEqual(fieldsOf(head, 'X-Forwarded-For'), ['127.0.0.9']);
    t.deepEqual(fieldsOf(head, 'X-Forwarded-Port'), [String(remotePort)]);
    t.deepEqual(fieldsOf(head, 'X-Forwarded-Proto'), ['http']);
    t.deepEqual(fieldsOf(head, 'Forwarded'), [`for="127.0.0.9:${localPort}";proto=http`]);
    served.write(OK);
    t.is((await readMessage(client)).body, 'ok');
  }
  t.is(endpoint.count, 1);
  client.end();
  t.like(await harness.record(), { reason: 'client_closed', attempts: 1, client: `127.0.0.9:${localPort}` });
});

row('a client that a header names is named', { admission: TRUSTED }, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(Buffer.concat([V2, Buffer.from(GET)]));
  const head = await readHead(await endpoint.accept());
  t.deepEqual(fieldsOf(head, 'X-Forwarded-For'), ['203.0.113.7']);
  t.deepEqual(fieldsOf(head, 'X-Forwarded-Port'), ['443']);
  t.deepEqual(fieldsOf(head, 'Forwarded'), ['for="203.0.113.7:51234";proto=http']);
});

row('what a client says of others is dropped', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  const lies = ['X-Forwarded-For', 'Forwarded', 'x-forwarded-host', 'X-Real-IP', 'X_Forwarded_For'];
  client.write(`GET / HTTP/1.1\r\nHost: a\r\n${lies.map((name) => `${name}: 6.6.6.6\r\n`).join('')}\r\n`);
  const head = await readHead(await endpoint.accept());
  t.false(head.includes('6.6.6.6'));
  t.deepEqual(fieldsOf(head, 'X-Forwarded-For'), ['127.0.0.1']);
});

row(
  'what a trusted client says of others is appended to',
  { presentation: { form: 'forwarded', forwardedTrust: cidrs('127.0.0.9') } },
  async (t, harness, endpoint) => {
    for (const [from, expected] of [
      ['127.0.0.9', '192.0.2.1, 192.0.2.2, 127.0.0.9'],
      ['127.0.0.8', '127.0.0.8'],
    ] as const) {
      const client = await harness.connect({ localAddress: from });
      client.write(
        'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n\r\n',
      );
      const head = await readHead(await endpoint.accept());
      t.deepEqual(fieldsOf(head, 'X-Forwarded-For'), [expected]);
    }
  },
);

row('connections to an endpoint are shared by clients', {}, async (t, harness, endpoint) => {
  const first = await harness.connect({ localAddress: '127.0.0.5' });
  first.write(GET);
  const served = await endpoint.accept();
  for (const from of ['127.0.0.5', '127.0.0.6', '127.0.0.7']) {
    const client = from === '127.0.0.5' ? first : await harness.connect({ localAddress: from });
    if (client !== first) client.write(GET);
    t.deepEqual(fieldsOf(await readHead(served), 'X-Forwarded-For'), [from]);
    served.write(OK);
    t.is((await readMessage(client)).body, 'ok');
  }
  t.is(endpoint.count, 1);
});

row(
  'a thousand pipelined requests are answered in their order, one at a time',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    const count = 1000;
    client.write(Array.from({ length: count }, (_, at) => `GET /${at} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));
    const served = await endpoint.accept();
    for (let at = 0; at < count; at++) {
      const head = await readHead(served);
      if (!head.startsWith(`GET /${at} `)) t.fail(head);
      if (served.received.length > 0) t.fail('the next one came before the answer');
      served.write(`HTTP/1.1 200 OK\r\nContent-Length: ${String(at).length}\r\n\r\n${at}`);
    }
    for (let at = 0; at < count; at++) {
      if ((await readMessage(client)).body !== String(at)) t.fail(String(at));
    }
    t.is(endpoint.count, 1);
    client.end();
    t.is((await harness.record()).reason, 'client_closed');
  },
);

row(
  'a flood of pipelined requests is not read while the endpoint thinks',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    // More than the kernel's buffers hold: what is not read stays with the client.
    const block = GET.repeat(4000);
    let sent = 0;
    while (sent < 64 * 2 ** 20 && (client.socket.write(block) || client.socket.writableLength < 2 ** 22)) {
      sent += block.length;
      await new Promise(setImmediate);
    }
    const served = await endpoint.accept();
    await readHead(served);
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    t.true(client.socket.writableLength > 0);
    t.true(client.socket.bytesWritten - client.socket.writableLength < 32 * 2 ** 20);
    client.reset();
    t.is((await harness.record()).reason, 'client_reset');
    await served.ending;
  },
);

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
  'an answer that is not read holds the endpoint back, and nothing is lost',
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
  'a body that is not read holds the client back, and nothing is lost',
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
  'trailers go on both ways, but for those that would tell of the client',
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

row('a body that is not wanted need not be sent', {}, async (t, harness, endpoint) => {
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
  'an endpoint that never comes to its answer is 502: interim ones are counted',
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
  'an answer behind interim ones that fill the client’s buffers comes when it reads again',
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

row(
  'fields of one hop end there, and those that Connection lists with it',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Private, Host, X-Forwarded-For\r\nX-Private: 1\r\nKeep-Alive: timeout=9\r\nProxy-Connection: close\r\nUpgrade: tea\r\nX-Kept: 1\r\n\r\n',
    );
    const served = await endpoint.accept();
    const head = await readHead(served);
    for (const name of ['X-Private', 'Keep-Alive', 'Proxy-Connection', 'Upgrade'])
      t.deepEqual(fieldsOf(head, name), [], name);
    for (const name of ['Host', 'X-Kept', 'X-Forwarded-For']) t.is(fieldsOf(head, name).length, 1, name);
    served.write(
      'HTTP/1.1 200 OK\r\nConnection: X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=9\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok',
    );
    const answer = await readMessage(client);
    t.deepEqual(fieldsOf(answer.head, 'X-Mine'), []);
    t.deepEqual(fieldsOf(answer.head, 'Keep-Alive'), []);
    t.deepEqual(fieldsOf(answer.head, 'Set-Cookie'), ['a=1', 'b=2']);
  },
);

row('HTTP/1.0 without a Host is asked on with the name of the endpoint', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write('GET / HTTP/1.0\r\n\r\n');
  const served = await endpoint.accept();
  t.deepEqual(fieldsOf(await readHead(served), 'Host'), [`127.0.0.1:${endpoint.port}`]);
  served.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n');
  const answer = (await client.readToEnd()).toString();
  t.regex(answer, /\r\n\r\nok$/);
  t.false(answer.includes('chunked'));
});

row('a target with its host in it goes on without', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write('GET http://a.example/x?y HTTP/1.1\r\nHost: A.example\r\n\r\n');
  const served = await endpoint.accept();
  t.true((await readHead(served)).startsWith('GET /x?y HTTP/1.1\r\nHost: A.example\r\n'));
  served.write(OK);
  await readMessage(client);
  client.write('GET http://b.example HTTP/1.0\r\n\r\n');
  const head = await readHead(served);
  t.true(head.startsWith('GET / HTTP/1.1\r\n'));
  t.deepEqual(fieldsOf(head, 'Host'), ['b.example']);
});

row('a client that ends its stream behind its request is answered', {}, async (t, harness, endpoint) => {
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

row('nor one whose unfinished request had to wait', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.end(`${GET}${CHUNKED}5\r\nhello\r\n`);
  const served = await endpoint.accept();
  await readHead(served);
  served.write(OK);
  t.is((await readMessage(client)).body, 'ok');
  await client.ending;
  t.like(await harness.record(), { reason: 'client_reset', detail: 'unfinished_body' });
});

row('a client that is gone in its request ends it at the endpoint', {}, async (t, harness, endpoint) => {
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
  'an endpoint that answers before the request is whole is heard at once, and still sent the rest',
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
  'where it closes then, the rest is thrown away and the connection goes on',
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

// ── endpoints that fail ──

row(
  'a request goes to the next endpoint where one refuses, its body whole',
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

row('where no endpoint can be reached the answer is 502 and the end', {}, async (t, harness) => {
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
    'whose coding nobody here reads',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    'answer_invalid',
    'transfer_coding',
  ],
  [
    'that changes the protocol unasked',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: tea\r\n\r\n',
    'answer_invalid',
    'upgrade',
  ],
] as const) {
  row(`an endpoint ${title} is 502 and a reason`, {}, async (t, harness, endpoint) => {
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

row('an answer that breaks in its middle is a reset, and no whole one', {}, async (t, harness, endpoint) => {
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
});

row(
  'a kept connection that the endpoint has closed is not asked twice where that matters',
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

row('and is asked again over a new one where it does not', {}, async (t, harness, endpoint) => {
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
});

row('a unix socket is an endpoint too', {}, async (t, harness) => {
  const path = `/tmp/herald-http-${process.pid}.sock`;
  const unix = await ScriptedEndpoint.start({ path });
  await harness.apply({
    presentation: { form: 'forwarded' },
    endpoints: [{ slot: 3, ip: new Uint8Array(0), port: 0, path, text: `unix:${path}` }],
  });
  const client = await harness.connect();
  client.write(GET);
  const served = await unix.accept();
  t.deepEqual(fieldsOf(await readHead(served), 'X-Forwarded-For'), ['127.0.0.1']);
  served.write(OK);
  t.is((await readMessage(client)).body, 'ok');
  await harness.stop();
  await unix.stop();
});

row(
  'a client that is gone in a body whose answer came early ends it at the endpoint',
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
