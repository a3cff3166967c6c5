import test from 'ava';
import fc from 'fast-check';
import { inspectBytes, parseHexLine } from '../../src/tools/inspect.ts';
import { formatInspection } from '../../src/tools/inspect-text.ts';
import { formatHeader } from '../../src/wire/index.ts';
import { loadVectors } from '../vectors/load-vectors.ts';
import { arbitraryBytes } from '../wire/arbitrary-header.ts';

/** Characters that must never reach a terminal. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const source = { address: '192.0.2.1', port: 56324 };
const destination = { address: '198.51.100.9', port: 443 };

test('a header is described in the shape and order of the manual', (t) => {
  const header = formatHeader({
    version: 2,
    source,
    destination,
    tlvs: [
      { type: 0xea, value: '\x01vpce-08d2bf15fac5001c9' },
      { type: 0x50, value: '' },
    ],
  });
  const json = JSON.stringify(inspectBytes(Buffer.concat([header, Buffer.from('GET')])));
  t.is(
    json,
    '{"status":"header","version":2,"command":"PROXY","family":"INET","transport":"STREAM",' +
      '"source":{"address":"192.0.2.1","port":56324},"destination":{"address":"198.51.100.9","port":443},' +
      '"tlvs":[{"type":234,"name":"AWS_VPC_ENDPOINT","value":"01767063652d30386432626631356661633530303163' +
      '39","text":"vpce-08d2bf15fac5001c9"},{"type":80,"value":""}],"length":57,"payload":"474554"}',
  );
});

test('the other verdicts are data too', (t) => {
  t.is(JSON.stringify(inspectBytes(Buffer.from('PROXY '))), '{"status":"incomplete","need":1}');
  t.is(JSON.stringify(inspectBytes(Buffer.from('GET '))), '{"status":"absent"}');
  t.is(
    JSON.stringify(inspectBytes(Buffer.from('0d0a0d0a000d0a515549540a2151', 'hex'))),
    '{"status":"invalid","code":"v2_family","at":13}',
  );
});

test('the longest header that there is can be looked at', (t) => {
  const bytes = formatHeader({ version: 2, tlvs: [{ type: 4, value: new Uint8Array(65532) }] });
  t.like(inspectBytes(bytes), { status: 'header', length: 65551, payload: '' });
});

test('whatever the bytes, the result is JSON and its text safe for a terminal', (t) => {
  const check = (bytes: Uint8Array) => {
    const result = inspectBytes(bytes);
    t.deepEqual<object, object>(JSON.parse(JSON.stringify(result)) as object, result);
    t.false(UNSAFE.test(formatInspection(result).replaceAll('\n', '')));
    t.false(UNSAFE.test(JSON.stringify(result)));
  };
  for (const { bytes } of loadVectors()) check(bytes);
  fc.assert(fc.property(arbitraryBytes, check), { numRuns: 2000 });
});

for (const [line, hex] of [
  ['0d0a0d0a', '0d0a0d0a'],
  ['0D0A0d0A', '0d0a0d0a'],
  ['0d 0a 0d 0a', '0d0a0d0a'],
  ['  0d0a\t0d0a \r', '0d0a0d0a'],
  ['0d:0a:0d:0a', '0d0a0d0a'],
  ['0x0d0a0d0a', '0d0a0d0a'],
  ['0x0d, 0x0A, 0X0d, 0x0a', '0d0a0d0a'],
  ['', ''],
  ['0x', ''],
] as const) {
  test(`${JSON.stringify(line)} is a line of hexadecimal`, (t) => {
    const bytes = parseHexLine(line);
    t.true(bytes instanceof Uint8Array && Buffer.from(bytes).toString('hex') === hex);
  });
}

for (const [line, problem] of [
  ['0d0', 'expected two hexadecimal digits a byte, got an odd number in "0d0"'],
  ['0d 0 a0', 'expected two hexadecimal digits a byte, got an odd number in "0"'],
  ['0d0g', 'expected hexadecimal digits, got "g" in "0d0g"'],
  ['PROXY TCP4', 'expected hexadecimal digits, got "P" in "PROXY"'],
  ['0d\u202e', 'expected hexadecimal digits, got "\\u{202e}" in "0d\\u{202e}"'],
  ['00x0', 'expected hexadecimal digits, got "x" in "00x0"'],
  [`${'0'.repeat(40)}z`, 'expected hexadecimal digits, got "z" in "0000000000000000000\u2026"'],
] as const) {
  test(`${JSON.stringify(line.slice(0, 20))} is no line of hexadecimal`, (t) => {
    t.deepEqual<object, object>(parseHexLine(line), { problem });
  });
}

test('bytes come through hexadecimal unchanged', (t) => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      t.deepEqual<unknown, unknown>(parseHexLine(Buffer.from(bytes).toString('hex')), bytes);
    }),
  );
});

test('a header is readable text', (t) => {
  const ssl = Buffer.from('03000000002100 07544c5376312e33 22000178'.replaceAll(' ', ''), 'hex');
  const header = formatHeader({
    version: 2,
    source: { address: '2001:db8::1', port: 1 },
    destination: { address: '2001:db8::2', port: 2 },
    tlvs: [
      { type: 1, value: 'h2' },
      { type: 0x20, value: ssl },
      { type: 0x20, value: 'x' },
      { type: 0x50, value: Uint8Array.of(1, 0xff) },
      { type: 0xe5, value: 'edge-1' },
      { type: 0xea, value: '\x01vpce-08d2' },
      { type: 4, value: '' },
    ],
  });
  t.is(
    formatInspection(inspectBytes(Buffer.concat([header, Buffer.from('GET /\r\n')]))),
    `header       v2 PROXY INET6 STREAM, 113 bytes
source       [2001:db8::1]:1
destination  [2001:db8::2]:2
TLV 0x01     ALPN: h2
TLV 0x20     SSL: client 3, ssl true, certConn true, certSess false, verify 0, verified true, version TLSv1.3, cn x
TLV 0x20     SSL: malformed, 1 byte 78
TLV 0x50     unknown type: 2 bytes 01ff
TLV 0xe5     unknown type: "edge-1", 6 bytes 656467652d31
TLV 0xea     AWS_VPC_ENDPOINT: vpce-08d2
TLV 0x04     NOOP: 0 bytes
payload      7 bytes: GET /\\x0d\\x0a`,
  );
});

test('a header without addresses says whose are used', (t) => {
  t.is(
    formatInspection(inspectBytes(formatHeader({ version: 1 }))),
    `header       v1 PROXY UNSPEC UNSPEC, 15 bytes
source       none, the connection's own is used
destination  none, the connection's own is used
payload      none`,
  );
});

test('a unix header shows its paths', (t) => {
  const header = formatHeader({ version: 2, source: { path: '/a\x1b' }, destination: { path: '/b' } });
  t.regex(formatInspection(inspectBytes(header)), /^source {7}unix:\/a\\x1b$\n^destination {2}unix:\/b$/m);
});

for (const [hex, expected] of [
  ['50', 'incomplete: at least 1 further byte needed'],
  ['0d0a0d0a000d0a515549540a2100000a00', 'incomplete: at least 9 further bytes needed'],
  ['00', 'absent: neither a v1 nor a v2 header begins here'],
  ['0d0a0d0a000d0a515549540a2151', 'invalid: v2_family at byte 13: the address family is not assigned'],
] as const) {
  test(`${hex} is ${expected}`, (t) =>
    t.is(formatInspection(inspectBytes(Buffer.from(hex, 'hex'))), expected));
}
