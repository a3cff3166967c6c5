import test from 'ava';
import { wrapAfter, wrapText } from '../../src/tools/wrap-text.ts';

test('text is wrapped at words, and a longer word has a line of its own', (t) => {
  t.is(wrapText('one two three', 7), 'one two\nthree');
  t.is(wrapText('a overlong b', 4), 'a\noverlong\nb');
  t.is(wrapText('one two', 6, '  '), '  one\n  two');
});

test('further lines after a label begin below the text', (t) => {
  t.is(wrapAfter('who  ', 'one two three', 12), 'who  one two\n     three');
  t.is(wrapAfter('who  ', 'one two three', Number.POSITIVE_INFINITY), 'who  one two three');
});
