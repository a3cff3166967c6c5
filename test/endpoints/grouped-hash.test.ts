import test from 'ava';
import { Pool } from '../../src/endpoints/pool.ts';
import { type GroupParts, grouped, groupOf } from './grouped-parts.ts';
import { EJECTION, endpointState, fromFirst, probe } from './pool-parts.ts';

const CLIENTS = 20_000;
const client = (index: number) => Uint8Array.of(10, index >> 16, index >> 8, index);

function create(parts: readonly GroupParts[], random = fromFirst) {
  const snapshot = grouped(parts, { hashes: true });
  const state = endpointState(64);
  const pool = new Pool(snapshot, EJECTION, state, random, 'client-hash');
  const slots = () =>
    Array.from({ length: CLIENTS }, (_, index) => pool.candidates(0, 1, client(index)).next()!.slot);
  return { snapshot, state, slots, groups: () => slots().map((slot) => groupOf(snapshot, slot)) };
}

const share = (groups: readonly number[], group: number) =>
  groups.filter((each) => each === group).length / groups.length;
const moved = (one: readonly number[], other: readonly number[]) =>
  one.filter((each, index) => each !== other[index]).length / one.length;

const THREE = [
  { weight: 6, size: 3 },
  { weight: 3, size: 1 },
  { weight: 1, size: 2 },
];

test('with client-hash the same client has the same endpoint in every worker, and shares follow the weights', (t) => {
  const one = create(THREE);
  const groups = one.groups();
  for (const [group, { weight }] of THREE.entries())
    t.true(Math.abs(share(groups, group) - weight / 10) < 0.01, `${group}: ${share(groups, group)}`);
  t.deepEqual(one.slots(), create(THREE, () => 0.7).slots());
  const inFirst = one.slots().filter((slot) => slot < 3);
  for (const slot of [0, 1, 2]) t.true(Math.abs(share(inFirst, slot) - 1 / 3) < 0.02);
});

test('if a weight changes, only as many clients move as the share does', (t) => {
  const before = create(THREE).groups();
  const after = create([
    { weight: 6, size: 3 },
    { weight: 3, size: 1 },
    { weight: 2, size: 2 },
  ]).groups();
  const off = moved(before, after);
  t.true(off > 0.07 && off < 0.095, `${off}: 2/11 - 1/10 = 0.082`);
  t.true(after.every((group, index) => group === before[index] || group === 2));
});

test('another endpoint in a group moves no client between groups', (t) => {
  const before = create(THREE).groups();
  const after = create([{ weight: 6, size: 4 }, ...THREE.slice(1)]).groups();
  t.deepEqual(after, before);
});

test('the clients of a group that is down spread over the others, and come back', (t) => {
  const { state, groups } = create(THREE);
  const before = groups();
  probe(state, 1, 3);
  const without = groups();
  t.true(without.every((group, index) => group === before[index] || before[index] === 1));
  t.true(Math.abs(share(without, 0) - 6 / 7) < 0.01);
  probe(state, 0, 3);
  t.deepEqual(groups(), before);
});
