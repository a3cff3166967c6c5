import test from 'ava';
import fc from 'fast-check';
import { LineSplitter } from '../../../../src/discovery/kubernetes/transport/line-splitter.ts';

test('W11: however the bytes are cut, the lines are those that were sent', (t) => {
  const line = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => text.replaceAll('\n', ''));
  fc.assert(
    fc.property(fc.array(line), fc.infiniteStream(fc.integer({ min: 1, max: 7 })), (lines, sizes) => {
      const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''));
      const splitter = new LineSplitter(1000);
      const seen: string[] = [];
      for (let at = 0; at < bytes.length; ) {
        const size = sizes.next().value;
        t.true(splitter.push(bytes.subarray(at, at + size), (text) => seen.push(text) > 0));
        at += size;
      }
      const whole = Buffer.from(lines.join('\n')).toString('utf8').split('\n');
      t.deepEqual(
        seen,
        whole.filter((each) => each !== ''),
      );
      t.false(splitter.isWithinLine);
    }),
  );
});

test('W11: a line of the most bytes passes, one more does not, whether it ends or not', (t) => {
  const most = 'x'.repeat(10);
  const seen: string[] = [];
  const take = (text: string) => seen.push(text) > 0;
  t.true(new LineSplitter(10).push(Buffer.from(`${most}\n${most}\n`), take));
  t.deepEqual(seen, [most, most]);
  t.false(new LineSplitter(10).push(Buffer.from(`${most}x\n`), take));
  t.false(new LineSplitter(10).push(Buffer.from(`${most}x`), take));
  const splitter = new LineSplitter(10);
  t.true(splitter.push(Buffer.from(most), take));
  t.true(splitter.isWithinLine);
  t.false(splitter.push(Buffer.from('x'), take));
  t.is(seen.length, 2);
});

test('no line is handed out after one that was not wanted', (t) => {
  const seen: string[] = [];
  new LineSplitter(10).push(Buffer.from('a\nb\nc\n'), (text) => seen.push(text) < 2);
  t.deepEqual(seen, ['a', 'b']);
});

test('W11: a line that comes byte by byte holds none of the chunks that it came in', (t) => {
  const splitter = new LineSplitter(100);
  const lines: string[] = [];
  const chunk = Buffer.alloc(1);
  for (const byte of Buffer.from('a line\n')) {
    chunk[0] = byte;
    t.true(splitter.push(chunk, (line) => lines.push(line) > 0));
  }
  t.deepEqual(lines, ['a line']);
});
