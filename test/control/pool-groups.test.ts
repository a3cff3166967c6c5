import test from 'ava';
import type { Destination, EndpointName, ResolvedListener } from '../../src/config/config.ts';
import { type PoolFacts, poolFacts } from '../../src/control/pool-facts.ts';
import { RowTable } from '../../src/control/row-table.ts';
import type { SourceState } from '../../src/endpoints/endpoint-source.ts';
import type { EndpointRecord } from '../../src/endpoints/known-endpoint.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';
import { evenly } from '../config/evenly.ts';
import { known, stateOf } from './known.ts';
import { options, tcp } from './scripted-config.ts';

const service = (name: string): EndpointName => {
  return { kind: 'k8s', text: `k8s:shop/${name}:80`, namespace: 'shop', service: name, port: '80' };
};
const SRV: EndpointName = { kind: 'srv', text: 'srv:_web._tcp.example', host: '_web._tcp.example' };
const [WEB, NEW] = [service('web'), service('new')];
const to = (name: EndpointName | null, weight = 1, backup = false): Destination => ({ name, weight, backup });

function create(parts: Partial<ResolvedListener>) {
  const rows = new RowTable(createSharedState({ workers: 1, listeners: 1, clients: 0, seed: 1 }));
  const all = options({ affinity: { kind: 'none' }, balance: 'round-robin', weighted: true, ...parts });
  return (before: PoolFacts | undefined, ...states: readonly SourceState[]) =>
    poolFacts({
      options: all,
      states,
      place: { node: null, zone: null },
      ...{ hops: null, reach: null },
      slots: (texts) => rows.slots('edge', texts),
      before,
    });
}

const A = known('10.0.0.1');
const B = known('10.0.0.2');
const C = known('10.0.0.3');
const ENDING = known('10.0.0.4', { ready: false, serving: true, terminating: true });
const GONE = known('10.0.0.5', { ready: false, serving: false });

/** Each group with its weight, its tier and the last numbers of its addresses. */
const groupsOf = ({ snapshot }: PoolFacts) =>
  snapshot.groups?.map(({ name, weight, tier, members }) => {
    return [name, weight, tier, Array.from(members, (index) => snapshot.endpoints[index]!.ip[3])];
  }) ?? null;

test('each destination is a group with its weight, and a backup is of a later tier', (t) => {
  const look = create({ to: [to(tcp(1), 5), to(WEB, 3), to(NEW, 2, true)] });
  const fixed = known('127.0.0.1', { port: 1, text: '127.0.0.1:1' });
  t.deepEqual(groupsOf(look(undefined, stateOf([fixed]), stateOf([A, B]), stateOf([C]))), [
    ['127.0.0.1:1', 5, 0, [1]],
    ['k8s:shop/web:80', 3, 0, [1, 2]],
    ['k8s:shop/new:80', 2, 65_536, [3]],
  ]);
});

test('without weights all endpoints are one group, as is a single destination', (t) => {
  const pool = create({ to: evenly(WEB, NEW), weighted: false })(undefined, stateOf([A]), stateOf([B]));
  t.deepEqual([pool.snapshot.groups, pool.shares], [null, null]);
  t.is(create({ to: [to(WEB, 7)] })(undefined, stateOf([A])).snapshot.groups, null);
});

test('a destination of weight 0 gets nothing, and its endpoints stay known', (t) => {
  const look = create({ to: [to(WEB, 0), to(NEW, 1)], onEndpointGone: 'close' });
  const pool = look(undefined, stateOf([A, C]), stateOf([B]));
  t.deepEqual(
    pool.snapshot.endpoints.map(({ text }) => text),
    ['10.0.0.2:80'],
  );
  t.is(pool.snapshot.groups, null);
  t.is(pool.snapshot.known?.length, 3);
  t.deepEqual(
    pool.slots.map((slot) => pool.shares?.get(slot)?.weight),
    [0, 1, 0],
  );
});

test('traffic policy is applied to each destination by itself', (t) => {
  const look = create({ to: [to(WEB), to(NEW)] });
  const pool = look(undefined, stateOf([A, ENDING]), stateOf([known('10.0.0.6', ENDING_STATE), GONE]));
  t.deepEqual(groupsOf(pool), [
    ['k8s:shop/web:80', 1, 0, [1]],
    ['k8s:shop/new:80', 1, 0, [6]],
  ]);
  t.is(pool.standby.size, 1);
});

