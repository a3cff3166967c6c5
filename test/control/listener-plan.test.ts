import test from 'ava';
import { parseCidr } from '../../src/address/cidr.ts';
import { createIpSet } from '../../src/address/ip-set.ts';
import type { ResolvedListener } from '../../src/config/config.ts';
import { type ListenerParts, listenerPlan, sessionLimits } from '../../src/control/listener-plan.ts';
import { poolFacts } from '../../src/control/pool-facts.ts';
import { known, stateOf } from './known.ts';
import { options, tcp } from './scripted-config.ts';

const TRUST = createIpSet([parseCidr('10.0.0.0/8')!]);
const HEADERLESS = createIpSet([parseCidr('192.0.2.0/24')!]);
const FORWARDED = createIpSet([parseCidr('203.0.113.0/24')!]);

function create(parts: Partial<ResolvedListener> = {}) {
  const all = options(parts);
  const pool = poolFacts({
    options: all,
    states: [stateOf([known('10.0.0.1')])],
    place: { node: null, zone: null },
    ...{ hops: null, reach: null },
    slots: (texts) => texts.map((_, index) => index),
    before: undefined,
  });
  const rest: ListenerParts = {
    id: 3,
    maxSessions: 901,
    maxSessionsOfAll: 0,
    accessLog: 'all',
    pool,
    trust: TRUST,
    headerless: HEADERLESS,
    forwardedTrust: FORWARDED,
  };
  return { pool, plan: listenerPlan(all, rest) };
}

test('every option of a listener is in its plan, under its own name', (t) => {
  const { pool, plan } = create();
  t.deepEqual(plan, {
    id: 3,
    name: 'edge',
    listen: tcp(443),
    admission: {
      acceptProxy: 'any',
      proxyHeader: 'optional',
      trust: TRUST,
      headerless: HEADERLESS,
      trustUnix: true,
      headerlessUnix: false,
      headerTimeoutMs: 3001,
      maxHeaderBytes: 1002,
      allow: null,
    },
    presentation: {
      form: 'v1',
      pass: [1, 2],
      add: [{ type: 0xe4, value: Uint8Array.of(1) }],
      crc32c: true,
      uniqueId: false,
      forwardedTrust: FORWARDED,
      forwardedTrustUnix: true,
    },
    snapshot: pool.snapshot,
    balance: 'random-two',
    affinityMs: 10_800_012,
    attempts: 7,
    reuse: 'always',
    dialFrom: [parseCidr('192.0.2.77')!],
    localClients: createIpSet([parseCidr('198.51.100.0/24')!]),
    ejection: { after: 6, forMs: 10_003, maxShare: 0.4 },
    timeouts: {
      connectMs: 2004,
      idleMs: 3_600_005,
      halfCloseMs: 60_006,
      keepaliveMs: 60_007,
      tcpUserTimeoutMs: 60_009,
      maxSessionAgeMs: 8,
    },
    limits: {
      maxSessions: 901,
      maxSessionsOfAll: 0,
      maxSessionsPerClient: 11,
      clientPrefix: { v4: 25, v6: 57 },
      overLimit: 'refuse',
    },
    accessLog: 'all',
  });
});

test('no two switches are one: each value of the plan is that of its own option', (t) => {
  const { plan } = create({
    crc32c: false,
    uniqueId: true,
    trust: { cidrs: [], unix: false, names: [] },
    headerless: { cidrs: [], unix: true, names: [] },
    forwardedTrust: { cidrs: [], unix: false, names: [] },
  });
  t.like(plan.presentation, { crc32c: false, uniqueId: true, forwardedTrustUnix: false });
  t.like(plan.admission, { trustUnix: false, headerlessUnix: true });
});

test('a plan can be posted to a thread as it is', (t) => {
  const { plan } = create({ balance: 'client-hash', onEndpointGone: 'close' });
  t.deepEqual(structuredClone(plan), plan);
});

const limits = (capacity: number, ...asked: (number | null)[]) =>
  sessionLimits(
    asked.map((maxSessions) => options({ maxSessions })),
    capacity,
  );

test('a listener that asks for no limit gets what descriptors and memory allow', (t) => {
  t.deepEqual(limits(1000, null), [1000]);
});

test('listeners that ask for no limit share what the others leave', (t) => {
  t.deepEqual(limits(1000, null, 400, null), [300, 400, 300]);
  t.deepEqual(limits(1000, null, null, null), [333, 333, 333]);
});

test('with a share of the capacity no listener has more, however many there are, and a smaller limit is kept', (t) => {
  const limited = (capacity: number, share: number, ...asked: (number | null)[]) =>
    sessionLimits(
      asked.map((maxSessions) => options({ maxSessions })),
      capacity,
      share,
    );
  t.deepEqual(limited(1000, 0.25, null, 5000, 10, null, null, null), [250, 250, 10, 250, 250, 250]);
  t.deepEqual(limited(1001, 0.25, null), [250]);
  t.deepEqual(limited(2, 0.25, null), [1]);
});

test('G12: a listener through which the sessions of all others come may have half of the capacity', (t) => {
  const all = [options({ balance: 'named' }), options({}), options({ balance: 'named', maxSessions: 100 })];
  t.deepEqual(sessionLimits(all, 1000, 0.25), [500, 250, 100]);
  t.deepEqual(sessionLimits(all, 1000, 0.75), [750, 750, 100]);
});

test('a limit that was asked for is kept, though it is more than there seems to be', (t) => {
  t.deepEqual(limits(1000, 5000), [5000]);
  t.deepEqual(limits(1000, 5000, null), [5000, 1]);
});
