import test from 'ava';
import type { ResolvedListener, SourceName } from '../../src/config/config.ts';
import type { KeptListener } from '../../src/control/kept-listener.ts';
import { poolFacts } from '../../src/control/pool-facts.ts';
import type { KnownEndpoint } from '../../src/endpoints/known-endpoint.ts';
import type { NodeReach } from '../../src/endpoints/node-reach.ts';
import { serviceCounts } from '../../src/ops/service-counts.ts';
import { evenly } from '../config/evenly.ts';
import { known, stateOf } from '../control/known.ts';
import { options } from '../control/scripted-config.ts';
import { scriptedReach } from '../control/scripted-reach.ts';

const NODE = 'node-a';

const k8s = (service: string, namespace: string | null = 'shop'): SourceName => {
  return { kind: 'k8s', text: `k8s:${service}`, namespace, service, port: '80' };
};

function listener(
  parts: Partial<ResolvedListener>,
  endpoints: readonly KnownEndpoint[],
  reach: NodeReach | null = null,
): KeptListener {
  const all = options({ to: evenly(k8s('web')), ...parts });
  const pool = poolFacts({
    options: all,
    states: [stateOf(endpoints)],
    place: { node: NODE, zone: null },
    ...{ hops: null, reach },
    slots: (texts) => texts.map((_, index) => index),
    before: undefined,
  });
  return { options: all, pool, sources: [], keys: [], plan: null as never };
}

const count = (...listeners: readonly KeptListener[]) => serviceCounts(listeners, NODE, 'herald');
const web = (endpoints: number) => ({ namespace: 'shop', name: 'web', endpoints });

const LOCAL = { trafficPolicy: 'Local' } as const;
const NEAR = known('10.0.0.1', { node: NODE });
const FAR = known('10.0.0.2', { node: 'node-b' });
const ENDING = { ready: false, serving: true, terminating: true };

test('H2: under Local the ready endpoints of this node count, and no others', (t) => {
  t.deepEqual(count(listener(LOCAL, [NEAR, FAR])), [web(1)]);
  t.deepEqual(count(listener(LOCAL, [FAR])), [web(0)]);
});

test('H2: two ports of one address count once, over all listeners of the Service', (t) => {
  const twice = [NEAR, known('10.0.0.1', { node: NODE, port: 443, text: '10.0.0.1:443' })];
  t.deepEqual(count(listener(LOCAL, twice)), [web(1)]);
  t.deepEqual(count(listener(LOCAL, [twice[0]!]), listener(LOCAL, [twice[1]!])), [web(1)]);
});

test('H2: ready by publishNotReadyAddresses counts, also while it terminates', (t) => {
  t.deepEqual(count(listener(LOCAL, [{ ...NEAR, ready: true, serving: false, terminating: true }])), [
    web(1),
  ]);
});

test('H5: endpoints that end their work are not counted, though traffic still goes to them', (t) => {
  const each = listener(LOCAL, [{ ...NEAR, ...ENDING }]);
  t.is(each.pool.snapshot.endpoints.length, 1);
  t.deepEqual(count(each), [web(0)]);
});

test('P4: under Cluster all that are usable count', (t) => {
  t.deepEqual(count(listener({}, [NEAR, FAR])), [web(2)]);
  t.deepEqual(count(listener({}, [{ ...FAR, ...ENDING }])), [web(1)]);
  t.deepEqual(count(listener({}, [])), [web(0)]);
});

test('each Service is counted for itself, in the order of the configuration', (t) => {
  t.deepEqual(count(listener({ to: evenly(k8s('mail', null)) }, [FAR]), listener({}, [NEAR, FAR])), [
    { namespace: 'herald', name: 'mail', endpoints: 1 },
    web(2),
  ]);
});

test('an endpoint that clients cannot be presented to does not count', (t) => {
  const reach = scriptedReach(NODE, { [NODE]: 'incapable' });
  for (const policy of [{}, LOCAL]) {
    const transparent = { ...policy, present: 'transparent' } as const;
    t.deepEqual(count(listener(transparent, [NEAR, FAR], reach)), [web(0)]);
  }
});

test('a listener for other Heralds counts for no Service: its endpoints are those of all of them', (t) => {
  const named = listener({ balance: 'named', to: evenly(k8s('web'), k8s('mail')) }, [NEAR]);
  t.deepEqual(count(named, listener({}, [])), [web(0)]);
});
