import test from 'ava';
import fc from 'fast-check';
import { listSome, quoteText } from '../../src/discovery/quote-text.ts';

test('text is quoted, and what could forge a line of a log is escaped', (t) => {
  t.is(quoteText('a "b" \\ c'), '"a \\"b\\" \\\\ c"');
  t.is(quoteText('a\nb\u001b[2J\u202e\u009b'), '"a\\u000ab\\u001b[2J\\u202e\\u009b"');
});

test('whatever the text, what is shown is short, and printable ASCII but for the sign that it was cut', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      const result = quoteText(text);
      t.regex(result, /^"[\x20-\x7e]*…?"$/);
      t.true(result.length <= 200 * 6 + 3);
    }),
  );
});

test('of a long list the first eight are shown, and how many there are besides', (t) => {
  t.is(listSome(['a', 'b']), 'a, b');
  t.is(listSome([...'abcdefgh']), 'a, b, c, d, e, f, g, h');
  t.is(listSome([...'abcdefghij']), 'a, b, c, d, e, f, g, h and 2 more');
});
