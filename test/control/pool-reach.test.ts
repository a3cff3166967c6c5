import test from 'ava';
import type { ResolvedListener, SourceName } from '../../src/config/config.ts';
import { type PoolFacts, poolFacts } from '../../src/control/pool-facts.ts';
import { RowTable } from '../../src/control/row-table.ts';
import type { SourceState } from '../../src/endpoints/endpoint-source.ts';
import type { KnownEndpoint } from '../../src/endpoints/known-endpoint.ts';
import type { NodeReach } from '../../src/endpoints/node-reach.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';
import { evenly } from '../config/evenly.ts';
import { known, stateOf } from './known.ts';
import { options, tcp } from './scripted-config.ts';
import { scriptedReach } from './scripted-reach.ts';

const service = (name: string): SourceName => {
  return { kind: 'k8s', text: `k8s:shop/${name}:80`, namespace: 'shop', service: name, port: '80' };
};
const HOPS = service('hops');
const hop = (ip: string, node: string, parts: Partial<KnownEndpoint> = {}) =>
  known(ip, { node, port: 9466, text: `${ip}:9466`, ...parts });

const A = known('10.1.0.1', { node: 'node-a' });
const B = known('10.2.0.1', { node: 'node-b' });
const C = known('10.3.0.1', { node: 'node-c' });
const HOP_B = hop('192.0.2.2', 'node-b');
const HOP_C = hop('192.0.2.3', 'node-c');

interface Look {
  readonly hops?: SourceState | null;
  readonly reach?: NodeReach | null;
  readonly before?: PoolFacts;
}

/** A pool on node-a whose listener presents transparent. */
function create(parts: Partial<ResolvedListener> = {}) {
  const rows = new RowTable(createSharedState({ workers: 1, listeners: 1, clients: 0, seed: 1 }));
  const all = options({
    present: 'transparent',
    affinity: { kind: 'none' },
    balance: 'round-robin',
    hops: HOPS,
    ...parts,
  });
  return (
    states: readonly SourceState[],
    { hops = null, reach = scriptedReach('node-a'), before }: Look = {},
  ) =>
    poolFacts({
      options: all,
      states,
      place: { node: 'node-a', zone: null },
      ...{ hops, reach, before },
      slots: (texts) => rows.slots('edge', texts),
    });
}

/** Where each usable endpoint is dialed: itself, or through which hop. */
const dialed = ({ snapshot }: PoolFacts) =>
  snapshot.endpoints.map(({ text, hop: via }) =>
    via === undefined ? text : `${text} by ${via.ip.join('.')}:${via.port}`,
  );
const unserved = ({ reach }: PoolFacts) =>
  [...reach.unserved].map(([text, { state, why }]) => `${state}: ${text} ${why}`);

test('an endpoint of this node is dialed itself, one of another node through the hop there', (t) => {
  const pool = create()([stateOf([A, B, C])], { hops: stateOf([HOP_B, HOP_C]) });
  t.deepEqual(dialed(pool), [
    '10.1.0.1:80',
    '10.2.0.1:80 by 192.0.2.2:9466',
    '10.3.0.1:80 by 192.0.2.3:9466',
  ]);
  t.deepEqual(unserved(pool), []);
});

test('an endpoint of a node without a ready hop is neither used nor on standby', (t) => {
  const stopping = hop('192.0.2.3', 'node-c', { ready: false, terminating: true });
  const pool = create()([stateOf([A, B, C])], { hops: stateOf([HOP_B, stopping]) });
  t.deepEqual(dialed(pool), ['10.1.0.1:80', '10.2.0.1:80 by 192.0.2.2:9466']);
  t.is(pool.standby.size, 0);
  t.is(pool.endpoints.length, 3);
  t.deepEqual(unserved(pool), ['elsewhere: 10.3.0.1:80 is on node-c, which no hop serves']);
});

test('of several hops of a node the first by its address is taken', (t) => {
  const pool = create()([stateOf([B])], { hops: stateOf([hop('192.0.2.1', 'node-b'), HOP_B]) });
  t.deepEqual(dialed(pool), ['10.2.0.1:80 by 192.0.2.1:9466']);
});

