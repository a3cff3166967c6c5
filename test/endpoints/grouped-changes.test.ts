import test from 'ava';
import { Pool } from '../../src/endpoints/pool.ts';
import { type GroupParts, grouped } from './grouped-parts.ts';
import { EJECTION, endpointState, fromFirst } from './pool-parts.ts';

const client = (index: number) => Uint8Array.of(10, 0, index >> 8, index);

test('with client-hash a client goes on to the same other group, whatever the worker draws', (t) => {
  const parts: readonly GroupParts[] = [
    { weight: 1, size: 1 },
    { weight: 1, size: 1 },
    { weight: 1, size: 1 },
  ];
  const seconds = (random: () => number) => {
    const pool = new Pool(
      grouped(parts, { hashes: true }),
      EJECTION,
      endpointState(64),
      random,
      'client-hash',
    );
    return Array.from({ length: 200 }, (_, index) => {
      const candidates = pool.candidates(0, 3, client(index));
      return [candidates.next()!.slot, candidates.next()!.slot, candidates.next()!.slot].join();
    });
  };
  t.deepEqual(
    seconds(() => 0),
    seconds(() => 0.99),
  );
  t.is(new Set(seconds(fromFirst)).size, 6, 'and clients of one group spread over the others');
});

test('another balance holds for groups that stay', (t) => {
  const snapshot = grouped([
    { weight: 1, size: 2 },
    { weight: 1, size: 1 },
  ]);
  const state = endpointState(64);
  const pool = new Pool(snapshot, EJECTION, state, fromFirst, 'round-robin');
  pool.replace(snapshot, EJECTION, 'least-sessions');
  const [first] = snapshot.endpoints;
  for (let session = 0; session < 3; session++) pool.acquire(first!);
  const slots = Array.from({ length: 6 }, () => pool.candidates(0, 1).next()!.slot);
  t.false(slots.includes(0));
});

test('an endpoint of two groups has its sessions in both', (t) => {
  const all = grouped([
    { weight: 1, size: 2 },
    { weight: 1, size: 1 },
  ]);
  const [one, other] = all.groups!;
  const snapshot = { ...all, groups: [one!, { ...other!, members: Uint16Array.of(0, 2) }] };
  const pool = new Pool(snapshot, EJECTION, endpointState(64), fromFirst, 'least-sessions');
  pool.acquire(snapshot.endpoints[0]!);
  const slots = Array.from({ length: 4 }, () => pool.candidates(0, 1).next()!.slot);
  t.deepEqual(slots.toSorted(), [1, 1, 2, 2]);
});
