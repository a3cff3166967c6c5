import test from 'ava';
import { latin1, type Reading, read, readText } from './read-answer.ts';

const OK = 'HTTP/1.1 200 OK\r\n';

const WHOLE: readonly (readonly [title: string, text: string, expected: Partial<Reading>])[] = [
  ['a length', `${OK}Content-Length: 2\r\n\r\nok`, { status: 200, body: 'ok', keepAlive: true }],
  ['no body by its length', `${OK}Content-Length: 0\r\n\r\n`, { body: '', keepAlive: true }],
  ['chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`, { body: 'ok', keepAlive: true }],
  [
    'trailers',
    `${OK}Transfer-Encoding: chunked\r\n\r\n2;a="b"\r\nok\r\n0;x\r\nX-Sum: 1\r\n\r\n`,
    { body: 'ok', trailers: ['X-Sum', '1'] },
  ],
  [
    'chunks of a padded size, and of many digits',
    `${OK}Transfer-Encoding: CHUNKED\r\n\r\n0002  \r\nok\r\n000\r\n\r\n`,
    { body: 'ok' },
  ],
  [
    'chunks whose lines end in a bare LF',
    `${OK}Transfer-Encoding: chunked\r\n\r\n2\nok\n0\nA: b\n\n`,
    { body: 'ok', trailers: ['A', 'b'] },
  ],
  ['the end of its stream', `${OK}\r\nall of it`, { body: 'all of it', keepAlive: false }],
  ['no body by its status', 'HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n', { status: 204, keepAlive: true }],
  [
    'interim answers',
    `HTTP/1.1 103 H\r\n\r\nHTTP/1.1 100 C\r\n\r\n${OK}Content-Length: 0\r\n\r\n`,
    {
      interim: [103, 100],
      status: 200,
    },
  ],
  [
    'a bare LF at each line',
    'HTTP/1.1 200 OK\nA: b\nContent-Length: 2\n\nok',
    { body: 'ok', fields: ['A', 'b', 'Content-Length', '2'] },
  ],
  ['a bare LF for the empty line', `${OK}Content-Length: 2\r\n\nok`, { body: 'ok' }],
  ['the same length twice', `${OK}Content-Length: 2\r\nContent-Length: 02\r\n\r\nok`, { body: 'ok' }],
  ['a list of the same length', `${OK}Content-Length: 2, 2\r\n\r\nok`, { body: 'ok' }],
  ['one byte over its length', `${OK}Content-Length: 2\r\n\r\nok!`, { body: 'ok', excess: true }],
  [
    'a byte behind its last chunk',
    `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n!`,
    { body: '', excess: true },
  ],
  [
    'a body that its status does not have',
    'HTTP/1.1 304 N\r\n\r\nbody',
    { status: 304, body: '', excess: true },
  ],
  ['no reason', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', { status: 200 }],
  ['two spaces before its status', 'HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n', { status: 200 }],
  ['another minor version', 'HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n', { status: 200, keepAlive: true }],
  ['empty lines before it', `\r\n\r\n${OK}Content-Length: 0\r\n\r\n`, { status: 200 }],
  [
    'a folded field',
    `${OK}A: b\r\n  c\r\nContent-Length: 0\r\n\r\n`,
    { fields: ['A', 'b c', 'Content-Length', '0'] },
  ],
  [
    // A search that begins anew at each blank takes seconds.
    'a folded field among many blanks',
    `${OK}A: b${' '.repeat(50_000)}c\r\n d\r\nContent-Length: 0\r\n\r\n`,
    { fields: ['A', `b${' '.repeat(50_000)}c d`, 'Content-Length', '0'] },
  ],
  [
    'a control byte in a value',
    `${OK}A: b\x01c\r\nContent-Length: 0\r\n\r\n`,
    { fields: ['A', 'b c', 'Content-Length', '0'] },
  ],
  [
    'white space around a value',
    `${OK}A: \t b\xa0 \t\r\nContent-Length: 0\r\n\r\n`,
    { fields: ['A', 'b\xa0', 'Content-Length', '0'] },
  ],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', { keepAlive: false }],
  [
    'HTTP/1.0 that is kept',
    'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n',
    { keepAlive: true },
  ],
  [
    'chunks in HTTP/1.0',
    'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
    {
      body: 'a',
      keepAlive: false,
    },
  ],
  ['a connection that ends', `${OK}Connection: X, close\r\nContent-Length: 0\r\n\r\n`, { keepAlive: false }],
];

for (const [title, text, expected] of WHOLE) {
  test(`an answer with ${title} is read, in one part and byte by byte`, (t) => {
    for (const parts of [[latin1(text)], [...latin1(text)].map((byte) => Buffer.of(byte))]) {
      const reading = read(parts);
      t.is(reading.invalid, null);
      t.is(reading.end, 'whole');
      t.like(reading, expected);
      t.not(reading.trailers, null);
    }
  });
}

const INVALID: readonly (readonly [title: string, text: string, code: string])[] = [
  ['no HTTP', 'SSH-2.0-x\r\n', 'HPE_INVALID_CONSTANT'],
  ['ICY', 'ICY 200 OK\r\n\r\n', 'HPE_INVALID_CONSTANT'],
  ['HTTP in small letters', 'http/1.1 200 OK\r\n\r\n', 'HPE_INVALID_CONSTANT'],
  ['no version', 'HTTP/x.1 200 OK\r\n\r\n', 'HPE_INVALID_VERSION'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', 'HPE_INVALID_STATUS'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'HPE_INVALID_STATUS'],
  ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n', 'HPE_INVALID_STATUS'],
  ['a field without a colon', `${OK}A\r\n\r\n`, 'HPE_INVALID_HEADER_TOKEN'],
  ['a field without a name', `${OK}: b\r\n\r\n`, 'HPE_INVALID_HEADER_TOKEN'],
  ['a space before the colon', `${OK}A : b\r\n\r\n`, 'HPE_INVALID_HEADER_TOKEN'],
  ['a name that is no token', `${OK}A(b): c\r\n\r\n`, 'HPE_INVALID_HEADER_TOKEN'],
  ['a first field that is folded', `${OK} A: b\r\n\r\n`, 'HPE_INVALID_HEADER_TOKEN'],
  ['a NUL in a value', `${OK}A: b\0c\r\n\r\n`, 'HPE_INVALID_HEADER_TOKEN'],
  ['a bare CR in a value', `${OK}A: b\rc\r\n\r\n`, 'HPE_INVALID_HEADER_TOKEN'],
  ['two lengths', `${OK}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok`, 'HPE_UNEXPECTED_CONTENT_LENGTH'],
  ['a list of two lengths', `${OK}Content-Length: 2, 3\r\n\r\nok`, 'HPE_UNEXPECTED_CONTENT_LENGTH'],
  ['a length with a sign', `${OK}Content-Length: +2\r\n\r\nok`, 'HPE_INVALID_CONTENT_LENGTH'],
  ['a length that is empty', `${OK}Content-Length:\r\n\r\nok`, 'HPE_INVALID_CONTENT_LENGTH'],
  [
    'a length beyond all numbers',
    `${OK}Content-Length: ${'9'.repeat(20)}\r\n\r\nok`,
    'HPE_INVALID_CONTENT_LENGTH',
  ],
  [
    'both lengths',
    `${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n`,
    'HPE_INVALID_TRANSFER_ENCODING',
  ],
  ['a coding that nobody here reads', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`, 'transfer_coding'],
  [
    'a coding twice',
    `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
    'transfer_coding',
  ],
  ['a chunk without a size', `${OK}Transfer-Encoding: chunked\r\n\r\n\r\n`, 'HPE_INVALID_CHUNK_SIZE'],
  [
    'a chunk whose size is no number',
    `${OK}Transfer-Encoding: chunked\r\n\r\n2x\r\n`,
    'HPE_INVALID_CHUNK_SIZE',
  ],
  [
    'a chunk beyond all numbers',
    `${OK}Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(14)}\r\n`,
    'HPE_INVALID_CHUNK_SIZE',
  ],
  [
    'a chunk that is longer than its size',
    `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n`,
    'HPE_STRICT',
  ],
  [
    'an endless extension',
    `${OK}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(17_000)}`,
    'HPE_CHUNK_EXTENSIONS_OVERFLOW',
  ],
  [
    'a trailer that is no field',
    `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\nA b\r\n\r\n`,
    'HPE_INVALID_HEADER_TOKEN',
  ],
  [
    'endless trailers',
    `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\nA: ${'x'.repeat(70_000)}`,
    'HPE_HEADER_OVERFLOW',
  ],
  ['an endless head', `${OK}A: ${'x'.repeat(70_000)}`, 'HPE_HEADER_OVERFLOW'],
  ['a head that is too long', `${OK}A: ${'x'.repeat(65_536)}\r\n\r\n`, 'HPE_HEADER_OVERFLOW'],
];

for (const [title, text, code] of INVALID) {
  test(`an answer with ${title} is ${code}, in one part and in many`, (t) => {
    const step = text.length > 1000 ? 997 : 1;
    const bytes = latin1(text);
    const parts = Array.from({ length: Math.ceil(bytes.length / step) }, (_, at) =>
      bytes.subarray(at * step, (at + 1) * step),
    );
    for (const reading of [read([bytes]), read(parts)]) {
      t.is(reading.invalid, code);
      t.is(reading.trailers, null);
    }
  });
}

test('an answer to HEAD ends with its head, whatever it announces', (t) => {
  for (const framing of ['Content-Length: 500', 'Transfer-Encoding: chunked', 'X: y']) {
    t.like(readText(`${OK}${framing}\r\n\r\n`, true), {
      body: '',
      end: 'whole',
      excess: false,
      keepAlive: true,
    });
    t.like(readText(`${OK}${framing}\r\n\r\nbody`, true), { body: '', end: 'whole', excess: true });
  }
});

test('end says how much of an answer had been received', (t) => {
  t.is(readText('').end, 'nothing');
  for (const text of [
    'HT',
    OK,
    `${OK}Content-Length: 2\r\n\r\no`,
    `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n`,
  ])
    t.like(readText(text), { end: 'unfinished', trailers: null, invalid: null });
  t.is(readText('HTTP/1.1 103 H\r\n\r\n').end, 'unfinished');
});

test('a head may have 64 KiB', (t) => {
  const length = 65_536 - `${OK}A: \r\n\r\n`.length;
  t.is(readText(`${OK}A: ${'x'.repeat(length)}\r\n\r\n`).status, 200);
});

test('hostile heads cost no more than their length', (t) => {
  const started = performance.now();
  for (const text of [
    `${OK}A: ${' '.repeat(60_000)}b`,
    `${OK}A: b\r\n${' '.repeat(60_000)}\r\n c\r\n\r\n`,
    `${OK}Content-Length: ${'1,'.repeat(30_000)}\r\n\r\n`,
    `${'\r\n'.repeat(30_000)}`,
    `HTTP/1.1 200 ${' '.repeat(60_000)}\r\n\r\n`,
    `HTTP/1.1${' '.repeat(60_000)}x\r\n\r\n`,
  ])
    t.is(readText(text).body, '');
  t.true(performance.now() - started < 2000);
});
