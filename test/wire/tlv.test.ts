import test from 'ava';
import fc from 'fast-check';
import type { Header } from '../../src/wire/index.ts';
import { formatHeader, parseHeader } from '../../src/wire/index.ts';
import { findTlv, readTlvs, splitTlvs, TLV, tlvName } from '../../src/wire/tlv.ts';

function headerWith(
  tlvs: readonly { type: number; value: Uint8Array | string }[],
  version: 1 | 2 = 2,
): Header {
  const result = parseHeader(formatHeader({ version, tlvs }), { maxHeaderBytes: 65551 });
  if (result.status !== 'header') throw new Error(result.status);
  return result.header;
}

test('types have the numbers of the specification and of the vendors', (t) => {
  t.deepEqual<object, object>(TLV, {
    ALPN: 1,
    AUTHORITY: 2,
    CRC32C: 3,
    NOOP: 4,
    UNIQUE_ID: 5,
    SSL: 32,
    NETNS: 48,
    GCP_PSC_CONNECTION: 224,
    HERALD_ENDPOINT: 231,
    AWS_VPC_ENDPOINT: 234,
    AZURE_PRIVATE_LINK: 238,
  });
});

test('of all 256 types exactly the registered ones have a name whatever their value', (t) => {
  const named = [...Array(256).keys()].filter((type) => tlvName(type, new Uint8Array(0)) !== undefined);
  t.deepEqual(named, [TLV.ALPN, TLV.AUTHORITY, TLV.CRC32C, TLV.NOOP, TLV.UNIQUE_ID, TLV.SSL, TLV.NETNS]);
  t.is(tlvName(TLV.ALPN, Uint8Array.of(1)), 'ALPN');
});

for (const [hex, owner] of [
  ['01767063652d30386432', 'AWS_VPC_ENDPOINT'],
  ['0000000000000001', 'GCP_PSC_CONNECTION'],
  ['0178563412', 'AZURE_PRIVATE_LINK'],
  ['686572616c64010a0100050050', 'HERALD_ENDPOINT'],
  ['686572616c640120010db80000000000000000000000070050', 'HERALD_ENDPOINT'],
  ['686572616c64020a0100050050', undefined],
  ['686572616c65010a0100050050', undefined],
  ['686572616c64010a01000500', undefined],
  ['686572616c64010a010005005000', undefined],
  ['01767063652d', undefined],
  ['01767063', undefined],
  ['02767063652d30386432', undefined],
  ['011b5b', undefined],
  ['0178563', undefined],
  ['017856341200', undefined],
  ['0278563412', undefined],
  ['656467652d31', undefined],
  ['7370696666653a2f2f612f62', undefined],
] as const) {
  test(`a vendor's number with the value ${hex} is ${owner ?? "nobody's that we know"}, and no other number is named`, (t) => {
    const value = Buffer.from(hex, 'hex');
    const names = [...Array(32).keys()].map((at) => tlvName(0xd0 + at, value)).filter((name) => name);
    t.deepEqual(names, owner === undefined ? [] : [owner]);
  });
}

test('TLVs are read in order, with duplicates, as views', (t) => {
  const tlvs = [
    { type: 1, value: Uint8Array.of(1) },
    { type: 0xe4, value: new Uint8Array(0) },
    { type: 1, value: Uint8Array.of(2, 3) },
  ];
  const header = headerWith(tlvs);
  t.deepEqual(
    readTlvs(header).map(({ type, value }) => ({ type, value: new Uint8Array(value) })),
    tlvs,
  );
  t.true(readTlvs(header).every(({ value }) => value.buffer === header.bytes.buffer));
});

test('a look-up finds the first, and nothing where there is none', (t) => {
  const header = headerWith([
    { type: 4, value: Uint8Array.of(1, 0, 0) },
    { type: 1, value: 'first' },
    { type: 1, value: 'second' },
    { type: 2, value: '' },
  ]);
  t.is(Buffer.from(findTlv(header, 1) ?? []).toString(), 'first');
  t.is(findTlv(header, 2)?.length, 0);
  t.is(findTlv(header, 0), undefined);
  t.is(findTlv(header, 5), undefined);
});

test('a v1 line has no TLVs', (t) => {
  const header = headerWith([], 1);
  t.deepEqual(readTlvs(header), []);
  t.is(findTlv(header, 1), undefined);
});

test('bytes are TLVs only where they come out even', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(255), fc.uint8Array({ maxLength: 9 }))), fc.nat(3), (tlvs, lack) => {
      const bytes = Buffer.concat(
        tlvs.map(([type, value]) => Buffer.from([type, 0, value.length, ...value])),
      );
      const end = Math.max(0, bytes.length - lack);
      const ends = tlvs.map((_, i) =>
        tlvs.slice(0, i + 1).reduce((sum, [, value]) => sum + 3 + value.length, 0),
      );
      const count = end === 0 ? 0 : ends.indexOf(end) + 1;
      t.is(splitTlvs(bytes, 0, end)?.length, end === 0 || count > 0 ? count : undefined);
    }),
  );
});
