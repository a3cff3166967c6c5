import test from 'ava';
import fc from 'fast-check';
import { formatIp, parseIp } from '../../src/address/ip.ts';
import type { Presentation, PresentationPlan } from '../../src/plan/plan.ts';
import { type Client, clientOf, headerlessClient } from '../../src/session/client.ts';
import { Presenter } from '../../src/session/presenter.ts';
import { crc32c } from '../../src/wire/crc32c.ts';
import type { TlvDescription } from '../../src/wire/format-header.ts';
import { destinationOf, sourceOf } from '../../src/wire/header-address.ts';
import { readTlvs, TLV } from '../../src/wire/tlv.ts';
import {
  concat,
  DESTINATION,
  DESTINATION_6,
  headerOf,
  latin,
  rawV2,
  SOURCE,
  SOURCE_6,
  UNIX_DESTINATION,
  UNIX_SOURCE,
  v1,
  v2,
} from './headers.ts';

const GUARD = 0xee;
const ownId = () => latin('own-id');
const neverAsked = (): Uint8Array => {
  throw new Error('no id was wanted');
};

function plan(parts: Partial<PresentationPlan> = {}): PresentationPlan {
  return {
    form: 'v2',
    pass: [],
    add: [],
    crc32c: false,
    uniqueId: false,
    forwardedTrust: new Uint32Array(0),
    forwardedTrustUnix: false,
    ...parts,
  };
}

/** The bytes that a presenter writes, or -1. Holds it to its promise of room: no byte outside is touched. */
function present(parts: Partial<PresentationPlan>, client: Client, id = neverAsked): Uint8Array | -1 {
  const presenter = new Presenter(plan(parts));
  const at = 5;
  const target = new Uint8Array(at + presenter.maxBytes + 5).fill(GUARD);
  const length = presenter.write(target, at, client, id);
  if (length > presenter.maxBytes) throw new Error(`${length} bytes, and room for ${presenter.maxBytes}`);
  const outside = Buffer.concat([target.subarray(0, at), target.subarray(at + Math.max(length, 0))]);
  if (!outside.equals(Buffer.alloc(outside.length, GUARD)))
    throw new Error('bytes outside of the header were written');
  return length < 0 ? -1 : target.slice(at, at + length);
}

/** The same as the parser reads it. */
function read(parts: Partial<PresentationPlan>, client: Client, id = neverAsked) {
  const bytes = present(parts, client, id);
  if (bytes === -1) throw new Error('nothing was written');
  const header = headerOf(bytes);
  const { version, command, family, transport } = header;
  return {
    version,
    command,
    family,
    transport,
    source: sourceOf(header),
    destination: destinationOf(header),
    tlvs: readTlvs(header).map(({ type, value }) => ({ type, value: Buffer.from(value).toString('latin1') })),
  };
}

const PEER = { ip: parseIp('10.0.0.1')!, port: 1111 };
const LOCAL = { ip: parseIp('10.0.0.2')!, port: 2222 };
const PEER_6 = { ip: parseIp('2001:db8::aa')!, port: 3333 };

const of = (bytes: Uint8Array, peer: typeof PEER | null = PEER) =>
  clientOf(headerOf(bytes), peer, peer && LOCAL);

const OWN_V1 = 'PROXY TCP4 10.0.0.1 10.0.0.2 1111 2222\r\n';
const OWN_V2 = {
  command: 'PROXY',
  family: 'INET',
  source: { address: '10.0.0.1', port: 1111 },
  destination: { address: '10.0.0.2', port: 2222 },
} as const;
const NAMED_V2 = { command: 'PROXY', family: 'INET', source: SOURCE, destination: DESTINATION } as const;
const NAMED_V1 = 'PROXY TCP4 203.0.113.7 198.51.100.9 51234 443\r\n';
const NAMED_6_V1 = 'PROXY TCP6 2001:db8::7 2001:db8:1::9 51234 443\r\n';
const NAMED_6_V2 = {
  command: 'PROXY',
  family: 'INET6',
  source: SOURCE_6,
  destination: DESTINATION_6,
} as const;
const NOBODY = { family: 'UNSPEC', transport: 'UNSPEC', source: null, destination: null } as const;
const NOBODY_V1 = 'PROXY UNKNOWN\r\n';

