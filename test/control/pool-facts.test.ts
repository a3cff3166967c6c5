import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { ipSetHas } from '../../src/address/ip-set.ts';
import type { ResolvedListener, SourceName } from '../../src/config/config.ts';
import { type PoolFacts, poolFacts } from '../../src/control/pool-facts.ts';
import { RowTable } from '../../src/control/row-table.ts';
import type { SourceState } from '../../src/endpoints/endpoint-source.ts';
import { HASH_CELLS } from '../../src/endpoints/maglev.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';
import { evenly } from '../config/evenly.ts';
import { known, service, stateOf } from './known.ts';
import { options } from './scripted-config.ts';

/** A pool of one listener, whose slots go on from one look to the next. */
function create(parts: Partial<ResolvedListener> = {}, node: string | null = 'node-a') {
  const rows = new RowTable(createSharedState({ workers: 1, listeners: 1, clients: 0, seed: 1 }));
  const all = options({ affinity: { kind: 'none' }, ...parts });
  return (before: PoolFacts | undefined, ...states: readonly SourceState[]) =>
    poolFacts({
      options: all,
      states,
      place: { node, zone: null },
      ...{ hops: null, reach: null },
      slots: (texts) => rows.slots('edge', texts),
      before,
    });
}

const A = known('10.0.0.1', { node: 'node-a' });
const B = known('10.0.0.2', { node: 'node-b' });
const C = known('10.0.0.3', { node: 'node-a', ready: false, serving: true, terminating: true });
const D = known('10.0.0.4', { node: 'node-b', ready: false, serving: false });

const WEB: SourceName = {
  kind: 'k8s',
  text: 'k8s:shop/web:80',
  namespace: 'shop',
  service: 'web',
  port: '80',
};

const texts = ({ snapshot }: PoolFacts) => snapshot.endpoints.map(({ text }) => text);
const slotsOf = (pool: PoolFacts, slots: ReadonlySet<number>) =>
  pool.endpoints.filter((_, index) => slots.has(pool.slots[index]!)).map(({ text }) => text);

test('under Cluster what is ready anywhere is used, what ends its work stands by, and the rest is unusable', (t) => {
  const pool = create()(undefined, stateOf([A, B, C, D]));
  t.deepEqual(texts(pool), ['10.0.0.1:80', '10.0.0.2:80']);
  t.deepEqual(slotsOf(pool, pool.usable), ['10.0.0.1:80', '10.0.0.2:80']);
  t.deepEqual(slotsOf(pool, pool.standby), ['10.0.0.3:80']);
  t.is(pool.endpoints.length, 4);
  t.deepEqual(pool.slots, [0, 1, 2, 3]);
});

test('under Local only this node counts, and what is empty here is called so', (t) => {
  const local = create({ trafficPolicy: 'Local' });
  t.deepEqual(texts(local(undefined, stateOf([A, B, C, D]))), ['10.0.0.1:80']);
  const none = local(undefined, stateOf([B]));
  t.deepEqual([texts(none), none.snapshot.empty], [[], 'no_local_endpoint']);
  t.is(local(undefined, stateOf([D])).snapshot.empty, 'no_ready_endpoint');
  t.is(local(undefined, stateOf([])).snapshot.empty, 'no_endpoint');
});

test('a policy that follows the Service changes with it, and is Cluster as long as nobody can read it', (t) => {
  const follow = create({ trafficPolicy: 'service' });
  const unread = follow(undefined, stateOf([A, B]));
  t.deepEqual([unread.policy, texts(unread).length], ['Cluster', 2]);
  const local = follow(unread, stateOf([A, B], { service: service({ externalTrafficPolicy: 'Local' }) }));
  t.deepEqual([local.policy, texts(local)], ['Local', ['10.0.0.1:80']]);
  t.is(follow(local, stateOf([A, B], { service: service() })).policy, 'Cluster');
});

test('a Service that says Local is Cluster for a Herald that does not know its node: all would be elsewhere', (t) => {
  const follow = create({ trafficPolicy: 'service' }, null);
  const pool = follow(undefined, stateOf([A], { service: service({ externalTrafficPolicy: 'Local' }) }));
  t.deepEqual([pool.policy, texts(pool)], ['Cluster', ['10.0.0.1:80']]);
});

