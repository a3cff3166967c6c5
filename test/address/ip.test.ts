import { isIPv4, isIPv6 } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import { formatIp, parseIp, writeIp } from '../../src/address/ip.ts';

/** Text similar to addresses: every kind of character that an address may contain, and some that none may. */
const nearlyAnAddress = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.string({ unit: fc.constantFrom(...'0125af:.'), maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEFg:.% -+x/\u0131\u0661'), maxLength: 46 }),
  fc
    .tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(45), fc.constantFrom(...'019af:.% ', '', '::', '.0', ':0'))
    .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at + 1)),
);

/** RFC 5952 by the URL parser, which shares nothing with ours. */
function canonical(text: string): string {
  return text.includes(':') ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
}

test('what is an address agrees with node:net, without zones', (t) => {
  let addresses = 0;
  fc.assert(
    fc.property(nearlyAnAddress, (text) => {
      const expected = isIPv4(text) ? 4 : isIPv6(text) && !text.includes('%') ? 16 : undefined;
      if (expected !== undefined) addresses++;
      t.is(parseIp(text)?.length, expected, text);
    }),
    { numRuns: 20_000 },
  );
  t.true(addresses > 2000);
});

test('the canonical text agrees with the URL parser', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const ip = parseIp(text);
      t.is(ip && formatIp(ip), canonical(text));
    }),
    { numRuns: 5000 },
  );
});

test('every address comes through text unchanged', (t) => {
  // Many zeros, because they decide the form of IPv6 text.
  const byte = fc.oneof(fc.constant(0), fc.nat(255));
  const ip = fc.oneof(
    fc.array(byte, { minLength: 4, maxLength: 4 }),
    fc.array(byte, { minLength: 16, maxLength: 16 }),
  );
  fc.assert(
    fc.property(ip, (bytes) => t.deepEqual([...(parseIp(formatIp(Uint8Array.from(bytes))) ?? [])], bytes)),
    { numRuns: 5000 },
  );
});

for (const [text, expected] of [
  ['2001:DB8::1', '2001:db8::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['1:0:0:0:0:0:0:0', '1::'],
  ['::ffff:192.0.2.1', '::ffff:c000:201'],
  ['::1.2.3.4', '::102:304'],
] as const) {
  test(`${text} is written as ${expected}`, (t) => {
    const ip = parseIp(text);
    t.is(ip && formatIp(ip), expected);
  });
}

test('a text longer than any address is refused without being read', (t) => {
  t.is(parseIp(`${'0000:'.repeat(6)}255.255.255.2550`), undefined);
  t.is(parseIp('1'.repeat(1_000_000)), undefined);
  t.is(parseIp(''), undefined);
});

test('characters beyond ASCII are no digits, whatever their low byte', (t) => {
  t.is(parseIp('\u0131.2.3.4'), undefined);
  t.is(parseIp('1.2.3.\u0134'), undefined);
  t.is(parseIp('::\u0131'), undefined);
});

test('an address is read where it stands in a buffer', (t) => {
  const bytes = Uint8Array.from([9, 9, 192, 0, 2, 1, ...new Array(15).fill(0), 1]);
  t.is(formatIp(bytes, 2, 4), '192.0.2.1');
  t.is(formatIp(bytes, 6, 16), '::1');
  t.is(formatIp(bytes.subarray(2, 6)), '192.0.2.1');
});

test('writing returns the number of bytes and touches no other', (t) => {
  const target = new Uint8Array(60).fill(0xee);
  const length = writeIp(target, 3, new Uint8Array(16).fill(0xff), 0, 16);
  t.is(length, 39);
  t.is(Buffer.from(target.subarray(3, 42)).toString(), 'ffff:'.repeat(7).concat('ffff'));
  t.true([...target.subarray(0, 3), ...target.subarray(42)].every((byte) => byte === 0xee));
});

test('an address that was parsed stays when the next one is', (t) => {
  const one = parseIp('192.0.2.1');
  parseIp('198.51.100.1');
  t.deepEqual(one, Uint8Array.from([192, 0, 2, 1]));
});
