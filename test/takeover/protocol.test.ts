import test from 'ava';
import { LineBuffer } from '../../src/takeover/line-buffer.ts';
import {
  formatHello,
  formatRefusal,
  MOST_ANSWER_BYTES,
  MOST_HELLO_BYTES,
  parseCount,
  parseHello,
  parseRefusal,
} from '../../src/takeover/protocol.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('a hello is read back with its version, of any length that is allowed', (t) => {
  for (const version of [0, 1, 2, 999_999_999]) {
    const line = formatHello(version).trimEnd();
    t.true(line.length <= MOST_HELLO_BYTES);
    t.is(parseHello(line), version);
  }
});

test('anything else is no hello', (t) => {
  for (const line of ['', 'GET / HTTP/1.1', 'herald-take-over', 'herald-take-over 1 ', 'herald-take-over -1'])
    t.is(parseHello(line), null, line);
  t.is(parseHello('herald-take-over 1000000000'), null);
});

test('a refusal is one line, whatever its sentence is, and no longer than a line may be', (t) => {
  t.is(formatRefusal('no\r\nyours'), 'refused no yours\n');
  t.is(parseRefusal('refused no yours'), 'no yours');
  t.is(parseRefusal('yours'), null);
  for (const letter of ['x', 'ä', '€', '😀']) {
    const line = formatRefusal(letter.repeat(2000));
    t.true(Buffer.byteLength(line) <= MOST_ANSWER_BYTES + 1);
    t.false(line.includes('\ufffd'));
  }
});

test('a count stands behind its word, in decimal', (t) => {
  t.is(parseCount('manifest', 'manifest 0'), 0);
  t.is(parseCount('manifest', 'manifest 312'), 312);
  t.is(parseCount('descriptors', 'descriptors 253'), 253);
  for (const line of [
    'manifest',
    'manifest ',
    'manifest 01',
    'manifest -1',
    'manifest 1e3',
    'manifest 1234567890',
  ])
    t.is(parseCount('manifest', line), null, line);
  t.is(parseCount('descriptors', 'manifest 1'), null);
});

test('lines are the same, however their bytes are cut', (t) => {
  const stream = bytes('one\ntwo ä\n\nthree\n');
  for (let size = 1; size <= stream.length; size++) {
    const buffer = new LineBuffer(10);
    const lines: unknown[] = [];
    for (let at = 0; at < stream.length; at += size) {
      buffer.push(stream.subarray(at, at + size));
      for (let line = buffer.line(); line !== null; line = buffer.line()) lines.push(line);
    }
    t.deepEqual(lines, ['one', 'two ä', '', 'three']);
    t.is(buffer.length, 0);
  }
});

test('a line of just the limit is read, one byte more is too long, with its end or without', (t) => {
  for (const [text, expected] of [
    ['12345\n', '12345'],
    ['12345', null],
    ['123456\n', { problem: 'too_long' }],
    ['123456', { problem: 'too_long' }],
  ] as const) {
    const buffer = new LineBuffer(5);
    buffer.push(bytes(text));
    t.deepEqual(buffer.line(), expected, text);
  }
});

test('what follows a line is taken as bytes', (t) => {
  const buffer = new LineBuffer(10);
  buffer.push(bytes('line\nrest'));
  t.is(buffer.line(), 'line');
  t.deepEqual(Buffer.from(buffer.take(2)).toString(), 're');
  t.deepEqual(Buffer.from(buffer.take(9)).toString(), 'st');
  t.is(buffer.take(1).length, 0);
});
