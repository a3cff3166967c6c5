import test from 'ava';
import { headerlessClient } from '../../src/session/client.ts';
import { crc32c } from '../../src/wire/crc32c.ts';
import type { TlvDescription } from '../../src/wire/format-header.ts';
import { readTlvs, TLV } from '../../src/wire/tlv.ts';
import { concat, DESTINATION_6, headerOf, latin, SOURCE_6, v1, v2 } from './headers.ts';
import { LOCAL, of, ownId, PEER, present, read } from './presenter-setup.ts';

const INCOMING: readonly TlvDescription[] = [
  { type: TLV.AUTHORITY, value: 'example.org' },
  { type: TLV.NOOP, value: 'padding' },
  { type: 0xe0, value: 'one' },
  { type: TLV.ALPN, value: 'h2' },
  { type: 0xe0, value: 'two' },
  { type: TLV.UNIQUE_ID, value: 'their-id' },
];
const CARRIER = of(v2({ tlvs: INCOMING, crc32c: true }));

const only = (...types: number[]) => INCOMING.filter(({ type }) => types.includes(type));

test('a TLV that is not listed is not passed on', (t) => {
  t.deepEqual(read({}, CARRIER).tlvs, []);
});

test('pass all keeps order and duplicates, and drops the checksum and the padding of the hop before', (t) => {
  t.deepEqual(
    read({ pass: 'all' }, CARRIER).tlvs,
    INCOMING.filter(({ type }) => type !== TLV.NOOP),
  );
});

test('the name of an endpoint is not passed on; other values of its type are', (t) => {
  const type = TLV.HERALD_ENDPOINT;
  const named = { type, value: 'herald\x01abcdef' };
  const others = { type, value: 'somebody else' };
  const carrier = of(v2({ tlvs: [named, others] }));
  t.deepEqual(read({ pass: 'all' }, carrier).tlvs, [others]);
  t.deepEqual(read({ pass: [type] }, carrier).tlvs, [others]);
});

test('a list passes what it names, in the order of the header', (t) => {
  t.deepEqual(read({ pass: [0xe0, TLV.AUTHORITY] }, CARRIER).tlvs, only(TLV.AUTHORITY, 0xe0));
  t.deepEqual(read({ pass: [0xe1] }, CARRIER).tlvs, []);
});

test('a list cannot pass on the checksum or padding', (t) => {
  t.deepEqual(read({ pass: [TLV.CRC32C, TLV.NOOP, TLV.ALPN] }, CARRIER).tlvs, only(TLV.ALPN));
});

test('TLVs of a LOCAL header are not passed on', (t) => {
  const local = of(v2({ command: 'LOCAL', tlvs: [{ type: TLV.AUTHORITY, value: 'a' }] }));
  const bytes = present({ pass: 'all', crc32c: true, uniqueId: true }, local) as Uint8Array;
  t.is(bytes.length, 16);
});

test('fixed TLVs are added behind those that are passed, in their order', (t) => {
  const add = [
    { type: 0xe4, value: latin('edge-1') },
    { type: 0xe5, value: latin('') },
    { type: 0xe4, value: latin('again') },
  ];
  const added = add.map(({ type, value }) => ({ type, value: Buffer.from(value).toString() }));
  t.deepEqual(read({ pass: [0xe0], add }, CARRIER).tlvs, [...only(0xe0), ...added] as typeof added);
  t.deepEqual(read({ add }, headerlessClient(PEER, LOCAL)).tlvs, added);
  t.deepEqual(read({ add }, headerlessClient(null, null)).tlvs, added);
});

test('a fixed TLV replaces every one of its type that came, which a receiver would take first', (t) => {
  const add = [{ type: 0xe0, value: latin('ours') }];
  const ours = { type: 0xe0, value: 'ours' };
  t.deepEqual(read({ pass: 'all', add }, CARRIER).tlvs, [
    ...only(TLV.AUTHORITY, TLV.ALPN, TLV.UNIQUE_ID),
    ours,
  ] as typeof INCOMING);
  t.deepEqual(read({ pass: [0xe0], add }, CARRIER).tlvs, [ours]);
  t.deepEqual(read({ pass: [TLV.ALPN, 0xe0], add }, CARRIER).tlvs, [
    ...only(TLV.ALPN),
    ours,
  ] as typeof INCOMING);
  t.deepEqual(read({ pass: 'all', add }, of(v1())).tlvs, [ours]);
});

