import test from 'ava';
import type { KeptListener } from '../../src/app/plan-keeper.ts';
import { poolFacts } from '../../src/app/pool-facts.ts';
import { endpointCounts, poolStatus } from '../../src/app/pool-status.ts';
import type { EndpointSource } from '../../src/endpoints/endpoint-source.ts';
import { Pool } from '../../src/endpoints/pool.ts';
import { createSharedState } from '../../src/proxy/shared-state.ts';
import { known, stateOf } from './known.ts';
import { options } from './scripted-config.ts';

const ENDPOINTS = [
  known('10.0.0.1', { node: 'node-a', zone: 'eu-1a' }),
  known('10.0.0.2'),
  known('10.0.0.3', { ready: false, serving: true, terminating: true }),
  known('10.0.0.4', { ready: false, serving: false }),
];

/** A pool of four, of which the second is ejected and the third stands by; the first has two sessions. */
function create() {
  const state = createSharedState({ workers: 1, listeners: 1, clients: 0, seed: 1 });
  const pool = poolFacts({
    options: options(),
    states: [stateOf(ENDPOINTS)],
    place: { node: 'node-a', zone: 'eu-1a' },
    slots: (texts) => texts.map((_, index) => index + 7),
    before: undefined,
  });
  state.endpointSessions[7] = 2;
  state.ejectedUntil[8] = 100;
  const plan = { name: 'web', snapshot: pool.snapshot };
  const sources = [{ name: 'k8s:shop/web:https' }, { name: '10.0.0.1:80' }] as EndpointSource[];
  const listener = { options: options(), pool, sources, plan } as unknown as KeptListener;
  const watched = new Pool(pool.snapshot, { after: 5, forMs: 100, maxShare: 0.5 }, state, () => 0);
  return { state, pool, listener, watched };
}

test('/endpoints shows all that the sources know, and what is thought of each', (t) => {
  const { state, listener, watched } = create();
  const { endpoints, ...rest } = poolStatus(listener, { node: 'node-a', zone: 'eu-1a' }, watched, state, 0);
  t.deepEqual(rest, {
    listener: 'web',
    source: 'k8s:shop/web:https,10.0.0.1:80',
    policy: 'Cluster',
    node: 'node-a',
    zone: 'eu-1a',
    synced: true,
  });
  const none = { node: null, zone: null, ready: true, serving: true, terminating: false };
  t.deepEqual(endpoints, [
    {
      ...none,
      address: '10.0.0.1:80',
      node: 'node-a',
      zone: 'eu-1a',
      usable: true,
      ejected: false,
      sessions: 2,
    },
    { ...none, address: '10.0.0.2:80', usable: true, ejected: true, sessions: 0 },
    {
      ...none,
      address: '10.0.0.3:80',
      ready: false,
      terminating: true,
      usable: false,
      ejected: false,
      sessions: 0,
    },
    {
      ...none,
      address: '10.0.0.4:80',
      ready: false,
      serving: false,
      usable: false,
      ejected: false,
      sessions: 0,
    },
  ]);
});

test('each endpoint is counted in one state, and all of them are', (t) => {
  const { pool, watched } = create();
  t.deepEqual(endpointCounts(pool, watched.counts(0)), { usable: 1, ejected: 1, standby: 1, unusable: 1 });
  t.deepEqual(endpointCounts(pool, watched.counts(200)), { usable: 2, ejected: 0, standby: 1, unusable: 1 });
});
