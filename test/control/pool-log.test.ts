import test from 'ava';
import type { Destination, ResolvedListener } from '../../src/config/config.ts';
import type { KeptListener } from '../../src/control/kept-listener.ts';
import { poolFacts } from '../../src/control/pool-facts.ts';
import { createPoolLog } from '../../src/control/pool-log.ts';
import { RowTable } from '../../src/control/row-table.ts';
import type { SourceState } from '../../src/endpoints/endpoint-source.ts';
import type { NodeReach } from '../../src/endpoints/node-reach.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';
import { createMemoryLog } from '../observe/memory-log.ts';
import { known, service, stateOf } from './known.ts';
import { options } from './scripted-config.ts';
import { scriptedReach } from './scripted-reach.ts';

/** The log of one listener's pool, fed with the states of its source. */
function create(parts: Partial<ResolvedListener> = {}, reach: NodeReach | null = null) {
  const log = createMemoryLog();
  const pools = createPoolLog(log);
  const rows = new RowTable(createSharedState({ workers: 1, listeners: 1, clients: 0, seed: 1 }));
  const all = options(parts);
  const look = (...states: readonly SourceState[]) => {
    const pool = poolFacts({
      options: all,
      states,
      place: { node: 'here', zone: null },
      reach,
      slots: (texts) => rows.slots('edge', texts),
      before: undefined,
    });
    pools.update([{ options: all, pool } as KeptListener]);
    return log.lines.splice(0).map(({ level, message }) => `${level} ${message}`);
  };
  return look;
}

const READY = known('10.0.0.1', { node: 'here' });
const UNREADY = known('10.0.0.1', { node: 'here', ready: false, serving: false });
const ELSEWHERE = known('10.0.0.2', { node: 'there' });

test('an empty pool says why it is empty, once, and again when the reason is another', (t) => {
  const look = create({ trafficPolicy: 'Local' });
  t.deepEqual(look(stateOf([])), ['warn pool empty: no endpoint is known']);
  t.deepEqual(look(stateOf([])), []);
  t.deepEqual(look(stateOf([UNREADY])), [
    'warn pool empty: no endpoint is ready, or terminating and still serving',
  ]);
  t.deepEqual(look(stateOf([UNREADY, ELSEWHERE])), [
    'warn pool empty: no endpoint on this node is usable; those on other nodes are not used',
  ]);
  t.deepEqual(look(stateOf([READY])), ['info pool has usable endpoints again']);
  t.deepEqual(look(stateOf([READY])), []);
});

test('a destination without an endpoint whose share is refused is logged once, and when it has some again', (t) => {
  const named = (name: string): Destination => ({
    name: { kind: 'k8s', text: `k8s:shop/${name}:80`, namespace: 'shop', service: name, port: '80' },
    weight: 1,
    backup: false,
  });
  const parts = { to: [named('web'), named('new')], weighted: true };
  const look = create({ ...parts, refusesEmptyShares: true });
  const line = 'warn no endpoint for k8s:shop/new:80: that share of the sessions is refused';
  t.deepEqual(look(stateOf([READY]), stateOf([])), [line]);
  t.deepEqual(look(stateOf([READY]), stateOf([])), []);
  t.deepEqual(look(stateOf([READY]), stateOf([ELSEWHERE])), ['info every destination has endpoints again']);
  t.deepEqual(create(parts)(stateOf([READY]), stateOf([])), []);
});

test('a pool whose source has not answered is no news', (t) => {
  t.deepEqual(create()(stateOf([], { synced: false })), []);
});

test('a Service that admits some clients is told once where its listener admits all of them', (t) => {
  const look = create();
  const ranged = stateOf([READY], { service: service({ sourceRanges: ['10.0.0.0/8'] }) });
  t.deepEqual(look(ranged), [
    'warn shop/web has loadBalancerSourceRanges, which this listener does not apply: it admits every client. Set trafficPolicy to service to apply them',
  ]);
  t.deepEqual(look(ranged), []);
  t.deepEqual(look(stateOf([READY], { service: service() })), []);
  t.is(look(ranged).length, 1);
  t.deepEqual(create({ trafficPolicy: 'service', affinity: { kind: 'none' } })(ranged), []);
});

test('a Service that cannot be read is told where its slices are served, and not where it is gone', (t) => {
  const look = create({ trafficPolicy: 'service', affinity: { kind: 'none' } });
  t.deepEqual(look(stateOf([READY], { service: service() })), []);
  t.deepEqual(look(stateOf([])), ['warn pool empty: no endpoint is known']);
  t.deepEqual(look(stateOf([READY])), [
    'info pool has usable endpoints again',
    'warn the Service cannot be read; using trafficPolicy Cluster until it can be',
    'warn the Service cannot be read; admitting every client until it can be',
  ]);
});

const TRANSPARENT = { present: 'transparent', affinity: { kind: 'none' } } as const;

test('endpoints that clients cannot be presented to are one line for each change of causes, and one when it is over', (t) => {
  const look = create(TRANSPARENT, scriptedReach('here', { '10.0.0.9': 'elsewhere' }));
  const away = known('10.0.0.9');
  const other = known('10.0.0.3', { node: 'there' });
  t.deepEqual(look(stateOf([READY])), []);
  t.deepEqual(look(stateOf([READY, ELSEWHERE])), [
    'warn 1 of 2 endpoints are not used: 10.0.0.2:80 is on there, and there are no hops (--hops)',
  ]);
  t.deepEqual(look(stateOf([READY, ELSEWHERE, other])), [], 'one more for the same cause is no news');
  t.deepEqual(look(stateOf([READY, ELSEWHERE, other, away])), [
    'warn 3 of 4 endpoints are not used: 10.0.0.2:80 (and 1 more) is on there, and there are no hops (--hops); 10.0.0.9:80 is no pod of this node: it is an address of this host, or no route without a gateway leads to it',
  ]);
  t.deepEqual(look(stateOf([READY])), ['info clients can be presented to every endpoint again']);
  t.deepEqual(look(stateOf([READY])), []);
});

test('a pool that is empty for that says so, and which causes there are, the first five of them', (t) => {
  const look = create(TRANSPARENT, scriptedReach('here'));
  const nodes = Array.from({ length: 7 }, (_, at) => known(`10.0.1.${at}`, { node: `node-${at}` }));
  const [empty, causes] = look(stateOf(nodes));
  t.is(empty, 'warn pool empty: no endpoint is on a node that can present clients (--present transparent)');
  t.regex(
    causes!,
    /^warn 7 of 7 endpoints are not used: .*10\.0\.1\.4:80 is on node-4, [^;]*; and 2 more causes$/,
  );
});

test('that this node has no endpoint for other Heralds is no warning, and that it cannot present clients is one', (t) => {
  const reach = scriptedReach('here', { '10.0.0.9': 'incapable' });
  const look = create({ ...TRANSPARENT, balance: 'named' }, reach);
  t.deepEqual(look(stateOf([ELSEWHERE])), ['debug pool empty: no endpoint is known']);
  t.deepEqual(look(stateOf([READY])), ['debug pool has usable endpoints again']);
  t.regex(
    look(stateOf([known('10.0.0.9', { node: 'here' })]))[0]!,
    /^warn pool empty: no endpoint is on a node/,
  );
});