test('without hops only what this node reaches itself is used, and it is said why', (t) => {
  const pool = create({ hops: null })([stateOf([A, B])]);
  t.deepEqual(dialed(pool), ['10.1.0.1:80']);
  t.deepEqual(unserved(pool), ['elsewhere: 10.2.0.1:80 is on node-b, and there are no hops (--hops)']);
});

test('an endpoint without a node that is not attached to this host has no hop', (t) => {
  const away = known('10.9.9.9');
  const reach = scriptedReach('node-a', { '10.9.9.9': 'elsewhere' });
  const pool = create()([stateOf([A, away])], { reach, hops: stateOf([HOP_B]) });
  t.deepEqual(dialed(pool), ['10.1.0.1:80']);
  t.deepEqual(unserved(pool), [
    'elsewhere: 10.9.9.9:80 is no pod of this node: it is an address of this host, or no route without a gateway leads to it',
  ]);
});

test('if this node cannot present clients its own endpoints are left out, and those with a hop stay', (t) => {
  const reach = scriptedReach('node-a', { 'node-a': 'incapable' });
  const pool = create()([stateOf([A, B])], { reach, hops: stateOf([HOP_B]) });
  t.deepEqual(dialed(pool), ['10.2.0.1:80 by 192.0.2.2:9466']);
  t.deepEqual(unserved(pool), [
    'incapable: 10.1.0.1:80 is on this node, which cannot present clients over IPv4',
  ]);
});

test('a pool that is empty for that has a reason of its own', (t) => {
  const look = create();
  t.is(look([stateOf([B, C])]).snapshot.empty, 'no_capable_node');
  t.is(look([stateOf([{ ...B, ready: false, serving: false }])]).snapshot.empty, 'no_ready_endpoint');
  t.is(look([stateOf([])]).snapshot.empty, 'no_endpoint');
});

test('loopback is never judged, nor is anything while nothing is known of the node or the client is presented otherwise', (t) => {
  const nowhere: NodeReach = { of: () => 'elsewhere' };
  const local = known('127.0.0.1');
  const local6 = known('::1', { text: '[::1]:80' });
  t.deepEqual(dialed(create()([stateOf([local, local6])], { reach: nowhere })), ['127.0.0.1:80', '[::1]:80']);
  t.deepEqual(dialed(create()([stateOf([A, B])], { reach: null })), ['10.1.0.1:80', '10.2.0.1:80']);
  t.deepEqual(dialed(create({ present: 'v2' })([stateOf([B])], { reach: nowhere })), ['10.2.0.1:80']);
});

test('traffic policy chooses among what can be served', (t) => {
  const reach = scriptedReach('node-a', { 'node-a': 'incapable' });
  const hops = stateOf([HOP_B]);
  t.deepEqual(dialed(create({ trafficPolicy: 'PreferLocal' })([stateOf([A, B])], { reach, hops })), [
    '10.2.0.1:80 by 192.0.2.2:9466',
  ]);
  const local = create({ trafficPolicy: 'Local' })([stateOf([A, B])], { reach, hops });
  t.deepEqual([dialed(local), local.snapshot.empty], [[], 'no_capable_node']);
});

test('each share has the endpoints that can be served, and its own reason if it has none', (t) => {
  const to = evenly(service('web'), service('new')).map((each) => ({ ...each, weight: 2 }));
  const pool = create({ to, weighted: true, refusesEmptyShares: true })([stateOf([A, B]), stateOf([C])], {
    hops: stateOf([HOP_B]),
  });
  t.deepEqual(dialed(pool), ['10.1.0.1:80', '10.2.0.1:80 by 192.0.2.2:9466']);
  t.deepEqual(
    pool.snapshot.groups?.map(({ members, empty }) => [members.length, empty]),
    [
      [2, 'no_endpoint'],
      [0, 'no_capable_node'],
    ],
  );
});

test('a hop that moves is another snapshot, and one that stays is the same', (t) => {
  const look = create();
  const before = look([stateOf([A, B])], { hops: stateOf([HOP_B]) });
  t.is(look([stateOf([A, B])], { hops: stateOf([HOP_B, HOP_C]), before }).snapshot, before.snapshot);
  const moved = look([stateOf([A, B])], { hops: stateOf([hop('192.0.2.22', 'node-b')]), before });
  t.not(moved.snapshot, before.snapshot);
  t.is(moved.snapshot.endpoints[1]!.slot, before.snapshot.endpoints[1]!.slot);
  const attached = scriptedReach('node-a', { 'node-b': 'direct' });
  t.not(look([stateOf([A, B])], { reach: attached, before }).snapshot, before.snapshot);
});

