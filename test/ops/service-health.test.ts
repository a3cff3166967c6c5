import test from 'ava';
import { formatHeader } from '../../src/wire/format-header.ts';
import { Connection } from '../helpers/connection.ts';
import { createManualClock } from '../observe/manual-clock.ts';
import { GET, start, status, WEB } from './service-health-parts.ts';

const BODY =
  '{\n\t"service": {\n\t\t"namespace": "demo",\n\t\t"name": "web"\n\t},\n\t"localEndpoints": 1,\n\t"serviceProxyHealthy": true\n}';

/** What kube-proxy 1.36.2 answers; `word` is the field `Connection`. */
const answer = (version: '1.0' | '1.1', word?: string, body = BODY) =>
  [
    `HTTP/${version} 200 OK`,
    'Content-Type: application/json',
    'X-Content-Type-Options: nosniff',
    'X-Load-Balancing-Endpoint-Weight: 1',
    'Date: NOW',
    'Content-Length: 111',
    ...(word === undefined ? [] : [`Connection: ${word}`]),
    '',
    body,
  ].join('\r\n');

/** With every date that is one of the last minute, in Go's format, written as NOW. */
function dated(text: string): string {
  return text.replace(/^Date: (\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT)\r$/gm, (line, date) =>
    Math.abs(Date.now() - Date.parse(date)) < 60_000 ? 'Date: NOW\r' : line,
  );
}

const CLOSED = answer('1.1', 'close');

for (const [title, question, expected] of [
  ['a connection that is to close', GET, CLOSED],
  ['one that says so among other words', GET.replace('close', 'TE, Close'), CLOSED],
  ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', answer('1.0')],
  ['HTTP/1.0 that closes', 'GET / HTTP/1.0\r\nConnection: close\r\n\r\n', answer('1.0')],
  ['HEAD', GET.replace('GET', 'HEAD'), answer('1.1', 'close', '')],
  ['HEAD of HTTP/1.0', 'HEAD / HTTP/1.0\r\n\r\n', answer('1.0', undefined, '')],
  [
    'a body that is longer than anybody reads',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\nhello',
    CLOSED,
  ],
  [
    'a body that waits to be asked for',
    'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n',
    CLOSED,
  ],
] as const) {
  test(`H4: the answer is that of kube-proxy to the byte: ${title}`, async (t) => {
    const { say } = await start(t);
    t.is(dated(await say(question)), expected);
  });
}

test('H4: a kept connection gets the same bytes again and again, and nothing between them', async (t) => {
  const { say } = await start(t);
  const kept = GET.replace('Connection: close\r\n', '');
  t.is(dated(await say(kept + kept, kept, GET)), answer('1.1').repeat(3) + CLOSED);
  const kept10 = 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n';
  t.is(
    dated(await say(kept10 + kept10, 'GET / HTTP/1.0\r\n\r\n')),
    answer('1.0', 'keep-alive').repeat(2) + answer('1.0'),
  );
});

test('H3: any method and any path is answered', async (t) => {
  const { say } = await start(t);
  for (const first of [
    'POST /x?y',
    'PUT /',
    'DELETE //',
    'OPTIONS *',
    'CONNECT a:1',
    'PURGE /',
    'ANY http://x/y',
  ]) {
    t.is(await say(`${first} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`).then(dated), CLOSED, first);
  }
});

test('H3: a body is read, and is not the next request', async (t) => {
  const { say } = await start(t);
  const post = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n';
  t.is(dated(await say(`${post}GET /`, GET)), answer('1.1') + CLOSED);
  t.is(dated(await say(`${post}he`, 'llo', GET)), answer('1.1') + CLOSED);
  const chunks = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n';
  t.is(dated(await say(chunks)), CLOSED);
});

