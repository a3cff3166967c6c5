import test from 'ava';
import { describeFirstBytes } from '../../src/observe/decode-first-bytes.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const latin = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

const CASES: readonly [bytes: Uint8Array, line: string][] = [
  [latin('GET / HTTP/1.1\r\n'), 'no header'],
  [latin('PRO'), 'a header that needs at least 1 more byte'],
  [latin('PROXY UNKNOWN x\r\nrest'), 'v1 PROXY UNSPEC UNSPEC, 17 bytes'],
  [latin('PROXY  TCP4'), 'invalid: v1_separator at byte 6'],
  [hex(`${SIGNATURE}20000000`), 'v2 LOCAL UNSPEC UNSPEC, 16 bytes'],
  [
    hex(`${SIGNATURE}2111000c01020304050607080001ffff`),
    'v2 PROXY INET STREAM 1.2.3.4:1 -> 5.6.7.8:65535, 28 bytes',
  ],
  [
    hex(`${SIGNATURE}2111001e01020304050607080001ffff0400010002000161d00003782f79e5000100ea000101`),
    'v2 PROXY INET STREAM 1.2.3.4:1 -> 5.6.7.8:65535, AUTHORITY "a", 0xd0 "x/y", 46 bytes',
  ],
  [hex(`${SIGNATURE}3111`), 'invalid: v2_version at byte 12'],
  // A cap of a listener is not asked here: the header is just not whole.
  [hex(`${SIGNATURE}2111ffff`), 'a header that needs at least 65535 more bytes'],
];

for (const [bytes, line] of CASES) {
  test(`the first bytes are told as "${line}"`, (t) => t.is(describeFirstBytes(bytes, 'full'), line));
}

test('the paths of a unix header are escaped', (t) => {
  const block = Buffer.alloc(216);
  block.write('/tmp/\u001b[2J', 0);
  block.write('/run/b', 108);
  const bytes = Buffer.concat([hex(`${SIGNATURE}213100d8`), block]);
  t.is(
    describeFirstBytes(bytes, 'full'),
    'v2 PROXY UNIX STREAM unix:/tmp/\\x1b[2J -> unix:/run/b, 232 bytes',
  );
});

test('text of TLVs may say who the client is, and is told only where clients are', (t) => {
  const bytes = hex(`${SIGNATURE}2111001001020304050607080001ffff02000161`);
  t.is(describeFirstBytes(bytes, 'prefix'), 'v2 PROXY INET STREAM 1.2.3.0/24 -> 5.6.7.8:65535, 32 bytes');
  t.is(describeFirstBytes(bytes, 'none'), 'v2 PROXY INET STREAM, 32 bytes');
});