test('a fixed TLV replaces registered types as well, and padding is added as it is', (t) => {
  for (const type of [TLV.ALPN, TLV.AUTHORITY, TLV.SSL, TLV.NETNS]) {
    const client = of(
      v2({
        tlvs: [
          { type, value: 'theirs' },
          { type: 0xe1, value: 'x' },
        ],
      }),
    );
    t.deepEqual(read({ pass: 'all', add: [{ type, value: latin('ours') }] }, client).tlvs, [
      { type: 0xe1, value: 'x' },
      { type, value: 'ours' },
    ]);
  }
  const padding = { type: TLV.NOOP, value: latin('..') };
  const noop = { type: TLV.NOOP, value: '..' };
  t.deepEqual(read({ pass: 'all', add: [padding, padding] }, CARRIER).tlvs, [
    ...INCOMING.filter(({ type }) => type !== TLV.NOOP),
    noop,
    noop,
  ] as typeof INCOMING);
});

test('TLVs that are replaced do not count for the size of the header', (t) => {
  const full = of(v2({ tlvs: [{ type: 0xe0, value: 'x'.repeat(65_535 - 12 - 3) }] }));
  const bytes = present({ pass: 'all', add: [{ type: 0xe0, value: latin('ours') }] }, full) as Uint8Array;
  t.is(bytes.length, 16 + 12 + 3 + 4);
});

test('a client that came with no id gets the one of its session', (t) => {
  const id = [{ type: TLV.UNIQUE_ID, value: 'own-id' }];
  t.deepEqual(read({ uniqueId: true }, headerlessClient(PEER, LOCAL), ownId).tlvs, id);
  t.deepEqual(read({ uniqueId: true }, of(v1()), ownId).tlvs, id);
});

test('a client that came with an id keeps it, once, though all TLVs are passed', (t) => {
  const id = [{ type: TLV.UNIQUE_ID, value: 'their-id' }];
  t.deepEqual(read({ uniqueId: true }, CARRIER).tlvs, id);
  const tlvs = read({ uniqueId: true, pass: 'all' }, CARRIER).tlvs;
  t.deepEqual(
    tlvs.filter(({ type }) => type === TLV.UNIQUE_ID),
    id,
  );
});

test('rule 40: an id of the greatest length is passed on completely', (t) => {
  const longest = 'i'.repeat(128);
  const client = of(v2({ tlvs: [{ type: TLV.UNIQUE_ID, value: longest }] }));
  t.deepEqual(read({ uniqueId: true }, client).tlvs, [{ type: TLV.UNIQUE_ID, value: longest }]);
});

test('rule 38: the checksum is computed anew, covers the whole header, and is its last TLV', (t) => {
  const parts = {
    pass: 'all',
    add: [{ type: 0xe4, value: latin('x') }],
    crc32c: true,
    uniqueId: true,
  } as const;
  const bytes = present(parts, CARRIER, ownId) as Uint8Array;
  // The parser has verified it (it refuses a wrong one); so does the plain arithmetic.
  const tlvs = readTlvs(headerOf(bytes));
  t.is(tlvs.at(-1)!.type, TLV.CRC32C);
  t.is(tlvs.filter(({ type }) => type === TLV.CRC32C).length, 1);
  const sum = Buffer.from(bytes.slice(-4)).readUInt32BE();
  t.is(sum, crc32c(concat(bytes.subarray(0, -4), new Uint8Array(4))));
  t.not(sum, 0);
});

test('TLVs that fill the block to its last byte are sent, and one more byte is refused', (t) => {
  const rows = [
    { name: 'IPv4', client: (tlvs: TlvDescription[]) => of(v2({ tlvs })), addresses: 12 },
    {
      name: 'IPv6',
      client: (tlvs: TlvDescription[]) => of(v2({ tlvs, source: SOURCE_6, destination: DESTINATION_6 })),
      addresses: 36,
    },
  ];
  t.is(rows.length, 2);
  for (const { name, client, addresses } of rows) {
    // 65535 of length: the addresses, this TLV, and 4 of the one that is added.
    const bytes = 65_535 - addresses - 3 - 4;
    const full = client([{ type: 0xe0, value: 'x'.repeat(bytes) }]);
    const add = (length: number) => [{ type: 0xe4, value: new Uint8Array(length) }];
    t.is((present({ pass: 'all', add: add(1) }, full) as Uint8Array).length, 65_551, name);
    t.is(present({ pass: 'all', add: add(2) }, full), -1, name);
    t.is(present({ pass: 'all', crc32c: true }, full), -1, name);
  }
});
