import test from 'ava';
import { createHashKey, type HashKey, SipHash } from '../../src/shared-memory/sip-hash.ts';

/** What CPython's hash of bytes, which is SipHash-1-3 as well, gives of these words in little-endian order. */
const VECTORS: readonly (readonly [
  key: HashKey,
  words: readonly [number, number, number, number, number],
  high: number,
  low: number,
])[] = [
  [
    [0x00000000, 0x00000000, 0x00000000, 0x00000000],
    [0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000],
    0x24de1cc7,
    0x95c400b0,
  ],
  [
    [0x00000000, 0x00000000, 0x00000000, 0x00000000],
    [0x00000000, 0x00000000, 0x0000ffff, 0x0a000001, 0x00000001],
    0x9d840e5b,
    0xcb77d1df,
  ],
  [
    [0x00000000, 0x00000000, 0x00000000, 0x00000000],
    [0x20010db8, 0x00000000, 0x00000000, 0x00000001, 0x00000002],
    0xf4734ab5,
    0x6f8d9067,
  ],
  [
    [0x84be2329, 0xaed66ce1, 0xf1499052, 0xebe9bbf1],
    [0x00000000, 0x00000000, 0x0000ffff, 0x0a000001, 0x00000001],
    0x61f620bc,
    0xdc175c08,
  ],
  [
    [0x84be2329, 0xaed66ce1, 0xf1499052, 0xebe9bbf1],
    [0x20010db8, 0x00000000, 0x00000000, 0x00000001, 0x00000002],
    0xe8d1236e,
    0x8b7e273e,
  ],
  [
    [0x84be2329, 0xaed66ce1, 0xf1499052, 0xebe9bbf1],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    0x5395a22d,
    0x66077041,
  ],
  [
    [0x6dc3dca0, 0x25556dc4, 0xd06f6c90, 0xfc3ee4db],
    [0x20010db8, 0x00000000, 0x00000000, 0x00000001, 0x00000002],
    0xe316e6e8,
    0x05d3da19,
  ],
  [
    [0x6dc3dca0, 0x25556dc4, 0xd06f6c90, 0xfc3ee4db],
    [0x01020304, 0x05060708, 0x090a0b0c, 0x0d0e0f10, 0x11121314],
    0x955f1052,
    0x27abc0ad,
  ],
];

test('it is SipHash-1-3 of twenty bytes', (t) => {
  t.true(VECTORS.length > 0);
  for (const [key, words, high, low] of VECTORS) {
    const hash = new SipHash(key);
    t.is(hash.hash(...words) >>> 0, low);
    t.is(hash.high >>> 0, high);
    // Nothing of one message is left for the next.
    t.is(hash.hash(...words) >>> 0, low);
  }
});

test('each bit of the key and of the message counts', (t) => {
  const zero: readonly [number, number, number, number] = [0, 0, 0, 0];
  const seen = new Set<string>();
  const take = (key: HashKey, words: readonly number[]) => {
    const hash = new SipHash(key);
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = words;
    seen.add(`${hash.hash(a, b, c, d, e)} ${hash.high}`);
  };
  take(zero, []);
  for (let bit = 0; bit < 128; bit++) {
    const key = zero.map((_, word) => (word === bit >> 5 ? 1 << (bit & 31) : 0));
    take(key as unknown as HashKey, []);
  }
  for (let bit = 0; bit < 160; bit++) {
    take(
      zero,
      Array.from({ length: 5 }, (_, word) => (word === bit >> 5 ? 1 << (bit & 31) : 0)),
    );
  }
  t.is(seen.size, 1 + 128 + 160);
});

test('a key of its own is made for each process', (t) => {
  t.notDeepEqual(createHashKey(), createHashKey());
});
