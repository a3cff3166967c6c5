import test from 'ava';
import { formatHeader } from '../../../src/wire/format-header.ts';
import { cidrs, TRUSTED } from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { fieldsOf, GET, httpRow, OK, readHead, readMessage } from './play-http.ts';

const row = httpRow(test);
const SOURCE = { address: '203.0.113.7', port: 51234 };
const DESTINATION = { address: '198.51.100.9', port: 443 };
const V2 = formatHeader({ version: 2, command: 'PROXY', source: SOURCE, destination: DESTINATION });

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

row(
  'the client that a PROXY header names is in the fields of the request',
  { admission: TRUSTED },
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(Buffer.concat([V2, Buffer.from(GET)]));
    const head = await readHead(await endpoint.accept());
    t.deepEqual(fieldsOf(head, 'X-Forwarded-For'), ['203.0.113.7']);
    t.deepEqual(fieldsOf(head, 'X-Forwarded-Port'), ['443']);
    t.deepEqual(fieldsOf(head, 'Forwarded'), ['for="203.0.113.7:51234";proto=http']);
  },
);

row(
  'fields about earlier hops that an untrusted client sends are dropped',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    const lies = ['X-Forwarded-For', 'Forwarded', 'x-forwarded-host', 'X-Real-IP', 'X_Forwarded_For'];
    client.write(`GET / HTTP/1.1\r\nHost: a\r\n${lies.map((name) => `${name}: 6.6.6.6\r\n`).join('')}\r\n`);
    const head = await readHead(await endpoint.accept());
    t.false(head.includes('6.6.6.6'));
    t.deepEqual(fieldsOf(head, 'X-Forwarded-For'), ['127.0.0.1']);
  },
);

row(
  'the client is appended to the fields that a trusted client sends',
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
  'a flood of pipelined requests is not read while the endpoint has not answered',
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

row(
  'an HTTP/1.0 request without a Host is sent with the name of the endpoint',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write('GET / HTTP/1.0\r\n\r\n');
    const served = await endpoint.accept();
    t.deepEqual(fieldsOf(await readHead(served), 'Host'), [`127.0.0.1:${endpoint.port}`]);
    served.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n');
    const answer = (await client.readToEnd()).toString();
    t.regex(answer, /\r\n\r\nok$/);
    t.false(answer.includes('chunked'));
  },
);

row('a target in absolute form is sent in origin form', {}, async (t, harness, endpoint) => {
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