const ENDING_STATE = { ready: false, serving: true, terminating: true };

test('a share that is refused has a reason: nothing is known, or nothing is ready', (t) => {
  const look = create({ to: [to(null, 2), to(WEB), to(NEW)], refusesEmptyShares: true });
  const { snapshot } = look(undefined, stateOf([GONE]), stateOf([A]));
  t.true(snapshot.refusesEmptyShares);
  t.deepEqual(
    snapshot.groups?.map(({ name, empty, members }) => [name, empty, members.length]),
    [
      ['invalid destination 1', 'no_endpoint', 0],
      ['k8s:shop/web:80', 'no_ready_endpoint', 0],
      ['k8s:shop/new:80', 'no_endpoint', 1],
    ],
  );
});

test('if no destination has an endpoint, the pool says why', (t) => {
  const look = create({ to: [to(WEB), to(NEW)] });
  t.is(look(undefined, stateOf([GONE]), stateOf([])).snapshot.empty, 'no_ready_endpoint');
  t.is(look(undefined, stateOf([]), stateOf([])).snapshot.empty, 'no_endpoint');
});

test('the snapshot stays while groups do, and changes with an endpoint, a weight or a backup', (t) => {
  const look = create({ to: [to(WEB, 2), to(NEW)] });
  const pool = look(undefined, stateOf([A]), stateOf([B]));
  t.is(look(pool, stateOf([A]), stateOf([B])).snapshot, pool.snapshot);
  t.not(look(pool, stateOf([B]), stateOf([A])).snapshot, pool.snapshot);
  for (const other of [
    [to(WEB, 3), to(NEW)],
    [to(WEB, 2), to(NEW, 1, true)],
  ])
    t.not(create({ to: other })(pool, stateOf([A]), stateOf([B])).snapshot, pool.snapshot);
});

test('with client-hash each group of several endpoints has a table, and the pool has none', (t) => {
  const look = create({ to: [to(WEB, 2), to(NEW)], balance: 'client-hash' });
  const pool = look(undefined, stateOf([A, B]), stateOf([C]));
  t.is(pool.snapshot.hashTable, null);
  t.deepEqual(
    pool.snapshot.groups?.map(({ hashTable }) => hashTable !== null),
    [true, false],
  );
  t.is(look(pool, stateOf([A, B]), stateOf([C])).snapshot, pool.snapshot);
});

test('an endpoint of two destinations is one endpoint in two groups', (t) => {
  const pool = create({ to: [to(WEB, 2), to(NEW)] })(undefined, stateOf([A, B]), stateOf([B]));
  t.is(pool.snapshot.endpoints.length, 2);
  t.deepEqual(groupsOf(pool), [
    ['k8s:shop/web:80', 2, 0, [1, 2]],
    ['k8s:shop/new:80', 1, 0, [2]],
  ]);
});

const record = (host: string, weight: number, priority = 1): { readonly record: EndpointRecord } => ({
  record: { host, weight, priority },
});
const srvOf = (...records: readonly { readonly record: EndpointRecord }[]) =>
  stateOf(records.map((each, index) => known(`10.0.1.${index + 1}`, each)));
const NAME = 'srv:_web._tcp.example';

test('the records of an SRV name share by their weights, and further priorities stand behind', (t) => {
  const look = create({ to: evenly(SRV), weighted: false });
  const pool = look(undefined, srvOf(record('a', 3), record('a', 3), record('b', 1), record('c', 5, 4)));
  t.deepEqual(groupsOf(pool), [
    [`${NAME} a:80`, 3, 0, [1, 2]],
    [`${NAME} b:80`, 1, 0, [3]],
    [`${NAME} c:80`, 5, 1, [4]],
  ]);
  t.deepEqual(
    [...pool.shares!.values()],
    [
      { weight: 3, backup: false },
      { weight: 3, backup: false },
      { weight: 1, backup: false },
      { weight: 5, backup: true },
    ],
  );
});

