import test from 'ava';
import { hashBytes } from '../../src/endpoints/hash-bytes.ts';

const bytes = (text: string) => Buffer.from(text);

test('a hash is that of its bytes and its seed, for ever: edges of different versions have to agree', (t) => {
  t.deepEqual(
    [
      hashBytes(bytes(''), 0),
      hashBytes(bytes('10.0.0.1:80'), 1),
      hashBytes(bytes('10.0.0.1:80'), 2),
      hashBytes(Uint8Array.of(192, 0, 2, 1), 3),
    ],
    [2872998923, 2563228107, 3392507354, 3736584731],
  );
});

test('every bit of a hash is as likely as not to change with any bit of an address', (t) => {
  const base = Uint8Array.of(10, 0, 0, 1);
  const changes = new Array<number>(32).fill(0);
  const trials = 32 * 256;
  for (let address = 0; address < 256; address++) {
    base[2] = address;
    const before = hashBytes(base, 3);
    for (let bit = 0; bit < 32; bit++) {
      const other = base.slice();
      other[bit >> 3]! ^= 1 << (bit & 7);
      const changed = before ^ hashBytes(other, 3);
      for (let of = 0; of < 32; of++) changes[of]! += (changed >>> of) & 1;
    }
  }
  for (const count of changes) t.true(Math.abs(count / trials - 0.5) < 0.05, `${changes}`);
});
