import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { REASON_NAMES, reasonRow } from '../../src/plan/close-reason.ts';
import type { AccessLog, Presentation } from '../../src/plan/plan.ts';
import { HeaderReader } from '../../src/session/header-reader.ts';
import { ROUTES_CELL } from '../../src/session/transparent-rules.ts';
import { REFUSED } from '../../src/shared-memory/client-table.ts';
import { HostAddresses } from '../../src/shared-memory/host-addresses.ts';
import { counterRow } from '../../src/shared-memory/shared-state.ts';
import { cidrs, endpointAt, listenerPlan } from '../helpers/engine-harness.ts';
import { latin, v2 } from './headers.ts';
import { createWorker } from './worker.ts';

const PEER = parseIp('192.0.2.1')!;
const FROM = { ip: PEER, port: 1 };
const TRUSTED = { acceptProxy: 'any', trust: cidrs('192.0.2.1') } as const;
const FORMS: readonly Presentation[] = ['none', 'v1', 'v2', 'transparent'];

test('a trusted peer has to send a header, by the rule and the cap of the plan', (t) => {
  const { rules } = createWorker();
  for (const proxyHeader of ['required', 'optional'] as const) {
    const ready = rules(listenerPlan({ admission: { ...TRUSTED, proxyHeader, maxHeaderBytes: 27 } }));
    const first = ready.firstBytes(FROM);
    if (!(first instanceof HeaderReader)) throw new Error(first);
    t.false(first.guards);
    t.is(first.timeout().kind, proxyHeader === 'optional' ? 'headerless' : 'refused');
    t.like(first.take(v2()), { reason: 'header_too_large' });
  }
});

test('a peer in no list is untrusted', (t) => {
  const { rules } = createWorker();
  t.is(
    rules(listenerPlan({ admission: TRUSTED })).firstBytes({ ip: parseIp('192.0.2.2')!, port: 1 }),
    'untrusted',
  );
  t.is(rules(listenerPlan({ admission: TRUSTED })).firstBytes(null), 'untrusted');
});

for (const form of FORMS) {
  const guarded = form === 'none' || form === 'transparent';
  test(`with ${form} before its bytes a headerless client is ${guarded ? 'kept from sending a header' : 'not read at all'}`, (t) => {
    const { rules } = createWorker();
    const plans = [
      listenerPlan({ admission: { acceptProxy: 'none' }, presentation: { form } }),
      listenerPlan({
        admission: { acceptProxy: 'v2', headerless: cidrs('192.0.2.0/24') },
        presentation: { form },
      }),
    ];
    t.is(plans.length, 2);
    for (const plan of plans) {
      const first = rules(plan).firstBytes(FROM);
      if (!guarded) t.is(first, 'headerless');
      else if (!(first instanceof HeaderReader)) t.fail(`${first}`);
      else {
        t.true(first.guards);
        t.like(first.take(latin('PROXY')), { reason: 'plain_header' });
      }
    }
  });

  test(`with ${form} a client that was silent ${guarded ? 'may still not send' : 'may send what looks like'} a header`, (t) => {
    const { rules } = createWorker();
    const reader = rules(listenerPlan({ presentation: { form } })).afterSilence();
    t.is(reader?.guards, guarded ? true : undefined);
  });
}

test('each client that is read has a reader of its own', (t) => {
  const { rules } = createWorker();
  const ready = rules(listenerPlan({ admission: TRUSTED }));
  t.not(ready.firstBytes(FROM), ready.firstBytes(FROM));
});

test('there is room for the longest header that the plan can write', (t) => {
  const { rules } = createWorker();
  for (const form of FORMS) {
    const ready = rules(listenerPlan({ presentation: { form } }));
    t.is(ready.scratch.length, ready.presenter.maxBytes);
  }
});

test('the first snapshot of a listener begins where the random number says', (t) => {
  const endpoints = [0, 1, 2, 3].map((slot) => endpointAt(8000 + slot, slot));
  const { rules } = createWorker({ random: 0.5 });
  t.is(rules(listenerPlan({ endpoints })).pool.candidates(0, 1).next(), endpoints[2]!);
});

test('a changed plan keeps the pool: ejections and the round-robin cursor apply to the new endpoints and options', (t) => {
  const endpoints = [0, 1, 2, 3].map((slot) => endpointAt(8000 + slot, slot));
  const { rules } = createWorker();
  const before = rules(listenerPlan({ endpoints, ejection: { after: 1 } }));
  before.pool.candidates(0, 1);
  before.pool.failed(endpoints[3]!, 0);
  const changed = listenerPlan({ endpoints: [...endpoints, endpointAt(8004, 4)], ejection: { after: 0 } });
  const after = rules(changed, before);
  t.is(after.pool, before.pool);
  t.deepEqual(after.pool.counts(0), { usable: 4, ejected: 1 });
  t.is(after.pool.candidates(0, 1).next(), endpoints[1]!);
  t.is(after.pool.failed(endpoints[0]!, 0), 'counted');
  // Sessions that began before keep their plan.
  t.is(before.plan.snapshot.endpoints.length, 4);
});

