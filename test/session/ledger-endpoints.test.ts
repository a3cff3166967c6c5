import test from 'ava';
import { CONNECT_FAILURES, type ConnectFailure } from '../../src/plan/connect-failure.ts';
import { blamesEndpoint } from '../../src/plan/errno-reasons.ts';
import type { Ledger } from '../../src/session/ledger.ts';
import { FAILURE_AT } from '../../src/shared-memory/counters.ts';
import { headerOf, v2 } from './headers.ts';
import { connect, count, create, FIRST, PEER, SECOND } from './ledger-setup.ts';

for (const failure of CONNECT_FAILURES) {
  const blamed = blamesEndpoint(failure);
  test(`a dial that ends in ${failure} counts under it and ${blamed ? 'towards' : 'not towards'} an ejection`, (t) => {
    const { rules, open, state } = create({ ejection: { after: 1 } });
    const session = open();
    session.identified(null);
    session.dialing(FIRST);
    session.dialFailed(failure);
    t.deepEqual(
      CONNECT_FAILURES.filter((_, index) => rules.counters[FAILURE_AT + index] !== 0),
      [failure],
    );
    t.is(state.endpointFailures[FIRST.slot], blamed ? 1 : 0);
    t.is(count(rules, 'ejections'), blamed ? 1 : 0);
  });
}

test('ejections are counted, and those that the limit forbids are counted separately', (t) => {
  const { rules, open, state } = create({ ejection: { after: 2, maxShare: 0.5, forMs: 1000 } });
  const session = open();
  session.identified(null);
  const fail = (endpoint: typeof FIRST) => {
    session.dialing(endpoint);
    session.dialFailed('connect_refused');
    return [count(rules, 'ejections'), count(rules, 'ejectionsIgnored')];
  };
  t.deepEqual(
    [fail(FIRST), fail(FIRST), fail(SECOND), fail(SECOND)],
    [
      [0, 0],
      [1, 0],
      [1, 0],
      [1, 1],
    ],
  );
  // Until then by the clock of the worker.
  t.is(state.ejectedUntil[FIRST.slot], 2000);
});

test('an endpoint that accepts has no consecutive failures, and one more session until that ends', (t) => {
  const { open, state } = create();
  const [one, two] = [open(), open()];
  one.identified(null);
  one.dialing(FIRST);
  one.dialFailed('connect_refused');
  t.is(state.endpointFailures[FIRST.slot], 1);
  connect(two);
  t.is(state.endpointFailures[FIRST.slot], 0);
  one.dialing(SECOND);
  one.connected();
  t.deepEqual([...state.endpointSessions.subarray(0, 2)], [1, 1]);
  one.end('endpoint_closed', null, true, null);
  t.deepEqual([...state.endpointSessions.subarray(0, 2)], [1, 0]);
});

test('a session that never reached an endpoint changes no count of it when it ends', (t) => {
  const { open, state } = create();
  const session = open();
  session.identified(null);
  session.dialing(FIRST);
  session.dialFailed('connect_refused');
  session.end('connect_refused', 'ECONNREFUSED', true, null);
  t.is(state.endpointSessions[FIRST.slot], 0);
});

test('a session counts at its endpoint from the dial on, and at one endpoint at a time', (t) => {
  const { open, state } = create();
  const session = open();
  const counts = () => [...state.endpointSessions.subarray(0, 2)];
  session.identified(null);
  session.dialing(FIRST);
  t.deepEqual(counts(), [1, 0]);
  session.dialFailed('local_ports');
  t.deepEqual(counts(), [0, 0]);
  session.dialing(SECOND);
  t.deepEqual(counts(), [0, 1]);
  session.connected();
  t.deepEqual(counts(), [0, 1]);
  session.end('client_reset', null, true, null);
  t.deepEqual(counts(), [0, 0]);
});

test('a session that ends in the middle of a dial leaves nothing at the endpoint', (t) => {
  const { open, state } = create();
  const session = open();
  session.identified(null);
  session.dialing(FIRST);
  session.end('client_gone', null, true, null);
  t.is(state.endpointSessions[FIRST.slot], 0);
});

test('least-sessions counts sessions that are still being dialed, so a burst is spread', (t) => {
  const { open } = create({ balance: 'least-sessions' });
  const slots = Array.from({ length: 4 }, () => {
    const session = open();
    session.identified(null);
    const endpoint = session.candidates().next()!;
    session.dialing(endpoint);
    return endpoint.slot;
  });
  t.deepEqual(slots, [0, 1, 0, 1]);
});

