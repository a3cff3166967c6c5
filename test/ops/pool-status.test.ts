import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import type { KeptListener } from '../../src/control/kept-listener.ts';
import { poolFacts } from '../../src/control/pool-facts.ts';
import type { EndpointSource } from '../../src/endpoints/endpoint-source.ts';
import { Pool } from '../../src/endpoints/pool.ts';
import { endpointCounts } from '../../src/ops/metrics-view.ts';
import { isFailing, poolStatus } from '../../src/ops/pool-status.ts';
import { CONNECT_FAILURES } from '../../src/plan/connect-failure.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';
import { known, stateOf } from '../control/known.ts';
import { options } from '../control/scripted-config.ts';

const ENDPOINTS = [
  known('10.0.0.1', { node: 'node-a', zone: 'eu-1a' }),
  known('10.0.0.2'),
  known('10.0.0.3', { ready: false, serving: true, terminating: true }),
  known('10.0.0.4', { ready: false, serving: false }),
];

const WELL = { down: false, failing: false, fails: 0, lastFailure: null };

/** A pool of four endpoints: the first has two sessions, the second is ejected, the third is on standby. */
function create() {
  const state = createSharedState({ workers: 1, listeners: 1, clients: 0, seed: 1 });
  const pool = poolFacts({
    options: options(),
    states: [stateOf(ENDPOINTS)],
    place: { node: 'node-a', zone: 'eu-1a' },
    ...{ hops: null, reach: null },
    slots: (texts) => texts.map((_, index) => index + 7),
    before: undefined,
  });
  state.endpointSessions[7] = 2;
  state.ejectedUntil[8] = 100;
  const ejection = { after: 5, forMs: 100, maxShare: 0.5 };
  const plan = { name: 'web', snapshot: pool.snapshot, ejection };
  const sources = [{ name: 'k8s:shop/web:https' }, { name: '10.0.0.1:80' }] as EndpointSource[];
  const listener = { options: options(), pool, sources, plan } as unknown as KeptListener;
  const watched = new Pool(pool.snapshot, ejection, state, () => 0);
  return { state, pool, listener, watched };
}

test('/endpoints shows through which hop an endpoint is reached, and why clients cannot be presented to another', (t) => {
  const { state, listener, watched } = create();
  const hops = new Map([['10.0.0.1:80', { ip: parseIp('fd00::5')!, port: 9466 }]]);
  const unserved = new Map([['10.0.0.3:80', { state: 'elsewhere', why: 'is on node-c' } as const]]);
  const reached = { ...listener, pool: { ...listener.pool, reach: { hops, unserved } } };
  const { endpoints } = poolStatus(reached, { node: 'node-a', zone: null }, watched, state, 0);
  t.is(endpoints[0]!.hop, '[fd00::5]:9466');
  t.is(endpoints[2]!.reach, 'elsewhere');
  for (const each of endpoints.slice(1)) t.false('hop' in each);
  for (const at of [0, 1, 3]) t.false('reach' in endpoints[at]!);
});

test('/endpoints shows the share of each endpoint if there are shares', (t) => {
  const { state, listener, watched } = create();
  const shares = new Map([[8, { weight: 3, backup: true }]]);
  const shared = { ...listener, pool: { ...listener.pool, shares } };
  const { endpoints } = poolStatus(shared, { node: 'node-a', zone: null }, watched, state, 0);
  t.like(endpoints[1], { weight: 3, backup: true });
  t.false('weight' in endpoints[0]!);
});

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
  const none = { node: null, zone: null, ready: true, serving: true, terminating: false, ...WELL };
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
    { ...none, address: '10.0.0.2:80', usable: false, ejected: true, sessions: 0 },
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

test('an endpoint tells how many connects failed, what the last one was and how long ago', (t) => {
  const { state, listener, watched } = create();
  state.failedConnects[7] = 12;
  state.lastFailure[7] = CONNECT_FAILURES.indexOf('connect_timeout');
  state.lastFailureAt[7] = 40;
  const at = (nowMs: number) =>
    poolStatus(listener, { node: null, zone: null }, watched, state, nowMs).endpoints[0]!;
  t.like(at(1540), { usable: true, failing: false, fails: 12 });
  t.like(at(1540).lastFailure, { reason: 'connect_timeout', ms: 1500 });
  t.regex(at(1540).lastFailure!.at, /^\d{4}-\d\d-\d\dT.*Z$/);
});

test('one that fails and is not ejected is usable and failing, until it accepts a connection', (t) => {
  const { state, listener, watched } = create();
  const first = () => poolStatus(listener, { node: null, zone: null }, watched, state, 0).endpoints[0]!;
  state.endpointFailures[7] = 4;
  t.false(first().failing);
  state.endpointFailures[7] = 5;
  t.like(first(), { usable: true, failing: true });
  state.ejectedUntil[8] = 0;
  state.ejectedUntil[7] = 100;
  state.ejectionEpoch[0]! += 1;
  t.like(first(), { usable: false, ejected: true, down: false, failing: false });
  state.probedDown[7] = 1;
  state.ejectionEpoch[0]! += 1;
  t.like(first(), { usable: false, ejected: true, down: true });
});

test('where nobody is ever ejected an endpoint is failing after as many failures as by default', (t) => {
  t.deepEqual(
    [4, 5].map((failures) => isFailing({ after: 0, forMs: 0, maxShare: 0 }, failures)),
    [false, true],
  );
  t.true(isFailing({ after: 1, forMs: 0, maxShare: 0 }, 1));
});
