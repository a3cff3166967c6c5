import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import {
  type Address,
  type Client,
  clientOf,
  headerlessClient,
  uniqueIdOf,
} from '../../src/session/client.ts';
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

const PEER: Address = { ip: parseIp('10.0.0.1')!, port: 1111 };
const LOCAL: Address = { ip: parseIp('10.0.0.2')!, port: 2222 };
const INET_BLOCK = Uint8Array.of(203, 0, 113, 7, 198, 51, 100, 9, 0xc8, 0x22, 0x01, 0xbb);

function address({ address: text, port }: { address: string; port: number }): Address {
  return { ip: parseIp(text)!, port };
}

/** The addresses as plain arrays, whatever kind of view they are. */
function plainly(client: Client) {
  const of = (one: Address | null) => one && { ip: [...one.ip], port: one.port };
  return { source: of(client.source), destination: of(client.destination) };
}

test('a client without a header has the addresses of its connection', (t) => {
  t.deepEqual(headerlessClient(PEER, LOCAL), {
    source: PEER,
    destination: LOCAL,
    local: false,
    header: 0,
    facts: null,
  });
});

test('a client of a unix socket without a header has no address', (t) => {
  const client = headerlessClient(null, null);
  t.deepEqual([client.source, client.destination], [null, null]);
});

const NAMED = [
  { name: 'v1 over IPv4', bytes: v1(), version: 1, source: SOURCE, destination: DESTINATION },
  {
    name: 'v1 over IPv6',
    bytes: v1(SOURCE_6, DESTINATION_6),
    version: 1,
    source: SOURCE_6,
    destination: DESTINATION_6,
  },
  { name: 'v2 over IPv4', bytes: v2(), version: 2, source: SOURCE, destination: DESTINATION },
  {
    name: 'v2 over IPv6',
    bytes: v2({ source: SOURCE_6, destination: DESTINATION_6 }),
    version: 2,
    source: SOURCE_6,
    destination: DESTINATION_6,
  },
] as const;

for (const { name, bytes, version, source, destination } of NAMED) {
  test(`rule 26: a ${name} header names the client and whom it dialed`, (t) => {
    for (const peer of [PEER, null]) {
      const client = clientOf(headerOf(bytes), peer, peer && LOCAL);
      t.deepEqual(plainly(client), plainly(headerlessClient(address(source), address(destination))));
      t.is(client.header, version);
      t.false(client.local);
      t.is(client.facts, null);
    }
  });
}

const OWN = [
  { name: 'rule 25: LOCAL without a block', bytes: v2({ command: 'LOCAL' }) },
  { name: 'rule 25: LOCAL with addresses', bytes: rawV2(0x20, 0x11, INET_BLOCK) },
  { name: 'rule 25: LOCAL of a family that is not assigned', bytes: rawV2(0x20, 0xf7, INET_BLOCK) },
  { name: 'rule 14: UNKNOWN alone', bytes: latin('PROXY UNKNOWN\r\n') },
  { name: 'rule 14: UNKNOWN with addresses', bytes: latin('PROXY UNKNOWN 203.0.113.7 198.51.100.9 1 2\r\n') },
  { name: 'rule 29: UNSPEC in both nibbles', bytes: rawV2(0x21, 0x00) },
  { name: 'rule 29: UNSPEC family with a transport', bytes: rawV2(0x21, 0x01) },
  { name: 'rule 29: UNSPEC transport with addresses', bytes: rawV2(0x21, 0x10, INET_BLOCK) },
  { name: 'rule 30: DGRAM over IPv4', bytes: v2({ transport: 'DGRAM' }) },
  {
    name: 'rule 30: DGRAM over IPv6',
    bytes: v2({ transport: 'DGRAM', source: SOURCE_6, destination: DESTINATION_6 }),
  },
  { name: 'rule 30: AF_UNIX', bytes: v2({ source: UNIX_SOURCE, destination: UNIX_DESTINATION }) },
] as const;

