import test from 'ava';
import fc from 'fast-check';
import { parseHealthRequest } from '../../src/ops/health-request.ts';

const parse = (text: string) => parseHealthRequest(Buffer.from(text, 'latin1'));
const WHOLE = 'POST /demo/web?x HTTP/1.1\r\nHost: x\r\nConnection: TE , close\r\nContent-Length: 5\r\n\r\n';

test('a request is known once its head is whole, and no byte before', (t) => {
  for (let length = 0; length < WHOLE.length; length++) t.is(parse(WHOLE.slice(0, length)).kind, 'more');
  t.deepEqual(parse(`\r\n${WHOLE}hello`), {
    kind: 'request',
    request: { method: 'POST', target: '/demo/web?x', minor: 1, connection: 'end', bodyBytes: 5 },
    length: 2 + WHOLE.length,
  });
});

for (const [title, text, expected] of [
  ['1.1 goes on', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', { minor: 1, connection: 'keep', bodyBytes: 0 }],
  ['1.0 ends', 'GET / HTTP/1.0\r\n\r\n', { minor: 0, connection: 'end' }],
  ['1.0 may go on', 'GET / HTTP/1.0\r\nconnection:Keep-Alive\r\n\r\n', { minor: 0, connection: 'keep' }],
  ['1.2 is 1.1', 'GET / HTTP/1.2\nHost: x\n\n', { minor: 1, connection: 'keep' }],
  ['CONNECT needs no host', 'CONNECT a:1 HTTP/1.1\r\n\r\n', { method: 'CONNECT', target: 'a:1' }],
  [
    'equal lengths are one',
    'PUT / HTTP/1.0\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n',
    { bodyBytes: 3 },
  ],
  [
    'chunks are not waited for',
    'PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
    { connection: 'end', bodyBytes: null },
  ],
] as const) {
  test(title, (t) => {
    const parsed = parse(text);
    t.is(parsed.kind, 'request');
    if (parsed.kind === 'request') t.like(parsed.request, expected);
  });
}

for (const text of [
  'GET /\r\n\r\n',
  'GET  / HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.1 \r\n\r\n',
  'G(T / HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.0\r\n folded\r\n\r\n',
  'GET / HTTP/1.0\r\nname : value\r\n\r\n',
  'GET / HTTP/1.0\r\nx: a\rb\r\n\r\n',
  'GET / HTTP/1.0\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
]) {
  test(`${JSON.stringify(text)} is refused`, (t) => {
    t.deepEqual(parse(text), { kind: 'refused', status: '400 Bad Request' });
  });
}

test('a head of more than 8 KiB is refused, whether its end has come or not', (t) => {
  const long = `GET / HTTP/1.0\r\nx: ${'x'.repeat(8192)}`;
  for (const text of [long, `${long}\r\n\r\n`, '\n'.repeat(8193)]) {
    t.deepEqual(parse(text), { kind: 'refused', status: '431 Request Header Fields Too Large' });
  }
});

test('whatever comes, it is read without an exception', (t) => {
  const piece = fc.constantFrom(
    'GET',
    ' ',
    '/',
    'HTTP/1.1',
    '\r\n',
    '\n',
    '\r',
    ':',
    'Host',
    'Content-Length',
    '5',
    ',',
    '\0',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 40 }), (pieces) => {
      t.true(['more', 'request', 'refused'].includes(parse(pieces.join('')).kind));
    }),
  );
});