for (const [title, question, words] of [
  ['no HTTP', '\0\x01\r\n\r\n', '400 Bad Request'],
  ['a field that is none', 'GET / HTTP/1.1\r\nHost: x\r\nnone\r\n\r\n', '400 Bad Request'],
  ['a length that is none', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', '400 Bad Request'],
  ['no host', 'GET / HTTP/1.1\r\n\r\n', '400 Bad Request: missing required Host header'],
  [
    'another version',
    'GET / HTTP/2.0\r\n\r\n',
    '505 HTTP Version Not Supported: unsupported protocol version',
  ],
  ['a head without end', `GET / HTTP/1.1\r\nx: ${'x'.repeat(9000)}`, '431 Request Header Fields Too Large'],
] as const) {
  test(`${title} is refused in Go's words`, async (t) => {
    const { say } = await start(t);
    const head = `HTTP/1.1 ${words}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n`;
    t.is(await say(question), head + words);
  });
}

test('a request may come in any pieces, and may end its stream behind it', async (t) => {
  const { say, port } = await start(t);
  t.is(dated(await say(...GET)), CLOSED);
  const client = await Connection.to({ host: '127.0.0.1', port });
  client.end('GET / HTTP/1.1\nHost: x\n\n');
  t.is(dated((await client.readToEnd()).toString()), answer('1.1'));
});

for (const [title, sent] of [
  ['silent', ''],
  ['in the middle of a request', 'GET / HTTP/1.1\r\nHo'],
  ['in the middle of a body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe'],
] as const) {
  test(`who is ${title} for ten seconds is cut off`, async (t) => {
    const clock = createManualClock();
    const { port } = await start(t, [WEB], true, clock);
    const client = await Connection.to({ host: '127.0.0.1', port });
    t.teardown(() => client.destroy());
    // Whoever says nothing at all still owes a header.
    client.write(`PROXY UNKNOWN\r\n${sent}`);
    // Its place has a timer, too.
    while (clock.waiting < 2) await new Promise(setImmediate);
    clock.advance(10_000);
    await client.ending;
    t.is(client.received.length, 0);
  });
}

test('a kept connection is kept for ninety seconds', async (t) => {
  const clock = createManualClock();
  const { port } = await start(t, [WEB], true, clock);
  const client = await Connection.to({ host: '127.0.0.1', port });
  t.teardown(() => client.destroy());
  for (let round = 0; round < 2; round++) {
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const { length } = Buffer.from(answer('1.1').replace('NOW', new Date().toUTCString()));
    t.is(dated(await client.readText(length)), answer('1.1'));
    clock.advance(89_000);
  }
  clock.advance(1000);
  await client.ending;
  t.is(clock.waiting, 0);
});

test('stop answers a request that has begun, and closes idle connections', async (t) => {
  const { port, stop } = await start(t);
  const [kept, begun] = [
    await Connection.to({ host: '127.0.0.1', port }),
    await Connection.to({ host: '127.0.0.1', port }),
  ];
  kept.write(GET);
  await kept.readText(20);
  begun.write(GET.slice(0, 8));
  // The server has read it once a later connection is answered.
  const last = await Connection.to({ host: '127.0.0.1', port });
  last.end(GET);
  await last.readToEnd();
  const stopped = stop();
  await kept.ending;
  begun.write(GET.slice(8));
  t.true((await begun.readToEnd()).toString().startsWith('HTTP/1.1 200 OK'));
  await stopped;
});

test('stop does not reset who has connected and is about to ask', async (t) => {
  const { port, say, stop } = await start(t);
  const client = await Connection.to({ host: '127.0.0.1', port });
  t.is(status(await say(GET)), 'HTTP/1.1 200 OK');
  const stopped = stop();
  client.write(GET.replace('close', 'keep-alive'));
  t.true((await client.readToEnd()).toString().startsWith('HTTP/1.1 200 OK'));
  client.destroy();
  await stopped;
});

test('H3: without an endpoint the answer is 503, and says 0', async (t) => {
  const { say } = await start(t, [{ ...WEB, endpoints: 0 }]);
  for (const version of ['1.0', '1.1']) {
    const text = await say(GET.replace('1.1', version));
    t.is(status(text), `HTTP/${version} 503 Service Unavailable`);
    t.true(text.includes('X-Load-Balancing-Endpoint-Weight: 0\r\n'));
    t.true(text.includes('"localEndpoints": 0,\n\t"serviceProxyHealthy": true'));
  }
});

test('H4: a Herald that drains says 503, and keeps weight and count', async (t) => {
  const { say } = await start(t, [{ ...WEB, endpoints: 3 }], false);
  const text = await say(GET);
  t.is(status(text), 'HTTP/1.1 503 Service Unavailable');
  t.true(text.includes('X-Load-Balancing-Endpoint-Weight: 3\r\n'));
  t.true(text.includes('"localEndpoints": 3,\n\t"serviceProxyHealthy": false'));
});

const INET = {
  source: { address: '192.0.2.1', port: 1 },
  destination: { address: '198.51.100.1', port: 2 },
} as const;

for (const [title, header] of [
  ['v1', formatHeader({ version: 1, ...INET })],
  ['v2', formatHeader({ version: 2, ...INET })],
  ['v2 LOCAL', formatHeader({ version: 2, command: 'LOCAL' })],
] as const) {
  test(`P4: a ${title} header before the request is taken off`, async (t) => {
    const { say } = await start(t);
    t.is(dated(await say(header, GET)), CLOSED);
    t.is(dated(await say(header.subarray(0, 9), header.subarray(9), GET)), CLOSED);
  });
}

test('of several Services the path chooses one, and any other path is about all', async (t) => {
  const { say } = await start(t, [WEB, { namespace: 'demo', name: 'mail', endpoints: 0 }]);
  const ask = (path: string) => say(GET.replace('/healthz', path)).then(dated);
  for (const path of ['/demo/web', '/demo/web?x', 'http://herald:9466/demo/web'])
    t.is(await ask(path), CLOSED);
  for (const path of ['/demo/mail', '/', '/healthz', '/demo']) {
    const text = await ask(path);
    t.is(status(text), 'HTTP/1.1 503 Service Unavailable', path);
    t.true(text.includes('"name": "mail"'), path);
  }
});

test('of several Services that are all well the first one is named', async (t) => {
  const { say } = await start(t, [WEB, { namespace: 'demo', name: 'mail', endpoints: 2 }]);
  t.is(dated(await say(GET)), CLOSED);
});

test('a client that sends questions and reads no answer is not read either, and all are answered once it reads', async (t) => {
  const { port } = await start(t);
  const client = await Connection.to({ host: '127.0.0.1', port });
  t.teardown(() => client.destroy());
  client.socket.pause();
  const question = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
  const { length } = Buffer.from(answer('1.1').replace('NOW', new Date().toUTCString()));
  client.write(question.repeat(2000));
  client.write(GET);
  client.socket.resume();
  const all = await client.readToEnd();
  t.is(all.length, 2000 * length + length + 'Connection: close\r\n'.length);
});

test('stop answers a client that has just been accepted', async (t) => {
  const { port, stop } = await start(t);
  const [early, last] = [
    await Connection.to({ host: '127.0.0.1', port }),
    await Connection.to({ host: '127.0.0.1', port }),
  ];
  last.end(GET);
  await last.readToEnd();
  const stopped = stop();
  early.write(GET);
  t.true((await early.readToEnd()).toString().startsWith('HTTP/1.1 200 OK'));
  await stopped;
});