test('records that say nothing of a difference make no groups', (t) => {
  const look = create({ to: evenly(SRV), weighted: false });
  t.is(look(undefined, srvOf(record('a', 0), record('b', 0))).snapshot.groups, null);
  t.is(look(undefined, srvOf(record('a', 50, 2), record('b', 50, 2))).snapshot.groups, null);
  t.is(look(undefined, srvOf(record('a', 50))).snapshot.groups, null);
});

test('a record of weight 0 among others has a very small share, and only zeros share alike', (t) => {
  const look = create({ to: evenly(SRV), weighted: false });
  const weights = (...records: readonly { readonly record: EndpointRecord }[]) =>
    look(undefined, srvOf(...records)).snapshot.groups?.map(({ weight }) => weight);
  t.deepEqual(weights(record('a', 0), record('b', 9)), [0.01, 9]);
  t.deepEqual(weights(record('a', 0), record('b', 0), record('c', 1, 2)), [1, 1, 1]);
});

test('beside other endpoints an SRV name has the share of its endpoints, split by its records', (t) => {
  const look = create({ to: evenly(SRV, WEB), weighted: false });
  const pool = look(undefined, srvOf(record('a', 3), record('b', 1)), stateOf([A, B, C]));
  t.deepEqual(groupsOf(pool), [
    [`${NAME} a:80`, 1.5, 0, [1]],
    [`${NAME} b:80`, 0.5, 0, [2]],
    ['others', 3, 0, [1, 2, 3]],
  ]);
});

test('the weight of a destination is split among the records of its name', (t) => {
  const look = create({ to: [to(SRV, 8), to(WEB, 1)] });
  const pool = look(undefined, srvOf(record('a', 3), record('b', 1), record('c', 1, 2)), stateOf([A]));
  t.deepEqual(groupsOf(pool), [
    [`${NAME} a:80`, 6, 0, [1]],
    [`${NAME} b:80`, 2, 0, [2]],
    [`${NAME} c:80`, 8, 1, [3]],
    ['k8s:shop/web:80', 1, 0, [1]],
  ]);
});

test('records of weight 0 share the whole weight of their destination, whatever stands behind them', (t) => {
  const look = create({ to: [to(SRV, 8), to(WEB, 1)] });
  const pool = look(undefined, srvOf(record('a', 0), record('b', 0), record('c', 1, 2)), stateOf([A]));
  t.deepEqual(groupsOf(pool), [
    [`${NAME} a:80`, 4, 0, [1]],
    [`${NAME} b:80`, 4, 0, [2]],
    [`${NAME} c:80`, 8, 1, [3]],
    ['k8s:shop/web:80', 1, 0, [1]],
  ]);
});

test('beside other endpoints, an SRV name counts by the endpoints of its first priority', (t) => {
  const look = create({ to: evenly(SRV, WEB), weighted: false });
  const records = srvOf(record('a', 3), record('b', 1), record('c', 1, 2), record('d', 1, 2));
  t.deepEqual(
    groupsOf(look(undefined, records, stateOf([A])))?.map(([name, weight, tier]) => [name, weight, tier]),
    [
      [`${NAME} a:80`, 1.5, 0],
      [`${NAME} b:80`, 0.5, 0],
      [`${NAME} c:80`, 1, 1],
      [`${NAME} d:80`, 1, 1],
      ['others', 1, 0],
    ],
  );
});

test('the priorities of a backup stand behind those of all others, in their order', (t) => {
  const look = create({ to: [to(WEB), to(SRV, 2, true)] });
  const pool = look(undefined, stateOf([A]), srvOf(record('a', 1), record('b', 1, 2)));
  t.deepEqual(
    groupsOf(pool)?.map(([name, , tier]) => [name, tier]),
    [
      ['k8s:shop/web:80', 0],
      [`${NAME} a:80`, 65_536],
      [`${NAME} b:80`, 65_537],
    ],
  );
});

test('two SRV names whose records differ are groups of their records alone', (t) => {
  const other: EndpointName = { kind: 'srv', text: 'srv:_api._tcp.example', host: '_api._tcp.example' };
  const look = create({ to: evenly(SRV, other), weighted: false });
  const pool = look(
    undefined,
    srvOf(record('a', 3), record('b', 1)),
    stateOf([known('10.0.2.1', record('x', 3)), known('10.0.2.2', record('y', 1))]),
  );
  t.is(groupsOf(pool)?.length, 4);
});
