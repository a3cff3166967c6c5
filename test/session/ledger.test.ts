import test from 'ava';
import { REASON_NAMES } from '../../src/plan/close-reason.ts';
import { type CounterName, REASON_AT } from '../../src/shared-memory/counters.ts';
import { headerOf, latin, rawV2, v1, v2 } from './headers.ts';
import { connect, count, create, FIRST, LIMITED, LOCAL, observed, PEER, SECOND } from './ledger-setup.ts';

test('a session is counted as opened when it begins, with the addresses of its connection', (t) => {
  const { rules, open } = create();
  const session = open();
  t.is(count(rules, 'opened'), 1);
  t.is(count(rules, 'ended'), 0);
  t.like(session, { phase: 'header', ended: false, endpoint: null });
  t.deepEqual([session.client.source, session.client.destination], [PEER, LOCAL]);
});

test('a session goes from header to connect to relay', (t) => {
  const { open } = create();
  const session = open();
  const phases = [session.phase];
  session.identified(null);
  phases.push(session.phase);
  session.dialing(FIRST);
  session.dialFailed('connect_refused');
  session.dialing(SECOND);
  phases.push(session.phase);
  session.connected();
  phases.push(session.phase);
  t.deepEqual(phases, ['header', 'connect', 'connect', 'relay']);
  t.is(session.endpoint, SECOND);
});

const KINDS: readonly { name: string; bytes: Uint8Array | null; counter: CounterName }[] = [
  { name: 'no header', bytes: null, counter: 'headerNone' },
  { name: 'a v1 line', bytes: v1(), counter: 'header1Proxy' },
  { name: 'UNKNOWN', bytes: latin('PROXY UNKNOWN\r\n'), counter: 'header1Proxy' },
  { name: 'a v2 header', bytes: v2(), counter: 'header2Proxy' },
  { name: 'UNSPEC', bytes: rawV2(0x21, 0), counter: 'header2Proxy' },
  { name: 'LOCAL', bytes: v2({ command: 'LOCAL' }), counter: 'header2Local' },
];

for (const { name, bytes, counter } of KINDS) {
  test(`a client that comes with ${name} is counted as ${counter} alone`, (t) => {
    const { rules, open, advance } = create();
    const session = open();
    advance(7);
    t.is(session.identified(bytes && headerOf(bytes)), null);
    const headers = ['header1Proxy', 'header2Proxy', 'header2Local', 'headerNone'] as const;
    t.deepEqual(
      headers.filter((each) => count(rules, each) !== 0),
      [counter],
    );
    t.is(count(rules, counter), 1);
    // How long a header took is known only where there was one.
    t.deepEqual(observed(rules, 'headerDuration'), bytes === null ? [0, 0] : [1, 7]);
  });
}

test('the connect time is that of the last dial only', (t) => {
  const { rules, open, advance } = create();
  const session = open();
  session.identified(null);
  session.dialing(FIRST);
  advance(300);
  session.dialFailed('connect_timeout');
  session.dialing(SECOND);
  advance(4);
  session.connected();
  t.deepEqual(observed(rules, 'connectDuration'), [1, 4]);
});

// ── bytes ──

test('bytes count for the session and its listener, each direction apart', (t) => {
  const { rules, open } = create();
  const [one, two] = [open(), open()];
  one.sentToEndpoint(100);
  one.sentToEndpoint(10);
  two.sentToEndpoint(5);
  two.sentToClient(7);
  t.deepEqual([one.bytesToEndpoint, one.bytesToClient], [110, 0]);
  t.deepEqual([two.bytesToEndpoint, two.bytesToClient], [5, 7]);
  t.deepEqual([count(rules, 'bytesToEndpoint'), count(rules, 'bytesToClient')], [115, 7]);
});

test('bytes in either direction and the connect are activity', (t) => {
  const { open, advance, context } = create();
  const session = open();
  t.is(session.lastActivityMs, context.now());
  session.identified(null);
  session.dialing(FIRST);
  const moves = [() => session.connected(), () => session.sentToEndpoint(1), () => session.sentToClient(1)];
  for (const move of moves) {
    advance(50);
    t.is(session.info().idleMs, 50);
    move();
    t.is(session.info().idleMs, 0);
  }
  t.is(session.info().ageMs, 150);
});

test('the header that presents the client is written by the plan', (t) => {
  const { rules, open } = create({ presentation: { form: 'v1' } });
  const target = rules.scratch.fill(0);
  const session = open();
  session.identified(headerOf(v2()));
  const length = session.present(target, 0);
  t.is(
    Buffer.from(target.subarray(0, length)).toString(),
    'PROXY TCP4 203.0.113.7 198.51.100.9 51234 443\r\n',
  );
});

test('a client whose header has no addresses is presented with those of its connection', (t) => {
  const { rules, open } = create({ presentation: { form: 'v1' } });
  const session = open();
  session.identified(headerOf(latin('PROXY UNKNOWN\r\n')));
  const line = rules.scratch.subarray(0, session.present(rules.scratch, 0));
  t.is(Buffer.from(line).toString(), 'PROXY TCP4 10.0.0.1 10.0.0.2 1111 2222\r\n');
});

// ── the end ──

test('every reason has a counter of its own', (t) => {
  t.true(REASON_NAMES.length > 20);
  for (const [index, reason] of REASON_NAMES.entries()) {
    const { rules, open } = create();
    open().end(reason, null, false, null);
    const reasons = rules.counters.subarray(REASON_AT, REASON_AT + REASON_NAMES.length);
    t.deepEqual(
      REASON_NAMES.filter((_, at) => reasons[at] !== 0),
      [reason],
    );
    t.is(reasons[index], 1);
    t.is(count(rules, 'ended'), 1);
  }
});

test('a session ends once: what comes after the first reason changes nothing', (t) => {
  const { rules, open, state, records } = create(LIMITED);
  rules.limit.acquire();
  rules.limit.acquire();
  const session = open();
  connect(session);
  session.end('client_reset', 'ECONNRESET', true, null);
  t.true(session.ended);
  const before = [...rules.counters];
  session.end('idle_timeout', null, true, null);
  t.deepEqual([...rules.counters], before);
  t.is(state.reserved[0], 1);
  t.is(state.endpointSessions[FIRST.slot], 0);
  t.deepEqual(
    records().map(({ reason }) => reason),
    ['client_reset'],
  );
});

test('opened minus ended is the number of active sessions', (t) => {
  const { rules, open } = create();
  const sessions = Array.from({ length: 5 }, () => open());
  for (const session of sessions.slice(0, 3)) session.end('client_closed', null, false, null);
  t.is(count(rules, 'opened')! - count(rules, 'ended')!, 2);
});

test('a place is released only by a session that had one', (t) => {
  const { rules, open, state } = create();
  rules.limit.acquire();
  open().end('over_limit', null, false, null);
  t.is(state.reserved[0], 1);
  open().end('client_closed', null, true, null);
  t.is(state.reserved[0], 0);
});

test('how long a session took is observed when it ends', (t) => {
  const { rules, open, advance } = create();
  const session = open();
  advance(1234);
  t.deepEqual(observed(rules, 'sessionDuration'), [0, 0]);
  session.end('client_closed', null, false, null);
  t.deepEqual(observed(rules, 'sessionDuration'), [1, 1234]);
});