const CLIENTS = [
  { name: 'a headerless client', client: headerlessClient(PEER, LOCAL), line: OWN_V1, header: OWN_V2 },
  {
    name: 'a headerless client over IPv6',
    client: headerlessClient(PEER_6, { ...PEER_6, port: 4444 }),
    line: 'PROXY TCP6 2001:db8::aa 2001:db8::aa 3333 4444\r\n',
    header: {
      command: 'PROXY',
      family: 'INET6',
      source: { address: '2001:db8::aa', port: 3333 },
      destination: { address: '2001:db8::aa', port: 4444 },
    },
  },
  {
    name: 'a client of IPv6 at a destination of IPv4',
    client: headerlessClient(PEER_6, LOCAL),
    line: 'PROXY TCP6 2001:db8::aa ::ffff:a00:2 3333 2222\r\n',
    header: {
      command: 'PROXY',
      family: 'INET6',
      source: { address: '2001:db8::aa', port: 3333 },
      destination: { address: '::ffff:a00:2', port: 2222 },
    },
  },
  {
    name: 'a client of IPv4 at a destination of IPv6',
    client: headerlessClient(PEER, PEER_6),
    line: 'PROXY TCP6 ::ffff:a00:1 2001:db8::aa 1111 3333\r\n',
    header: {
      command: 'PROXY',
      family: 'INET6',
      source: { address: '::ffff:a00:1', port: 1111 },
      destination: { address: '2001:db8::aa', port: 3333 },
    },
  },
  {
    name: 'a client of a unix socket',
    client: headerlessClient(null, null),
    line: NOBODY_V1,
    header: NOBODY,
  },
  { name: 'a client that v1 named', client: of(v1()), line: NAMED_V1, header: NAMED_V2 },
  {
    name: 'a client that v1 named over IPv6',
    client: of(v1(SOURCE_6, DESTINATION_6)),
    line: NAMED_6_V1,
    header: NAMED_6_V2,
  },
  { name: 'a client that v2 named', client: of(v2()), line: NAMED_V1, header: NAMED_V2 },
  {
    name: 'a client that v2 named to us over a unix socket',
    client: of(v2(), null),
    line: NAMED_V1,
    header: NAMED_V2,
  },
  {
    name: 'a client that v2 named over IPv6',
    client: of(v2({ source: SOURCE_6, destination: DESTINATION_6 })),
    line: NAMED_6_V1,
    header: NAMED_6_V2,
  },
  {
    name: 'a client that v2 named by a v4-mapped address',
    client: of(
      v2({
        source: { address: '::ffff:203.0.113.7', port: 51_234 },
        destination: { address: '::ffff:198.51.100.9', port: 443 },
      }),
    ),
    line: NAMED_V1,
    header: NAMED_V2,
  },
  {
    name: 'LOCAL',
    client: of(v2({ command: 'LOCAL' })),
    line: NOBODY_V1,
    header: { ...NOBODY, command: 'LOCAL' },
  },
  {
    name: 'LOCAL with addresses',
    client: of(rawV2(0x20, 0x11, new Uint8Array(12).fill(9))),
    line: NOBODY_V1,
    header: { ...NOBODY, command: 'LOCAL' },
  },
  { name: 'a client that v1 called UNKNOWN', client: of(latin(NOBODY_V1)), line: OWN_V1, header: OWN_V2 },
  {
    name: 'a client that v1 called UNKNOWN to us over a unix socket',
    client: of(latin(NOBODY_V1), null),
    line: NOBODY_V1,
    header: NOBODY,
  },
  { name: 'a client that v2 called UNSPEC', client: of(rawV2(0x21, 0)), line: OWN_V1, header: OWN_V2 },
  {
    name: 'a client that v2 named by unix paths',
    client: of(v2({ source: UNIX_SOURCE, destination: UNIX_DESTINATION })),
    line: OWN_V1,
    header: OWN_V2,
  },
  { name: 'a client of datagrams', client: of(v2({ transport: 'DGRAM' })), line: OWN_V1, header: OWN_V2 },
] as const;

