import test from 'ava';
import fc from 'fast-check';
import { escapeText } from '../../src/wire/escape-text.ts';

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

for (const [text, expected] of [
  ['example.com', 'example.com'],
  ['b\u00fccher \u4e2d\u6587 \ud83d\ude00', 'b\u00fccher \u4e2d\u6587 \ud83d\ude00'],
  ['a b', 'a b'],
  ['\u0e01\uffe6\u{10348}', '\u0e01\uffe6\u{10348}'],
  ['\r\n\t', '\\x0d\\x0a\\x09'],
  ['\0\x1b\x7f', '\\x00\\x1b\\x7f'],
  ['\u0080\u009b', '\\u{80}\\u{9b}'],
  ['\u202e\u2066\u200f\u061c', '\\u{202e}\\u{2066}\\u{200f}\\u{61c}'],
  ['\u2028\u2029', '\\u{2028}\\u{2029}'],
  ['\u00a0\u3000', '\\u{a0}\\u{3000}'],
  ['\u200b\u200d\ufeff', '\\u{200b}\\u{200d}\\u{feff}'],
  ['\u{e0041}', '\\u{e0041}'],
  ['\u3164\u115f\ufe0f', '\\u{3164}\\u{115f}\\u{fe0f}'],
  ['e\u0301', 'e\u0301'],
  ['\\x1b', '\\\\x1b'],
  ['"', '"'],
] as const) {
  test(`${JSON.stringify(text)} is shown as ${JSON.stringify(expected)}`, (t) => {
    t.is(escapeText(text, 100), expected);
    t.is(escapeText(Buffer.from(text), 100), expected);
  });
}

test('a lone surrogate of a string is escaped', (t) => {
  t.is(escapeText('a\ud83db', 100), 'a\\u{d83d}b');
});

test('bytes that are no UTF-8 are shown one by one', (t) => {
  const hex = (text: string) => escapeText(Buffer.from(text, 'hex'), 100);
  t.is(hex('61ff62'), 'a\\xffb');
  t.is(hex('c3'), '\\xc3');
  t.is(hex('c328'), '\\xc3(');
  t.is(hex('c080'), '\\xc0\\x80');
  t.is(hex('eda080'), '\\xed\\xa0\\x80');
  t.is(hex('f09f98'), '\\xf0\\x9f\\x98');
  t.is(hex('f4908080'), '\\xf4\\x90\\x80\\x80');
  t.is(hex('efbfbd'), '\\xef\\xbf\\xbd');
  t.is(hex('e282ac'), '\u20ac');
});

test('every single byte is one printable piece', (t) => {
  for (let byte = 0; byte < 256; byte++) {
    const shown = escapeText(Uint8Array.of(byte), 100);
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
    t.is(
      shown,
      isPlain
        ? String.fromCharCode(byte)
        : byte === 0x5c
          ? '\\\\'
          : `\\x${byte.toString(16).padStart(2, '0')}`,
    );
  }
});

test('a view is read from where it begins', (t) => {
  t.is(escapeText(Buffer.from('xxabc').subarray(2, 4), 100), 'ab');
});

test('nothing unsafe comes through, nothing longer than asked, and nothing throws', (t) => {
  const text = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 40 }).map((it) => Buffer.from(it)),
  );
  fc.assert(
    fc.property(text, fc.nat(60), (it, maxChars) => {
      const line = escapeText(it, maxChars);
      t.false(UNSAFE.test(line), line);
      t.true(line.length <= maxChars);
    }),
    { numRuns: 5000 },
  );
});

test('what was shown in full tells what it was', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const shown = escapeText(bytes, 1000).replace(/\\(\\|x..|u\{[^}]+\})/g, (_, it: string) =>
        it === '\\'
          ? '\\'
          : it[0] === 'x'
            ? `\0${it.slice(1)}`
            : String.fromCodePoint(Number.parseInt(it.slice(2), 16)),
      );
      const again = shown
        .split(/(\0..)/)
        .map((it) => (it[0] === '\0' ? Buffer.from(it.slice(1), 'hex') : Buffer.from(it)));
      t.deepEqual(new Uint8Array(Buffer.concat(again)), bytes);
    }),
    { numRuns: 5000 },
  );
});

test('what is left off is said with an ellipsis, and no escape is cut', (t) => {
  t.is(escapeText('abcdef', 6), 'abcdef');
  t.is(escapeText('abcdefg', 6), 'abcde\u2026');
  t.is(escapeText('a\x1bb', 5), 'a\u2026');
  t.is(escapeText('a\x1bb', 6), 'a\\x1bb');
  t.is(escapeText('\ud83d\ude00\ud83d\ude00', 3), '\ud83d\ude00\u2026');
  t.is(escapeText('ab', 1), '\u2026');
  t.is(escapeText('a', 1), 'a');
  t.is(escapeText('a', 0), '');
  t.is(escapeText('', 0), '');
});

test('a long text costs no more than what is shown of it', (t) => {
  const text = Buffer.alloc(50_000_000, 'a');
  const before = process.hrtime.bigint();
  t.is(escapeText(text, 10).length, 10);
  t.true(process.hrtime.bigint() - before < 1_000_000_000n);
});