test('A1 A4: affinity is what was written, or what the Service says now', (t) => {
  const facts = stateOf([A], { service: service({ affinityMs: 10_800_000 }) });
  t.is(create()(undefined, facts).affinityMs, 0);
  t.is(create({ affinity: { kind: 'client-ip', ms: 7000 } })(undefined, facts).affinityMs, 7000);
  const follow = create({ affinity: { kind: 'service' } });
  t.is(follow(undefined, facts).affinityMs, 10_800_000);
  t.is(follow(undefined, stateOf([A])).affinityMs, 0);
});

test('several sources are one pool: sorted, each endpoint once, ready where either says so', (t) => {
  const stopped = { ...A, ready: false, serving: false };
  for (const states of [
    [stateOf([B]), stateOf([stopped]), stateOf([A])],
    [stateOf([A]), stateOf([stopped, B])],
  ]) {
    t.deepEqual(texts(create()(undefined, ...states)), ['10.0.0.1:80', '10.0.0.2:80']);
  }
});

test('a pool has synced when each of its sources has', (t) => {
  t.true(create()(undefined, stateOf([A]), stateOf([])).synced);
  t.false(create()(undefined, stateOf([A]), stateOf([], { synced: false })).synced);
});

test('a snapshot that says the same is the same object, so that nobody sends it again', (t) => {
  const look = create();
  const first = look(undefined, stateOf([A, B]));
  const same = look(first, stateOf([{ ...A, zone: 'eu-1a' }, B, D]));
  t.is(same.snapshot, first.snapshot);
  t.is(same.endpoints.length, 3);
  const other = look(same, stateOf([A, B, { ...D, ready: true }]));
  t.not(other.snapshot, first.snapshot);
  t.is(other.snapshot.generation, 2);
});

test('where sessions end with their endpoint the snapshot holds all that the source knows, usable or not', (t) => {
  const look = create({ onEndpointGone: 'close' });
  const first = look(undefined, stateOf([A, B, D]));
  t.deepEqual(first.snapshot.known, [0, 1, 2]);
  const gone = look(first, stateOf([A, B]));
  t.deepEqual(gone.snapshot.known, [0, 1]);
  t.not(gone.snapshot, first.snapshot);
  t.is(create()(undefined, stateOf([A])).snapshot.known, null);
});

test('client-hash has a table of its snapshot, and nothing else has one', (t) => {
  const look = create({ balance: 'client-hash' });
  const { snapshot } = look(undefined, stateOf([A, B]));
  t.is(snapshot.hashTable?.length, HASH_CELLS);
  t.is(create()(undefined, stateOf([A])).snapshot.hashTable, null);
});

test('a slot goes with its endpoint, whoever stands before it', (t) => {
  const look = create();
  look(undefined, stateOf([B]));
  const pool = look(undefined, stateOf([A, B]));
  t.deepEqual(
    pool.snapshot.endpoints.map(({ text, slot }) => [text, slot]),
    [
      ['10.0.0.1:80', 1],
      ['10.0.0.2:80', 0],
    ],
  );
});

test('O1: the clients that a Service admits are those of the plan where the Service is followed, and nowhere else', (t) => {
  const ranged = stateOf([A], { service: service({ sourceRanges: ['10.0.0.0/8'] }) });
  const follow = create({ trafficPolicy: 'service', to: evenly(WEB) });
  const pool = follow(undefined, ranged);
  t.true(ipSetHas(pool.allow!, parseIp('10.1.2.3')!));
  t.false(ipSetHas(pool.allow!, parseIp('192.0.2.1')!));
  t.deepEqual(pool.unfollowed, []);
  t.is(follow(pool, ranged).allow, pool.allow, 'the same object: the plan has not changed');
  t.is(follow(pool, stateOf([A], { service: service() })).allow, null);
  t.is(follow(undefined, stateOf([A])).allow, null);
  t.is(follow(pool, stateOf([A])).allow, pool.allow, 'a Service that is gone admits whom it admitted last');
  const another = create({ trafficPolicy: 'service', to: evenly({ ...WEB, text: 'k8s:shop/other:80' }) });
  t.is(another(pool, stateOf([A])).allow, null);
  for (const trafficPolicy of ['Cluster', 'Local', 'PreferLocal'] as const) {
    const other = create({ trafficPolicy })(undefined, ranged, stateOf([B], { service: service() }));
    t.is(other.allow, null);
    t.deepEqual(other.unfollowed, ['shop/web']);
  }
});