test('what is not served stays known, so that its sessions go on', (t) => {
  const pool = create({ onEndpointGone: 'close' })([stateOf([A, C])]);
  t.is(pool.snapshot.known?.length, 2);
});

test('a pool has synced once the source of its hops has', (t) => {
  t.false(create()([stateOf([B])], { hops: stateOf([], { synced: false }) }).synced);
  t.true(create()([stateOf([B])], { hops: stateOf([]) }).synced);
});

const STOPPING = known('10.1.0.9', { node: 'node-a', ready: false, serving: true, terminating: true });

test('a header may name what serves on this node, whatever the policy, without groups and without hops', (t) => {
  const to = evenly(service('web'), service('new'));
  const look = create({ balance: 'named', hops: null, to, weighted: true });
  const pool = look([stateOf([A, B]), stateOf([STOPPING])], { hops: stateOf([HOP_B]) });
  t.deepEqual(dialed(pool), ['10.1.0.1:80', '10.1.0.9:80']);
  t.deepEqual([pool.policy, pool.snapshot.groups, unserved(pool)], ['Local', null, []]);
  t.is(pool.endpoints.length, 2, 'those of other nodes have no rows');
});

test('a node that cannot present clients refuses what headers name, and says so', (t) => {
  const reach = scriptedReach('node-a', { 'node-a': 'incapable' });
  const pool = create({ balance: 'named', hops: null })([stateOf([A, B])], { reach });
  t.deepEqual([dialed(pool), pool.snapshot.empty], [[], 'no_capable_node']);
  t.is(unserved(pool).length, 1);
});

test('a header may name addresses without a node that are attached to this host', (t) => {
  const to = evenly(tcp(80));
  const reach = scriptedReach('node-a', { '10.9.9.9': 'elsewhere' });
  const look = create({ balance: 'named', hops: null, to });
  const pool = look([stateOf([known('10.1.0.5'), known('10.9.9.9')])], { reach });
  t.deepEqual(dialed(pool), ['10.1.0.5:80']);
  t.deepEqual(unserved(pool), [
    'elsewhere: 10.9.9.9:80 is no pod of this node: it is an address of this host, or no route without a gateway leads to it',
  ]);
});

test('a hop is used for endpoints of the families that its node has proven, whatever its own address is', (t) => {
  const v6 = known('fd00:2::1', { node: 'node-b', text: '[fd00:2::1]:80' });
  const look = (...forFamilies: (4 | 6)[]) =>
    dialed(create()([stateOf([B, v6])], { hops: stateOf([{ ...HOP_B, forFamilies }]) }));
  t.deepEqual(look(4), ['10.2.0.1:80 by 192.0.2.2:9466']);
  t.deepEqual(look(6), ['[fd00:2::1]:80 by 192.0.2.2:9466']);
  t.is(look(4, 6).length, 2);
  t.deepEqual(look(), []);
});

test('an address of a node is no endpoint, whichever node it is said to be on: neither its programs nor its hop are handed a client', (t) => {
  const ofHost = known('192.0.2.2', { node: 'node-b' });
  const claimed = known('192.0.2.2', { node: 'node-a', port: 9466, text: '192.0.2.2:9466' });
  const unnamed = known('192.0.2.3', { port: 9466, text: '192.0.2.3:9466' });
  const other = known('fd00::2', { node: 'node-b', text: '[fd00::2]:80' });
  const hops = stateOf([HOP_B, HOP_C], { addresses: [HOP_B.ip, HOP_C.ip, other.ip] });
  const pool = create()([stateOf([A, B, ofHost, claimed, unnamed, other])], { hops });
  t.deepEqual(dialed(pool), ['10.1.0.1:80', '10.2.0.1:80 by 192.0.2.2:9466']);
  t.deepEqual(unserved(pool), [
    'elsewhere: 192.0.2.2:80 is an address of a hop, and not of a pod',
    'elsewhere: 192.0.2.2:9466 is an address of a hop, and not of a pod',
    'elsewhere: 192.0.2.3:9466 is an address of a hop, and not of a pod',
    'elsewhere: [fd00::2]:80 is an address of a hop, and not of a pod',
  ]);
});