test('a session outlives its endpoint only while it has one: dialed or connected, and not known any more', (t) => {
  const { open } = create();
  const session = open();
  const gone = new Set([SECOND.slot]);
  t.false(session.outlives(gone));
  session.identified(null);
  session.dialing(FIRST);
  t.true(session.outlives(gone));
  t.false(session.outlives(new Set([FIRST.slot])));
  session.dialFailed('connect_refused');
  t.false(session.outlives(gone));
  session.dialing(FIRST);
  session.connected();
  t.true(session.outlives(gone));
  session.end('endpoint_gone', null, true, null);
  t.false(session.outlives(gone));
});

test('A1: affinity is by the client that the header names, whatever its port', (t) => {
  const { open } = create({ affinityMs: 60_000 });
  const first = (source: { address: string; port: number }) => {
    const session = open();
    session.identified(headerOf(v2({ source })));
    return session.candidates().next()!.slot;
  };
  t.deepEqual(
    [
      first({ address: '203.0.113.1', port: 1 }),
      first({ address: '203.0.113.2', port: 1 }),
      first({ address: '203.0.113.1', port: 2 }),
    ],
    [0, 1, 0],
  );
});

test('LOCAL is the proxy itself, and a unix socket has no address: neither has affinity', (t) => {
  const { open } = create({ affinityMs: 60_000 });
  const first = (session: Ledger, bytes: Uint8Array | null) => {
    session.identified(bytes && headerOf(bytes));
    return session.candidates().next()!.slot;
  };
  const local = v2({ command: 'LOCAL' });
  t.deepEqual([first(open(), local), first(open(), local)], [0, 1]);
  t.deepEqual([first(open(null, null), null), first(open(null, null), null)], [0, 1]);
});

test('A3: a client whose endpoint refuses it gets affinity to the one that accepts it', (t) => {
  const { open } = create({ affinityMs: 60_000 });
  const visit = (refusing: readonly number[]) => {
    const session = open();
    session.identified(null);
    const candidates = session.candidates();
    const tried: number[] = [];
    for (let next = candidates.next(); next !== null; next = candidates.next()) {
      session.dialing(next);
      tried.push(next.slot);
      if (!refusing.includes(next.slot)) {
        session.connected();
        break;
      }
      session.dialFailed('connect_refused');
    }
    return tried;
  };
  t.deepEqual(visit([]), [0]);
  t.deepEqual(visit([0]), [0, 1]);
  t.deepEqual(visit([]), [1]);
});

test('A3: affinity changes only after a failed dial, and not with each endpoint that a later request dials', (t) => {
  const { rules, open } = create({ affinityMs: 60_000 });
  const session = open();
  session.identified(null);
  session.candidates();
  session.dialing(FIRST);
  session.dialFailed('connect_refused');
  session.dialing(SECOND);
  session.connected();
  session.idle();
  session.candidates();
  // Meanwhile another of its connections has come to the other one.
  rules.cameTo(PEER.ip, FIRST.slot);
  session.dialing(SECOND);
  session.connected();
  t.is(rules.candidates(PEER.ip).next(), FIRST);
  session.idle();
  session.candidates();
  session.dialing(FIRST);
  session.dialFailed('connect_refused');
  session.reuses(SECOND);
  t.is(rules.candidates(PEER.ip).next(), SECOND);
});

test('a session counts at the endpoint of its request, dialed or reused, and at none between two requests', (t) => {
  const { rules, open } = create();
  const { endpointSessions } = rules.context.state;
  const session = open();
  const counted: number[][] = [];
  const look = () => counted.push([...endpointSessions.subarray(0, 2)]);
  connect(session, FIRST);
  look();
  session.idle();
  look();
  session.reuses(SECOND);
  look();
  t.true(session.outlives(new Set([FIRST.slot])));
  session.idle();
  session.idle();
  look();
  t.false(session.outlives(new Set()));
  session.end('client_closed', null, false, null);
  look();
  t.deepEqual(counted, [
    [1, 0],
    [0, 0],
    [0, 1],
    [0, 0],
    [0, 0],
  ]);
});

test('a failure on this machine does not count against the endpoint that was dialed', (t) => {
  const mine: ConnectFailure[] = ['local_ports', 'descriptors'];
  const { open, state, rules } = create({ ejection: { after: 1 } });
  const session = open();
  session.identified(null);
  for (const failure of mine) {
    session.dialing(FIRST);
    session.dialFailed(failure);
  }
  t.is(state.endpointFailures[FIRST.slot], 0);
  t.is(rules.pool.counts(0).ejected, 0);
});
