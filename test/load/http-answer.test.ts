import test from 'ava';
import fc from 'fast-check';
import { type AnswerState, HttpAnswer } from '../../src/load/http-answer.ts';

interface Row {
  readonly name: string;
  readonly text: string;
  readonly status: number;
  readonly body: string;
  readonly closes?: true;
  /** It is complete only when the stream ends. */
  readonly toEnd?: true;
}

const ANSWERS: readonly Row[] = [
  {
    name: 'Content-Length',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    status: 200,
    body: 'hello',
  },
  {
    name: 'a length of nothing',
    text: 'HTTP/1.1 404 Not Found\r\ncontent-length:0\r\n\r\n',
    status: 404,
    body: '',
  },
  {
    name: 'a body that looks like an end of a head',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n\r\n\r\n\r\n\r\n',
    status: 200,
    body: '\r\n\r\n\r\n\r\n',
  },
  {
    name: 'chunks',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n,\r\nA\r\n 123456789\r\n0\r\n\r\n',
    status: 200,
    body: 'hello, 123456789',
  },
  {
    name: 'chunks with extensions and trailers, which count before a length',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3;a="b"\r\nabc\r\n00 \r\nX: y\r\nZ: \r\n\r\n',
    status: 200,
    body: 'abc',
  },
  { name: '204', text: 'HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n', status: 204, body: '' },
  { name: '304', text: 'HTTP/1.1 304 Not Modified\r\n\r\n', status: 304, body: '' },
  {
    name: 'an answer before the answer',
    text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok',
    status: 200,
    body: 'ok',
  },
  {
    name: 'Connection: close',
    text: 'HTTP/1.1 503 Busy\r\nConnection: Close\r\nContent-Length: 4\r\n\r\nlate',
    status: 503,
    body: 'late',
    closes: true,
  },
  {
    name: 'a body up to the end of the stream',
    text: 'HTTP/1.1 200 OK\r\n\r\nall of it',
    status: 200,
    body: 'all of it',
    closes: true,
    toEnd: true,
  },
  {
    name: 'HTTP/1.0, which closes unless it says otherwise',
    text: 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx',
    status: 200,
    body: 'x',
    closes: true,
  },
  {
    name: 'HTTP/1.0 that says otherwise',
    text: 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx',
    status: 200,
    body: 'x',
  },
];

/** Feeds the pieces, each in a buffer with older bytes behind it; returns the last state. */
function feed(answer: HttpAnswer, pieces: readonly Buffer[]): AnswerState {
  let state: AnswerState = 'more';
  for (const piece of pieces.filter(({ length }) => length > 0)) {
    const stale = Buffer.concat([piece, Buffer.from('\r\n\r\nHTTP/1.1 500 Stale\r\n\r\n')]);
    state = answer.read(stale, piece.length);
    if (state === 'broken') return state;
  }
  return state;
}

for (const { name, text, status, body, closes = false, toEnd = false } of ANSWERS) {
  test(`${name} is framed the same, wherever it is split`, (t) => {
    const bytes = Buffer.from(text);
    const answer = new HttpAnswer(true);
    const check = (pieces: readonly Buffer[]) => {
      answer.reset();
      const state = feed(answer, pieces);
      t.is(toEnd ? answer.end() : state, 'whole');
      if (toEnd) t.is(state, 'more');
      t.deepEqual([answer.status, answer.body, answer.closes], [status, body, closes]);
    };
    for (let at = 0; at <= bytes.length; at++) check([bytes.subarray(0, at), bytes.subarray(at)]);
    check([...bytes].map((byte) => Buffer.of(byte)));
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 6 }), (cuts) => {
        const places = [0, ...cuts, bytes.length].sort((a, b) => a - b);
        check(places.slice(1).map((end, index) => bytes.subarray(places[index]!, end)));
      }),
      { numRuns: 30 },
    );
  });

  if (!toEnd) {
    test(`${name}: it is not whole one byte before its end, and no byte may follow`, (t) => {
      const bytes = Buffer.from(text);
      t.is(feed(new HttpAnswer(false), [bytes.subarray(0, -1)]), 'more');
      t.is(feed(new HttpAnswer(false), [Buffer.concat([bytes, Buffer.from('H')])]), 'broken');
    });
  }
}

const BROKEN = [
  'SSH-2.0-OpenSSH\r\n\r\n',
  'HTTP/2 200\r\n\r\n',
  'HTTP/1.1 2x0 OK\r\n\r\n',
  'HTTP/1.1 2000 OK\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\nab',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\rx',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;\n',
];

for (const text of BROKEN) {
  test(`${JSON.stringify(text)} is no answer, wherever it is split`, (t) => {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at++) {
      t.is(feed(new HttpAnswer(false), [bytes.subarray(0, at), bytes.subarray(at)]), 'broken');
    }
  });
}

test('what can not begin a head is no answer before a head is whole', (t) => {
  for (const text of ['SSH-2.0-', '\x15\x03\x01', 'HTTP/2', 'h']) {
    const answer = new HttpAnswer(false);
    t.is(feed(answer, [Buffer.from(text, 'latin1')]), 'broken', text);
  }
});

test('of a body that does not end no more is kept than a beginning', (t) => {
  const answer = new HttpAnswer(true);
  t.is(feed(answer, [Buffer.from('HTTP/1.1 200 OK\r\n\r\n')]), 'more');
  for (let mebibytes = 0; mebibytes < 4; mebibytes++) {
    for (let piece = 0; piece < 16; piece++) answer.read(Buffer.alloc(65_536, 'x'), 65_536);
  }
  t.is(answer.body.length, 256 * 1024);
  answer.reset();
  t.is(answer.body, '');
});

test('a head without end is given up', (t) => {
  const answer = new HttpAnswer(false);
  const line = Buffer.from(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(40_000)}`);
  t.is(answer.read(line, line.length), 'more');
  t.is(answer.read(line, line.length), 'broken');
});

test('a stream that ends within a head, a length or a chunk is broken', (t) => {
  for (const text of [
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  ]) {
    const answer = new HttpAnswer(false);
    t.is(feed(answer, [Buffer.from(text)]), 'more');
    t.is(answer.end(), 'broken');
  }
});

test('nothing throws, whatever comes', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 40 })),
      fc.constantFrom(...ANSWERS),
      (noise, { text }) => {
        const answer = new HttpAnswer(true);
        feed(answer, [
          Buffer.from(text.slice(0, noise.length * 7)),
          ...noise.map((each) => Buffer.from(each)),
        ]);
      },
    ),
  );
  t.pass();
});