for (const { name, bytes } of OWN) {
  test(`${name}: the client has the addresses of its connection`, (t) => {
    const client = clientOf(headerOf(bytes), PEER, LOCAL);
    t.is(client.source, PEER);
    t.is(client.destination, LOCAL);
    t.is(client.local, name.includes('LOCAL'));
    t.is(client.header, name.includes('UNKNOWN') ? 1 : 2);
    // And where the connection has none, no address is made up.
    const unix = clientOf(headerOf(bytes), null, null);
    t.deepEqual([unix.source, unix.destination], [null, null]);
  });
}

test('a v4-mapped address in a header is the IPv4 address', (t) => {
  const header = headerOf(
    v2({
      source: { address: '::ffff:203.0.113.7', port: 51_234 },
      destination: { address: '::ffff:198.51.100.9', port: 443 },
    }),
  );
  t.is(header.family, 'INET6');
  t.deepEqual(
    plainly(clientOf(header, PEER, LOCAL)),
    plainly(headerlessClient(address(SOURCE), address(DESTINATION))),
  );
});

test('a client keeps the header only where TLVs came with it', (t) => {
  const tlvs = [{ type: TLV.AUTHORITY, value: 'example.org' }];
  t.is(clientOf(headerOf(v2({ tlvs })), PEER, LOCAL).facts!.tlvEnd, 16 + 12 + 3 + 11);
  t.is(clientOf(headerOf(v2()), PEER, LOCAL).facts, null);
  t.is(clientOf(headerOf(v2({ command: 'LOCAL', tlvs })), PEER, LOCAL).facts!.tlvAt, 16);
});

/** All that a client is, read out of its bytes at once. */
function everything(client: Client) {
  const tlvs = client.facts === null ? [] : readTlvs(client.facts);
  return { ...plainly(client), tlvs: tlvs.map(({ type, value }) => [type, ...value]) };
}

// A Buffer's own `slice` is a view: what sockets hand out must be tried as well as what is easy to make.
for (const kind of ['Uint8Array', 'Buffer'] as const) {
  test(`a client owns its bytes: the ${kind} that it was read from may be overwritten and freed`, (t) => {
    const whole = concat(
      v2({ tlvs: [{ type: TLV.UNIQUE_ID, value: 'abc' }], source: SOURCE_6, destination: DESTINATION_6 }),
      new Uint8Array(60_000).fill(0x61),
    );
    const bytes = kind === 'Buffer' ? Buffer.from(whole) : whole;
    const client = clientOf(headerOf(bytes), PEER, LOCAL);
    const before = everything(client);
    t.deepEqual(before.source?.ip, [...parseIp(SOURCE_6.address)!]);
    t.deepEqual(before.tlvs, [[TLV.UNIQUE_ID, 0x61, 0x62, 0x63]]);
    bytes.fill(0xee);
    t.deepEqual(everything(client), before);
    // Nothing of the payload behind the header is held in memory.
    for (const held of [client.source!.ip, client.destination!.ip, client.facts!.bytes]) {
      t.true(held.buffer.byteLength < 200);
    }
  });
}

test('the addresses of a v1 client survive the next line that is parsed', (t) => {
  const client = clientOf(headerOf(v1()), PEER, LOCAL);
  headerOf(v1({ address: '192.0.2.99', port: 9 }, { address: '192.0.2.98', port: 8 }));
  t.deepEqual(plainly(client).source, { ip: [203, 0, 113, 7], port: 51_234 });
});

test('the UNIQUE_ID that came with a client is found, the first of several, and of no other type', (t) => {
  const with2 = v2({
    tlvs: [
      { type: TLV.AUTHORITY, value: 'x' },
      { type: TLV.UNIQUE_ID, value: 'one' },
      { type: TLV.UNIQUE_ID, value: 'two' },
    ],
  });
  const id = (bytes: Uint8Array) => uniqueIdOf(clientOf(headerOf(bytes), PEER, LOCAL));
  t.is(Buffer.from(id(with2)!).toString(), 'one');
  t.is(id(v2({ tlvs: [{ type: TLV.AUTHORITY, value: 'x' }] })), undefined);
  t.is(id(v2()), undefined);
  t.is(uniqueIdOf(headerlessClient(PEER, LOCAL)), undefined);
});
