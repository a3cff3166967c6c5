import test from 'ava';
import fc from 'fast-check';
import type { HeaderDescription } from '../../src/wire/index.ts';
import { formatHeader, parseHeader, TLV } from '../../src/wire/index.ts';
import { arbitraryDescription } from './arbitrary-header.ts';
import { describeHeader } from './describe-header.ts';
import { bitwiseCrc32c, referenceHeader } from './reference-parser.ts';

const source = { address: '192.0.2.1', port: 1 };
const destination = { address: '198.51.100.9', port: 2 };

test('what was written is read as it was described', (t) => {
  fc.assert(
    fc.property(arbitraryDescription, (description) => {
      const bytes = formatHeader(description);
      const result = parseHeader(bytes, { maxHeaderBytes: 65551 });
      if (result.status !== 'header') return t.fail(JSON.stringify(result));
      t.is(result.length, bytes.length);
      const { source: from = null, destination: to = null, tlvs = [], crc32c = false } = description;
      const read = describeHeader(result.header)!;
      t.like(read, { version: description.version, command: description.command ?? 'PROXY', crc32c });
      t.is(read.transport, from === null ? undefined : (description.transport ?? 'STREAM'));
      t.deepEqual([read.source, read.destination], [from, to]);
      const plain = (all: HeaderDescription['tlvs']) =>
        all?.map(({ type, value }) => [type, ...Buffer.from(value as Uint8Array)]);
      return t.deepEqual(plain(read.tlvs), plain(tlvs));
    }),
    { numRuns: 3000 },
  );
});

test('an implementation that shares nothing with it reads the same', (t) => {
  fc.assert(
    fc.property(arbitraryDescription, (description) => {
      const header = referenceHeader(formatHeader(description), 65551);
      t.like(header, { version: description.version, source: description.source ?? null });
    }),
  );
});

test('the checksum is the last TLV, and covers the whole header', (t) => {
  const bytes = Buffer.from(
    formatHeader({ version: 2, source, destination, tlvs: [{ type: 1, value: 'h2' }], crc32c: true }),
  );
  t.is(bytes.toString('hex', 28, 36), '0100026832030004');
  t.is(bytes.readUInt32BE(36), bitwiseCrc32c(Buffer.from(bytes).fill(0, 36)));
  t.is(bytes.length, 40);
});

test('mixed families are both written as IPv6', (t) => {
  const mixed = { source, destination: { address: '2001:db8::1', port: 2 } };
  t.is(
    Buffer.from(formatHeader({ version: 1, ...mixed })).toString(),
    'PROXY TCP6 ::ffff:c000:201 2001:db8::1 1 2\r\n',
  );
  t.is(formatHeader({ version: 2, ...mixed })[13], 0x21);
});

test('the longest header has 65551 bytes', (t) => {
  const longest = formatHeader({ version: 2, tlvs: [{ type: 4, value: new Uint8Array(65532) }] });
  t.is(longest.length, 65551);
  t.is(parseHeader(longest, { maxHeaderBytes: 65551 }).status, 'header');
  const paths = { source: { path: '/a' }, destination: { path: '/b' } };
  t.is(
    formatHeader({ version: 2, ...paths, tlvs: [{ type: 4, value: new Uint8Array(65532 - 216) }] }).length,
    65551,
  );
});

test('the result is a Uint8Array of its own', (t) => {
  for (const version of [1, 2] as const) {
    const bytes = formatHeader({ version, source, destination });
    t.is(Object.getPrototypeOf(bytes), Uint8Array.prototype);
    t.is(bytes.buffer.byteLength, bytes.length);
  }
});

const impossible = (description: unknown) => () => formatHeader(description as HeaderDescription);

