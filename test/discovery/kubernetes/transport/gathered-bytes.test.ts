import test from 'ava';
import { GatheredBytes } from '../../../../src/discovery/kubernetes/transport/gathered-bytes.ts';

test('what was gathered is all that was added, in its order, and then nothing', (t) => {
  const bytes = new GatheredBytes();
  let expected = '';
  for (let length = 0; length < 200; length++) {
    const piece = String.fromCharCode(0x41 + (length % 26)).repeat(length);
    bytes.add(Buffer.from(piece));
    expected += piece;
  }
  t.is(bytes.length, expected.length);
  t.is(`${bytes.drain()}`, expected);
  t.is(bytes.length, 0);
  bytes.add(Buffer.from('more'));
  t.is(`${bytes.drain()}`, 'more');
});

test('what was taken is not written over, and a piece is not held', (t) => {
  const bytes = new GatheredBytes();
  const piece = Buffer.from('first');
  bytes.add(piece);
  piece.fill(0);
  const taken = bytes.drain();
  bytes.add(Buffer.from('other'));
  t.is(`${taken}`, 'first');
});