for (const { name, client, line, header } of CLIENTS) {
  test(`${name} is presented as v1 by the right line, as v2 by the right header, as none by nothing`, (t) => {
    t.is(Buffer.from(present({ form: 'v1' }, client) as Uint8Array).toString('latin1'), line);
    t.like(read({ form: 'v2' }, client), { version: 2, tlvs: [], ...header });
    t.deepEqual(present({ form: 'none' }, client), new Uint8Array(0));
  });
}

test('rule 32: LOCAL goes out with length 0, and so does a client without an address', (t) => {
  for (const client of [of(v2({ command: 'LOCAL' })), headerlessClient(null, null)]) {
    const bytes = present({}, client) as Uint8Array;
    t.deepEqual([...bytes.subarray(14)], [0, 0]);
  }
});

test('v1 and none carry no TLVs, whatever is asked for', (t) => {
  const all = {
    pass: 'all',
    add: [{ type: 0xe4, value: latin('x') }],
    crc32c: true,
    uniqueId: true,
  } as const;
  const client = of(v2({ tlvs: [{ type: TLV.AUTHORITY, value: 'a' }] }));
  t.is(Buffer.from(present({ ...all, form: 'v1' }, client) as Uint8Array).toString(), NAMED_V1);
  t.is((present({ ...all, form: 'none' }, client) as Uint8Array).length, 0);
});

test('the forms without a header leave the first bytes to the client', (t) => {
  const silent = (form: Presentation) => new Presenter(plan({ form })).silent;
  const forms = ['none', 'transparent', 'v1', 'v2'] as const;
  t.deepEqual(forms.map(silent), [true, true, false, false]);
});

// ── TLVs ──

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

test('no TLV is passed on that nobody listed', (t) => {
  t.deepEqual(read({}, CARRIER).tlvs, []);
});

test('pass all keeps order and duplicates, and drops the checksum and the padding of the hop before', (t) => {
  t.deepEqual(
    read({ pass: 'all' }, CARRIER).tlvs,
    INCOMING.filter(({ type }) => type !== TLV.NOOP),
  );
});

test('a list passes what it names, in the order of the header', (t) => {
  t.deepEqual(read({ pass: [0xe0, TLV.AUTHORITY] }, CARRIER).tlvs, only(TLV.AUTHORITY, 0xe0));
  t.deepEqual(read({ pass: [0xe1] }, CARRIER).tlvs, []);
});

test('a list can not pass a checksum that is no longer right, nor padding', (t) => {
  t.deepEqual(read({ pass: [TLV.CRC32C, TLV.NOOP, TLV.ALPN] }, CARRIER).tlvs, only(TLV.ALPN));
});