for (const [description, name, message] of [
  [
    { version: 2, tlvs: [{ type: -1, value: '' }] },
    'RangeError',
    'a TLV type is an integer from 0 to 255, got -1',
  ],
  [
    { version: 2, tlvs: [{ type: 1.5, value: '' }] },
    'RangeError',
    'a TLV type is an integer from 0 to 255, got 1.5',
  ],
  [{ version: 3 }, 'RangeError', 'version must be 1 or 2, got 3'],
  [{ version: 2, source }, 'TypeError', 'a header names both source and destination, or neither'],
  [{ version: 2, destination }, 'TypeError', 'a header names both source and destination, or neither'],
  [
    { version: 2, source, destination: { path: '/a' } },
    'TypeError',
    'source and destination must both be IP addresses or both be unix paths',
  ],
  [
    { version: 2, source: { address: 'example.com', port: 1 }, destination },
    'RangeError',
    'not an IP address: "example.com"',
  ],
  [
    { version: 2, source, destination: { address: '1.2.3.04', port: 1 } },
    'RangeError',
    'not an IP address: "1.2.3.04"',
  ],
  [
    { version: 1, source: { address: '1.2.3.4', port: 65536 }, destination },
    'RangeError',
    'a port is an integer from 0 to 65535, got 65536',
  ],
  [
    { version: 1, source, destination: { address: '1.2.3.4', port: 1.5 } },
    'RangeError',
    'a port is an integer from 0 to 65535, got 1.5',
  ],
  [
    { version: 1, source: { address: '1.2.3.4', port: -1 }, destination },
    'RangeError',
    'a port is an integer from 0 to 65535, got -1',
  ],
  [
    { version: 2, source: { path: 'a'.repeat(109) }, destination: { path: '' } },
    'RangeError',
    'a unix path has at most 108 bytes, got 109',
  ],
  [
    { version: 2, source: { path: 'a\0b' }, destination: { path: '' } },
    'RangeError',
    'a unix path must not contain a NUL',
  ],
  [{ version: 2, command: 'LOCAL', source, destination }, 'RangeError', 'LOCAL takes no addresses'],
  [{ version: 2, command: 'BIND' }, 'RangeError', 'no such command: BIND'],
  [{ version: 2, transport: 'UNSPEC' }, 'RangeError', 'no such transport: UNSPEC'],
  [
    { version: 2, tlvs: [{ type: 256, value: '' }] },
    'RangeError',
    'a TLV type is an integer from 0 to 255, got 256',
  ],
  [
    { version: 2, tlvs: [{ type: TLV.CRC32C, value: '' }] },
    'TypeError',
    'a CRC32C is computed; use `crc32c: true`',
  ],
  [
    { version: 2, tlvs: [{ type: 5, value: 'i'.repeat(129) }] },
    'RangeError',
    'a UNIQUE_ID has at most 128 bytes, got 129',
  ],
  [
    { version: 2, tlvs: [{ type: 4, value: new Uint8Array(65533) }] },
    'RangeError',
    'a TLV has at most 65532 bytes, got 65533',
  ],
  [
    { version: 2, source, destination, tlvs: [{ type: 4, value: new Uint8Array(65521) }] },
    'RangeError',
    'a v2 header has at most 65551 bytes',
  ],
  [{ version: 1, command: 'LOCAL' }, 'RangeError', 'v1 has no command LOCAL'],
  [{ version: 1, source, destination, transport: 'DGRAM' }, 'RangeError', 'v1 carries TCP only, not DGRAM'],
  [
    { version: 1, source: { path: '/a' }, destination: { path: '/b' } },
    'RangeError',
    'v1 carries TCP only, not unix paths',
  ],
  [
    { version: 1, source, destination, tlvs: [{ type: 1, value: 'h2' }] },
    'RangeError',
    'v1 has no TLVs and no CRC32C',
  ],
  [{ version: 1, crc32c: true }, 'RangeError', 'v1 has no TLVs and no CRC32C'],
] as const) {
  test(`${JSON.stringify(description).slice(0, 120)} is impossible: ${message}`, (t) => {
    t.throws(impossible(description), { name, message });
  });
}