test('a changed plan keeps the places that sessions hold, under its new limit', (t) => {
  const { rules } = createWorker();
  const before = rules(listenerPlan({ limits: { maxSessions: 2 } }));
  before.limit.acquire();
  before.limit.acquire();
  const after = rules(listenerPlan({ limits: { maxSessions: 3 } }), before);
  t.deepEqual([after.limit.acquire(), after.limit.acquire()], [true, false]);
});

test('listeners count, reserve and limit clients apart', (t) => {
  const { rules, state } = createWorker();
  const limits = { maxSessions: 1, maxSessionsPerClient: 1 };
  const [one, other] = [0, 1].map((id) => rules(listenerPlan({ id, limits })));
  const entries = [one!, other!].map((each) => {
    t.true(each.limit.acquire());
    const entry = each.acquireClient(PEER);
    t.true(entry > 0);
    t.is(each.acquireClient(PEER), REFUSED);
    each.counters[0]! += 1;
    return entry;
  });
  t.deepEqual([...state.reserved], [1, 1]);
  t.deepEqual(
    [0, 1].map((id) => counterRow(state, 0, id)[0]),
    [1, 1],
  );
  other!.releaseClient(entries[1]!);
  t.is(one!.acquireClient(PEER), REFUSED);
  t.true(other!.acquireClient(PEER) > 0);
});

test('clients are limited only if the plan says so', (t) => {
  const { rules } = createWorker();
  const limited = (maxSessionsPerClient: number) =>
    rules(listenerPlan({ limits: { maxSessionsPerClient } })).limitsClients;
  t.deepEqual([limited(0), limited(1)], [false, true]);
});

test('without a table of clients no client is limited', (t) => {
  const { rules } = createWorker({ clients: 0 });
  const ready = rules(listenerPlan({ limits: { maxSessionsPerClient: 1 } }));
  t.deepEqual([ready.acquireClient(PEER), ready.acquireClient(PEER)], [0, 0]);
  t.notThrows(() => ready.releaseClient(0));
});

test('refusals are always recorded; the access log decides about the rest', (t) => {
  const { rules } = createWorker();
  const recorded = (accessLog: AccessLog) => {
    const ready = rules({ ...listenerPlan(), accessLog });
    return REASON_NAMES.filter((reason) => ready.records(reason));
  };
  const refusals = REASON_NAMES.filter((reason) => reasonRow(reason).refused);
  t.true(refusals.length > 0);
  t.deepEqual(recorded('none'), refusals);
  t.deepEqual(
    recorded('errors'),
    REASON_NAMES.filter((reason) => reasonRow(reason).level !== 'debug'),
  );
  t.deepEqual(recorded('all'), [...REASON_NAMES]);
});

test('the slots of all known endpoints are kept only if sessions of vanished endpoints have to end', (t) => {
  const { rules } = createWorker();
  const endpoints = [endpointAt(8000), endpointAt(8001, 1)];
  t.is(rules(listenerPlan({ endpoints })).known, null);
  t.deepEqual(rules(listenerPlan({ endpoints, known: [3, 7] })).known, new Set([3, 7]));
});

test('a connect timeout says which routes are missing only where the endpoint needs those', (t) => {
  const { rules, state } = createWorker();
  new HostAddresses(state.host).replace(cidrs('10.0.0.1'), cidrs(), cidrs('10.1.0.0/24'));
  const loopback = endpointAt(1);
  const node = endpointAt(2, 1, '10.1.0.5');
  const away = { ...endpointAt(3, 2, '10.2.0.5'), hop: { ip: parseIp('10.0.0.2')!, port: 9466 } };
  const near = { ip: parseIp('10.1.0.9')!, port: 1 };
  const ready = rules(
    listenerPlan({ presentation: { form: 'transparent' }, endpoints: [loopback, node, away] }),
  );
  const details = () => [
    ready.detailOf('connect_timeout', loopback, FROM),
    ready.detailOf('connect_timeout', node, FROM),
    ready.detailOf('connect_timeout', node, near),
    ready.detailOf('connect_timeout', away, FROM),
    ready.detailOf('connect_refused', node, FROM),
    ready.detailOf('connect_timeout', null, FROM),
  ];
  t.deepEqual(new Set(details()), new Set([null]));
  state.routesMissing[ROUTES_CELL.loopback[4]] = 1;
  t.deepEqual(details(), ['routes_missing', null, null, null, null, null]);
  state.routesMissing.fill(1);
  t.deepEqual(details(), ['routes_missing', 'routes_missing', null, null, null, null]);
});
