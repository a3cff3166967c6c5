import test from 'ava';
import fc from 'fast-check';
import { parseIp } from '../../../src/address/ip.ts';
import type { Endpoint, Snapshot } from '../../../src/endpoints/snapshot.ts';
import { createPacking, packSnapshot, unpackSnapshot } from '../../../src/engine/threads/packed-snapshot.ts';
import { snapshotOf } from '../../helpers/snapshots.ts';

const V4: Endpoint = { slot: 7, ip: parseIp('10.0.0.1')!, port: 65_535, path: null, text: '10.0.0.1:65535' };
const V6: Endpoint = { slot: 65_535, ip: parseIp('fd00::1')!, port: 1, path: null, text: '[fd00::1]:1' };
const UNIX: Endpoint = { slot: 0, ip: new Uint8Array(0), port: 0, path: '/run/a\nb', text: 'unix:/run/a\nb' };

for (const [title, snapshot] of [
  ['none at all', snapshotOf([], { empty: 'no_local_endpoint' })],
  ['one', snapshotOf([V4])],
  [
    'with hops',
    snapshotOf([
      V4,
      { ...V4, hop: { ip: parseIp('10.9.0.1')!, port: 9466 } },
      UNIX,
      { ...V6, hop: { ip: parseIp('fd00:9::1')!, port: 9466 } },
      { ...V6, hop: { ip: parseIp('10.9.0.1')!, port: 9467 } },
      { ...V6, hop: { ip: parseIp('10.9.0.1')!, port: 9466 } },
    ]),
  ],
  [
    'with groups',
    snapshotOf([V6, V4], {
      refusesEmptyShares: true,
      groups: [
        {
          name: 'a',
          weight: 3,
          tier: 0,
          members: Uint16Array.of(0, 1),
          empty: 'no_endpoint',
          hashTable: new Uint16Array([1, 0]),
        },
        {
          name: 'b',
          weight: 0.5,
          tier: 1,
          members: new Uint16Array(0),
          empty: 'no_ready_endpoint',
          hashTable: null,
        },
      ],
    }),
  ],
  ['of every kind', snapshotOf([V6, UNIX, V4], { known: [7, 0, 9], hashTable: new Uint16Array([2, 1, 0]) })],
] as const) {
  test(`endpoints come out of a thread's message as they went in: ${title}`, (t) => {
    t.deepEqual(roundTrip(snapshot), snapshot);
  });
}

test('a snapshot is packed once, however many workers get it', (t) => {
  const snapshot = snapshotOf([V4, V6]);
  const pack = createPacking();
  t.is(pack(snapshot), pack(snapshot));
  t.not(pack(snapshot), pack(snapshotOf([V4, V6])));
});

test('the endpoints of a snapshot are made once, when they are first asked for', (t) => {
  const packed = packSnapshot(snapshotOf([V4, V6]));
  let reads = 0;
  const snapshot = unpackSnapshot({
    ...packed,
    get texts() {
      reads++;
      return packed.texts;
    },
  });
  t.is(reads, 0);
  t.is(snapshot.endpoints, snapshot.endpoints);
  t.is(reads, 1);
});

test('the hop of a node is sent and kept once, however many endpoints the node has', (t) => {
  const hop = () => ({ ip: parseIp('10.9.0.1')!, port: 9466 });
  const packed = packSnapshot(snapshotOf([1, 2, 3].map((port) => ({ ...V4, port, hop: hop() }))));
  const { endpoints } = unpackSnapshot(structuredClone(packed));
  t.is(new Set(endpoints.map((each) => each.hop)).size, 1);
  t.is(packSnapshot(snapshotOf([V4])).hops, null);
});

test('packing and unpacking is the identity', (t) => {
  const ip = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  );
  const endpoint = fc.record({
    slot: fc.nat({ max: 65_535 }),
    ip,
    port: fc.nat({ max: 65_535 }),
    path: fc.constant(null),
    text: fc.string({ minLength: 1 }).filter((text) => !text.includes('\0')),
  });
  const hop = fc.record({ ip, port: fc.nat({ max: 65_535 }) });
  const some = fc
    .tuple(endpoint, fc.option(hop))
    .map(([one, its]) => (its === null ? one : { ...one, hop: its }));
  fc.assert(
    fc.property(fc.array(some), (endpoints) => {
      t.deepEqual(roundTrip(snapshotOf(endpoints)).endpoints, endpoints);
    }),
  );
});

function roundTrip(snapshot: Snapshot): Snapshot {
  const unpacked = unpackSnapshot(structuredClone(packSnapshot(snapshot)));
  return { ...unpacked, endpoints: unpacked.endpoints };
}