test('TLVs of a LOCAL header do not go on', (t) => {
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

test('what is replaced takes no room of the header', (t) => {
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

test('rule 40: the longest id that may come goes on whole', (t) => {
  const longest = 'i'.repeat(128);
  const client = of(v2({ tlvs: [{ type: TLV.UNIQUE_ID, value: longest }] }));
  t.deepEqual(read({ uniqueId: true }, client).tlvs, [{ type: TLV.UNIQUE_ID, value: longest }]);
});

test('rule 38: the checksum is made anew, covers the whole header, and is its last TLV', (t) => {
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

test('TLVs that fill the block to its last byte go on, and one more byte is refused', (t) => {
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

const value = fc.uint8Array({ maxLength: 300 });
const tlv = fc.record({ type: fc.integer({ min: 0, max: 255 }), value });

function incoming(tlvs: readonly TlvDescription[]) {
  return tlvs
    .filter(({ type }) => type !== TLV.CRC32C)
    .map((each) => ({ ...each, value: each.type === TLV.UNIQUE_ID ? each.value.slice(0, 128) : each.value }));
}

test('whatever the plan and the client, the parser reads back who it is and the TLVs of the plain rule', (t) => {
  const parts = fc.record({
    form: fc.constantFrom<Presentation>('none', 'v1', 'v2'),
    pass: fc.oneof(
      fc.constant('all' as const),
      fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 60 }),
    ),
    // The configuration allows no fixed TLV that we make ourselves.
    add: fc.array(
      tlv.filter(({ type }) => type !== TLV.CRC32C && type !== TLV.UNIQUE_ID),
      { maxLength: 4 },
    ),
    crc32c: fc.boolean(),
    uniqueId: fc.boolean(),
  });
  const ip = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  );
  const end = fc.record({ ip, port: fc.integer({ min: 0, max: 65_535 }) });
  const ends = fc.option(fc.tuple(end, end));
  const id = fc.uint8Array({ minLength: 1, maxLength: 128 });
  fc.assert(
    fc.property(
      parts,
      ends,
      fc.option(fc.array(tlv, { maxLength: 8 })),
      id,
      (asked, addresses, tlvs, own) => {
        const [source, destination] = addresses ?? [null, null];
        const came = tlvs === null ? null : v2({ tlvs: incoming(tlvs), crc32c: true });
        const facts = came === null ? null : headerOf(came);
        const client: Client = { source, destination, local: false, header: came ? 2 : 0, facts };
        const bytes = present(asked, client, () => own) as Uint8Array;
        if (asked.form === 'none') {
          t.is(bytes.length, 0);
          return;
        }
        const header = headerOf(bytes);
        const both4 = source?.ip.length === 4 && destination?.ip.length === 4;
        const text = (one: typeof source) =>
          one && { address: both4 ? formatIp(one.ip) : formatIp(widened(one.ip)), port: one.port };
        t.deepEqual([sourceOf(header), destinationOf(header)], [text(source), text(destination)]);
        t.is(header.version, asked.form === 'v1' ? 1 : 2);
        if (asked.form === 'v1') return;
        const theirs = tlvs === null ? [] : incoming(tlvs);
        const inherited = theirs.find(({ type }) => type === TLV.UNIQUE_ID)?.value;
        const expected = [
          ...theirs.filter(({ type }) => {
            if (type === TLV.NOOP || (type === TLV.UNIQUE_ID && asked.uniqueId)) return false;
            if (asked.add.some((added) => added.type === type)) return false;
            return asked.pass === 'all' || asked.pass.includes(type);
          }),
          ...asked.add,
          ...(asked.uniqueId ? [{ type: TLV.UNIQUE_ID, value: inherited ?? own }] : []),
        ];
        const written = readTlvs(header).map((each) => [each.type, ...each.value]);
        if (asked.crc32c) t.is(written.pop()![0], TLV.CRC32C);
        t.deepEqual(
          written,
          expected.map((each) => [each.type, ...Buffer.from(each.value)]),
        );
      },
    ),
    { numRuns: 500 },
  );
});

function widened(ip: Uint8Array): Uint8Array {
  return ip.length === 16 ? ip : concat(new Uint8Array(10), Uint8Array.of(0xff, 0xff), ip);
}

test('the room that a presenter asks for is what its longest header needs, where it passes nothing on', (t) => {
  const longest = headerlessClient(PEER_6, PEER_6);
  const add = [{ type: 0xe4, value: new Uint8Array(40) }];
  const id = () => new Uint8Array(128).fill(1);
  const rows: Partial<PresentationPlan>[] = [
    {},
    { add },
    { add, crc32c: true },
    { add, crc32c: true, uniqueId: true },
  ];
  for (const parts of rows) {
    t.is((present(parts, longest, id) as Uint8Array).length, new Presenter(plan(parts)).maxBytes);
  }
  t.is(new Presenter(plan({ form: 'none' })).maxBytes, 0);
  t.is(new Presenter(plan({ form: 'v1' })).maxBytes, 107);
  t.is(new Presenter(plan({ pass: 'all' })).maxBytes, 65_551);
});
