import test from 'ava';
import fc from 'fast-check';
import { crc32c, crc32cWithZeros } from '../../src/wire/crc32c.ts';
import { bitwiseCrc32c } from './reference-parser.ts';

// RFC 3720 B.4; the last is the check value of the CRC catalogue. (The RFC prints its bytes little-endian.)
for (const [name, bytes, expected] of [
  ['32 bytes of zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['32 bytes that rise', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['32 bytes that fall', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  [
    'an iSCSI SCSI Read (10) command',
    Buffer.from(
      '01c000000000000000000000000000001400000000000400000000140000001828000000000000000200000000000000',
      'hex',
    ),
    0xd9963a56,
  ],
  ['no bytes', new Uint8Array(0), 0],
  ['123456789', Buffer.from('123456789'), 0xe3069283],
] as const) {
  test(`the CRC32c of ${name} is 0x${expected.toString(16)}`, (t) => t.is(crc32c(bytes), expected));
}

test('a table gives what bit by bit gives, for any part of the bytes', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), fc.nat(300), (bytes, a, b) => {
      const [start, end] = [Math.min(a, b, bytes.length), Math.min(Math.max(a, b), bytes.length)];
      t.is(crc32c(bytes, start, end), bitwiseCrc32c(bytes.subarray(start, end)));
    }),
  );
});

test('four bytes are taken for zeros without being touched', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 100 }), fc.nat(96), (bytes, place) => {
      const at = place % (bytes.length - 3);
      const before = bytes.slice();
      t.is(crc32cWithZeros(bytes, 0, at, bytes.length), bitwiseCrc32c(before.slice().fill(0, at, at + 4)));
      t.deepEqual(bytes, before);
    }),
  );
});
