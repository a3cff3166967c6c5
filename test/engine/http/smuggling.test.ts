import test from 'ava';
import { FORWARDED, GET, httpRow, OK, readHead } from './play-http.ts';

const row = httpRow(test);
const HOST = 'Host: a\r\n';

/** What two readers could read in two ways, or no reader at all: what is sent, the status, and the rule. */
const REFUSED: readonly (readonly [title: string, sent: string, status: number, rule: string])[] = [
  [
    'both lengths, the length first',
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    'HPE_INVALID_TRANSFER_ENCODING',
  ],
  [
    'both lengths, the coding first',
    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
    400,
    'HPE_INVALID_CONTENT_LENGTH',
  ],
  [
    'two lengths',
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
    400,
    'HPE_UNEXPECTED_CONTENT_LENGTH',
  ],
  [
    'two lengths that are the same',
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`,
    400,
    'HPE_UNEXPECTED_CONTENT_LENGTH',
  ],
  [
    'a list of lengths',
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 5, 5\r\n\r\nhello`,
    400,
    'HPE_INVALID_CONTENT_LENGTH',
  ],
  [
    'a length with a sign',
    `POST / HTTP/1.1\r\n${HOST}Content-Length: +5\r\n\r\nhello`,
    400,
    'HPE_INVALID_CONTENT_LENGTH',
  ],
  [
    'a length that some recipients cannot represent',
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 9223372036854775808\r\n\r\nhello`,
    400,
    'long_length',
  ],
  [
    'a folded field (obs-fold)',
    `GET / HTTP/1.1\r\n${HOST}X-A: b\r\n c\r\n\r\n`,
    400,
    'HPE_INVALID_HEADER_TOKEN',
  ],
  ['a bare LF behind the request line', `GET / HTTP/1.1\n${HOST}\r\n`, 400, 'HPE_INVALID_VERSION'],
  ['a bare LF behind a field', 'GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n', 400, 'HPE_CR_EXPECTED'],
  ['a bare LF for the empty line', `GET / HTTP/1.1\r\n${HOST}\n`, 400, 'HPE_INVALID_HEADER_TOKEN'],
  ['a bare CR', 'GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n', 400, 'HPE_LF_EXPECTED'],
  ['a space before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 400, 'HPE_INVALID_HEADER_TOKEN'],
  ['a NUL in a value', `GET / HTTP/1.1\r\n${HOST}X: a\0b\r\n\r\n`, 400, 'HPE_INVALID_HEADER_TOKEN'],
  ['two Hosts', `GET / HTTP/1.1\r\n${HOST}Host: b\r\n\r\n`, 400, 'two_hosts'],
  ['the same Host twice', `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`, 400, 'two_hosts'],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400, 'no_host'],
  ['a Host that is a list', 'GET / HTTP/1.1\r\nHost: a, b\r\n\r\n', 400, 'host_value'],
  ['a target of another host', `GET http://evil/x HTTP/1.1\r\n${HOST}\r\n`, 400, 'target'],
  ['a target of another port', `GET http://a:81/x HTTP/1.1\r\n${HOST}\r\n`, 400, 'target'],
  ['a target that names a user', `GET http://a@a/x HTTP/1.1\r\n${HOST}\r\n`, 400, 'target'],
  ['a target of another scheme', `GET ftp://a/x HTTP/1.1\r\n${HOST}\r\n`, 400, 'target'],
  ['a target without a host', 'GET http:///x HTTP/1.1\r\nHost:\r\n\r\n', 400, 'target'],
  ['a target that is all of them', `GET * HTTP/1.1\r\n${HOST}\r\n`, 400, 'target'],
  ['a method of RTSP', `DESCRIBE / RTSP/1.0\r\n${HOST}\r\n`, 501, 'method'],
  ['a method of RTSP with an underscore', `GET_PARAMETER / RTSP/1.0\r\n${HOST}\r\n`, 501, 'method'],
  ['a method of ICE', `SOURCE /x ICE/1.0\r\n${HOST}\r\n`, 501, 'method'],
  ['a method of ICE in HTTP', `SOURCE /x HTTP/1.0\r\n${HOST}\r\n`, 501, 'method'],
  [
    'a coding that a proxy does not read',
    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    501,
    'transfer_coding',
  ],
  // By us, or by a parser newer than that of Node 20.
  [
    'a coding without a name',
    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding:\r\n\r\n`,
    400,
    Number(process.versions.node.split('.')[0]) < 22 ? 'transfer_coding' : 'HPE_INVALID_TRANSFER_ENCODING',
  ],
  [
    'a coding that only HTTP/1.1 has',
    `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    'transfer_coding',
  ],
  [
    'a chunk without a size',
    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    400,
    'HPE_INVALID_CHUNK_SIZE',
  ],
  [
    'a bare LF behind the size of a chunk',
    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n`,
    400,
    'HPE_CR_EXPECTED',
  ],
  ['a huge head', `GET / HTTP/1.1\r\n${HOST}X: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'HPE_HEADER_OVERFLOW'],
  [
    'a huge number of fields',
    `GET / HTTP/1.1\r\n${HOST}${'a:\r\n'.repeat(5000)}\r\n`,
    431,
    'too_many_fields',
  ],
  ['HTTP/2 with prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, 'http2_preface'],
  ['HTTP/2 by its version', `GET / HTTP/2.0\r\n${HOST}\r\n`, 505, 'http_version'],
  ['HTTP/0.9', 'GET /\r\n\r\n', 505, 'http_version'],
  ['a PROXY header that nobody expects, v1', `PROXY UNKNOWN\r\n${GET}`, 400, 'proxy_header'],
  ['a PROXY header that nobody expects, v2', '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0', 400, 'proxy_header'],
  ['a tunnel', `CONNECT a:1 HTTP/1.1\r\n${HOST}\r\n`, 405, 'connect_method'],
  [
    'a tunnel with a body',
    `CONNECT a:1 HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhel`,
    405,
    'connect_method',
  ],
  ['an expectation that nobody knows', `GET / HTTP/1.1\r\n${HOST}Expect: tea\r\n\r\n`, 417, 'expectation'],
  ['a stream that ends in a head', 'GET / HTTP/1.1\r\nHos', 400, 'HPE_INVALID_EOF_STATE'],
];

for (const [title, sent, status, rule] of REFUSED) {
  row(`${title} is answered ${status}, and the connection ends`, {}, async (t, harness, endpoint) => {
    const client = await harness.connect();
    if (rule === 'HPE_INVALID_EOF_STATE') client.end(Buffer.from(sent, 'latin1'));
    else client.write(Buffer.from(sent, 'latin1'));
    const answer = (await client.readToEnd()).toString();
    client.end();
    t.regex(answer, new RegExp(`^HTTP/1\\.1 ${status} [^]*\r\nConnection: close\r\n`));
    t.true(answer.includes(`: ${rule}`), answer);
    t.is(await client.ending, 'fin');
    const record = await harness.record();
    t.like(record, { reason: 'request_invalid', detail: rule });
    // Of a body nothing is to be whole at an endpoint; of anything else not even its head arrives.
    if (!rule.includes('CHUNK') && !title.includes('size of a chunk')) t.is(endpoint.count, 0);
  });
}

row('bytes after an invalid request are never parsed as a request', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(`POST / HTTP/1.1\r\n${HOST}Content-Length: 0\r\nContent-Length: 44\r\n\r\n${GET}${GET}`);
  const answer = (await client.readToEnd()).toString();
  client.end();
  t.is(answer.match(/HTTP\/1\.1 /g)?.length, 1);
  await harness.record();
  t.is(endpoint.count, 0);
});

row('requests before an invalid one are answered before it', {}, async (t, harness, endpoint) => {
  const client = await harness.connect();
  client.write(`${GET}GET / HTTP/1.1\r\nHost : a\r\n\r\n`);
  const served = await endpoint.accept();
  await readHead(served);
  served.write(OK);
  const answer = (await client.readToEnd()).toString();
  client.end();
  t.deepEqual(answer.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 400']);
});

row('a body that breaks never looks complete to the endpoint', {}, async (t, harness, endpoint) => {
  const client = await harness.connect({ noDelay: true });
  client.write(`POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`);
  const served = await endpoint.accept();
  await readHead(served);
  await served.readText('5\r\nhello\r\n'.length);
  client.write('zz\r\n');
  t.regex((await client.readToEnd()).toString(), /^HTTP\/1\.1 400 /);
  client.end();
  await served.ending;
  t.is(served.received.length, 0);
});

row('the bytes of a refused request are kept for the list of refusals', {}, async (t, harness) => {
  const client = await harness.connect();
  client.write('GET / HTTP/1.1\r\nHost : a\r\n\r\n');
  await client.readToEnd();
  client.end();
  const { firstBytes } = await harness.record();
  t.is(Buffer.from(firstBytes!).toString(), 'GET / HTTP/1.1\r\nHost : a\r\n\r\n');
});

test('there is a row for each bad input', (t) => {
  t.true(REFUSED.length > 30);
  t.is(FORWARDED.presentation.form, 'forwarded');
});
