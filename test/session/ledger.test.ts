import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { type CloseReason, REASON_NAMES, reasonRow } from '../../src/plan/close-reason.ts';
import { CONNECT_FAILURES, type ConnectFailure } from '../../src/plan/connect-failure.ts';
import { blamesEndpoint } from '../../src/plan/errno-reasons.ts';
import type { Address } from '../../src/session/client.ts';
import { Ledger } from '../../src/session/ledger.ts';
import type { ListenerRules } from '../../src/session/listener-rules.ts';
import {
  COUNTER,
  type CounterName,
  FAILURE_AT,
  HISTOGRAM_AT,
  HISTOGRAMS,
  type HistogramName,
  REASON_AT,
} from '../../src/shared-memory/counters.ts';
import { TLV } from '../../src/wire/tlv.ts';
import { endpointAt, listenerPlan, type PlanParts } from '../helpers/engine-harness.ts';
import { headerOf, latin, rawV2, SOURCE, v1, v2 } from './headers.ts';
import { createWorker } from './worker.ts';

const PEER: Address = { ip: parseIp('10.0.0.1')!, port: 1111 };
/** Why a client goes that has its share of sessions. */
const OVER = { reason: 'over_client_limit', detail: null } as const;
const UNIX = { kind: 'unix', path: '/run/herald.sock' } as const;
const LOCAL: Address = { ip: parseIp('10.0.0.2')!, port: 2222 };
const ENDPOINTS = [endpointAt(8001, 0), endpointAt(8002, 1)];
const [FIRST, SECOND] = ENDPOINTS as [(typeof ENDPOINTS)[0], (typeof ENDPOINTS)[0]];

function create({
  logTlvs = [],
  clients = 100,
  ...parts
}: PlanParts & { logTlvs?: readonly number[]; clients?: number } = {}) {
  const worker = createWorker({ logTlvs, clients });
  const rules = worker.rules(listenerPlan({ endpoints: ENDPOINTS, ...parts }));
  const open = (peer: Address | null = PEER, local: Address | null = LOCAL) => new Ledger(rules, peer, local);
  return { ...worker, rules, open };
}

const count = (rules: ListenerRules, name: CounterName) => rules.counters[COUNTER[name]];

/** How many durations a histogram holds, and their sum. */
function observed(rules: ListenerRules, name: HistogramName): [count: number, ms: number] {
  const at = HISTOGRAM_AT[name];
  const sumAt = at + HISTOGRAMS[name].length + 1;
  return [rules.counters.subarray(at, sumAt).reduce((sum, cell) => sum + cell, 0), rules.counters[sumAt]!];
}

function connect(session: Ledger, endpoint = FIRST): void {
  session.identified(null);
  session.dialing(endpoint);
  session.connected();
}

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

// ── limits of clients ──

const LIMITED: PlanParts = { limits: { maxSessionsPerClient: 1 } };

test('a client has no more sessions than its limit, and may come again when one has ended', (t) => {
  const { open } = create(LIMITED);
  const [one, two, three] = [open(), open(), open()];
  t.deepEqual([one.identified(null), two.identified(null)], [null, OVER]);
  // The one that was refused held nothing, so its end gives nothing back.
  two.end('over_client_limit', null, true, null);
  t.deepEqual(three.identified(null), OVER);
  one.end('client_closed', null, true, null);
  t.is(open().identified(null), null);
});

test('a session that was refused may ask for its place again, and then holds it to its end', (t) => {
  const { open } = create(LIMITED);
  const [one, two] = [open(), open()];
  t.deepEqual([one.identified(null), two.identified(null), two.place()], [null, OVER, OVER]);
  one.end('client_closed', null, true, null);
  t.is(two.place(), null);
  t.deepEqual(open().identified(null), OVER);
  two.end('client_closed', null, true, null);
  t.is(open().identified(null), null);
});

test('a client is a /64 of IPv6 unless its listener says otherwise, and a single address of IPv4', (t) => {
  const from = (address: string) => ({ ip: parseIp(address)!, port: 1 });
  const { open } = create(LIMITED);
  t.is(open(from('2001:db8::1')).identified(null), null);
  t.deepEqual(open(from('2001:db8::2:3:4:5')).identified(null), OVER);
  t.is(open(from('2001:db8:0:1::1')).identified(null), null);
  t.is(open(from('192.0.2.1')).identified(null), null);
  t.is(open(from('192.0.2.2')).identified(null), null);
  const wide = create({ limits: { maxSessionsPerClient: 1, clientPrefix: { v4: 24, v6: 128 } } });
  t.is(wide.open(from('2001:db8::1')).identified(null), null);
  t.is(wide.open(from('2001:db8::2')).identified(null), null);
  t.is(wide.open(from('192.0.2.1')).identified(null), null);
  t.deepEqual(wide.open(from('192.0.2.2')).identified(null), OVER);
});

test('a client that can not be counted is refused under a detail of its own', (t) => {
  const { open } = create({ ...LIMITED, clients: 1 });
  const refusals = Array.from({ length: 8 }, (_, index) =>
    open({ ip: Uint8Array.of(192, 0, 2, index), port: 1 }).identified(null),
  );
  t.deepEqual(refusals, [
    ...Array.from({ length: 7 }, () => null),
    { reason: 'over_client_limit', detail: 'table_full' },
  ]);
});

test('it is the client that the header names who is limited, not the proxy before us', (t) => {
  const { open } = create(LIMITED);
  const header = (address: string) => headerOf(v2({ source: { address, port: 1 } }));
  t.is(open().identified(header('203.0.113.1')), null);
  t.is(open().identified(header('203.0.113.2')), null);
  t.deepEqual(open().identified(header('203.0.113.1')), OVER);
  t.deepEqual(open(null, null).identified(header('203.0.113.2')), OVER);
});

test('the port of a client makes it no other client', (t) => {
  const { open } = create(LIMITED);
  t.is(open({ ...PEER, port: 1 }).identified(null), null);
  t.deepEqual(open({ ...PEER, port: 2 }).identified(null), OVER);
});

test('LOCAL is the proxy itself, and a unix socket has no address: neither is limited', (t) => {
  const { open } = create(LIMITED);
  const local = headerOf(v2({ command: 'LOCAL' }));
  for (let call = 0; call < 5; call++) {
    t.is(open().identified(local), null);
    t.is(open(null, null).identified(null), null);
  }
});

test('without a limit a client may have any number of sessions', (t) => {
  const { open } = create({ limits: { maxSessionsPerClient: 0 } });
  for (let call = 0; call < 5; call++) t.is(open().identified(null), null);
});

// ── dialing ──

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

test('ejections are counted, and those that the bound forbids are counted apart', (t) => {
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

test('an endpoint that accepts has no failures in a row any more, and one session more until it ends', (t) => {
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

test('a session that never got through takes no session from its endpoint when it ends', (t) => {
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

test('a burst of sessions that are only being dialed is shared out by least-sessions', (t) => {
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

test('A1: it is the client that the header names who stays with its endpoint, whatever its port', (t) => {
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

test('LOCAL is the proxy itself, and a unix socket has no address: neither stays anywhere', (t) => {
  const { open } = create({ affinityMs: 60_000 });
  const first = (session: Ledger, bytes: Uint8Array | null) => {
    session.identified(bytes && headerOf(bytes));
    return session.candidates().next()!.slot;
  };
  const local = v2({ command: 'LOCAL' });
  t.deepEqual([first(open(), local), first(open(), local)], [0, 1]);
  t.deepEqual([first(open(null, null), null), first(open(null, null), null)], [0, 1]);
});

test('A3: a client whose endpoint refuses it stays with the one that takes it', (t) => {
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

test('A3: only an endpoint that others led to is remembered, and not each that a later request dials', (t) => {
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

test('a session is counted at the endpoint of its request, dialed or not, and at none between two', (t) => {
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

test('the time of a connect is that of the last dial alone', (t) => {
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

test('whatever moves is activity: bytes in either direction and the connect', (t) => {
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

test('a client whose header names nobody is presented by the addresses of its connection', (t) => {
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

test('opened less ended is what is active', (t) => {
  const { rules, open } = create();
  const sessions = Array.from({ length: 5 }, () => open());
  for (const session of sessions.slice(0, 3)) session.end('client_closed', null, false, null);
  t.is(count(rules, 'opened')! - count(rules, 'ended')!, 2);
});

test('a place is given back only by a session that had one', (t) => {
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

// ── records ──

test('a record tells the whole story of a session', (t) => {
  const { open, advance, records } = create();
  const before = Date.now();
  const session = open();
  advance(2);
  session.identified(headerOf(v2()));
  session.dialing(FIRST);
  advance(3);
  session.dialFailed('connect_refused');
  session.dialing(SECOND);
  advance(4);
  session.connected();
  session.sentToEndpoint(100);
  session.sentToClient(2000);
  advance(5);
  session.end('endpoint_reset', 'ECONNRESET', true, null);
  const after = Date.now();
  const [{ at, ...record }] = records() as [ReturnType<typeof records>[0]];
  t.deepEqual(record, {
    listener: 'edge',
    session: 'w0-1',
    client: '203.0.113.7:51234',
    via: '10.0.0.1:1111',
    endpoint: '127.0.0.1:8002',
    reason: 'endpoint_reset',
    detail: 'ECONNRESET',
    ms: 14,
    headerMs: 2,
    connectMs: 4,
    attempts: 2,
    bytesToEndpoint: 100,
    bytesToClient: 2000,
    header: 2,
    tlvs: [],
    firstBytes: null,
  });
  // The wall clock of the accept, 14 ms of the worker's clock before the end.
  t.true(before - 14 <= at && at <= after - 14);
});

test('a record of a client that never got anywhere has nulls for what did not happen', (t) => {
  const { open, records } = create();
  open().end('probe', null, true, null);
  t.like(records()[0], {
    client: '10.0.0.1:1111',
    via: null,
    endpoint: null,
    detail: null,
    headerMs: null,
    connectMs: null,
    attempts: 0,
    header: 0,
  });
});

test('only endings that somebody wants leave a record, and every refusal does', (t) => {
  const left = (accessLog: 'none' | 'errors' | 'all', reason: CloseReason) => {
    const worker = createWorker();
    const rules = worker.rules({ ...listenerPlan(), accessLog });
    new Ledger(rules, PEER, LOCAL).end(reason, null, false, null);
    return worker.records().length;
  };
  for (const reason of REASON_NAMES) {
    const { refused, level } = reasonRow(reason);
    t.is(left('all', reason), 1, reason);
    t.is(left('errors', reason), level === 'debug' ? 0 : 1, reason);
    t.is(left('none', reason), refused ? 1 : 0, reason);
  }
});

test('a flood of refusals fills one batch, and the rest is counted', (t) => {
  const { open, records, dropped } = create();
  for (let call = 0; call < 1030; call++) open().end('untrusted', null, false, null);
  t.is(records().length, 1024);
  t.is(dropped.count, 6);
});

for (const kind of ['Uint8Array', 'Buffer'] as const) {
  test(`a record owns at most 64 first bytes of a refused client, copied from the ${kind} that they came in`, (t) => {
    const { open, records } = create();
    const chunk = (kind === 'Buffer' ? Buffer.alloc(60_000) : new Uint8Array(60_000)).fill(0x61);
    open().end('header_invalid', 'v1_port', true, chunk);
    open().end('header_invalid', 'v1_port', true, chunk.subarray(0, 3));
    chunk.fill(0xee);
    const [long, short] = records().map(({ firstBytes }) => firstBytes!);
    t.deepEqual([...long!], new Array(64).fill(0x61));
    t.deepEqual([...short!], [0x61, 0x61, 0x61]);
    t.true(long!.buffer.byteLength <= 64);
  });
}

test('first bytes are kept of refused clients alone: what others sent is nobody’s business', (t) => {
  for (const reason of REASON_NAMES) {
    const { open, records } = create();
    open().end(reason, null, false, latin('secret'));
    t.is(records()[0]!.firstBytes === null, reasonRow(reason).refused !== true, reason);
  }
});

// ── ids ──

test('sessions have ids of their own, and the one that is logged is the one that goes out', (t) => {
  const { open, rules, records } = create({ presentation: { form: 'v2', uniqueId: true } });
  const sent = [open(), open()].map((session) => {
    session.identified(null);
    const header = headerOf(rules.scratch.slice(0, session.present(rules.scratch, 0)));
    session.end('client_closed', null, false, null);
    return Buffer.from(header.bytes.subarray(header.tlvAt + 3)).toString();
  });
  t.deepEqual(sent, ['w0-1', 'w0-2']);
  t.deepEqual(
    records().map(({ session }) => session),
    sent,
  );
});

function named(bytes: Uint8Array, peer: Address | null = PEER, parts: Parameters<typeof create>[0] = {}) {
  const { open, records } = create(parts);
  const session = open(peer);
  session.identified(headerOf(bytes));
  const info = session.info();
  session.end('client_closed', null, false, null);
  return { info, record: records()[0]! };
}

test('an id that came with the client is logged instead of our own', (t) => {
  const { info, record } = named(v2({ tlvs: [{ type: TLV.UNIQUE_ID, value: 'edge-7' }] }));
  t.is(record.session, 'edge-7');
  t.is(info.session, 'edge-7');
});

test('an id that came with the client is escaped and stays one line', (t) => {
  const value = Uint8Array.of(0x61, 0x0d, 0x0a, 0x1b, 0x5b, 0x00, 0xff);
  t.is(named(v2({ tlvs: [{ type: TLV.UNIQUE_ID, value }] })).record.session, 'a\\x0d\\x0a\\x1b[\\x00\\xff');
  // 128 bytes that take four characters each are cut.
  const long = named(v2({ tlvs: [{ type: TLV.UNIQUE_ID, value: new Uint8Array(128) }] })).record.session;
  t.true(long.length <= 128 && long.endsWith('…'));
});

// ── via ──

test('the peer is told apart from the client only where it is another', (t) => {
  const viaOf = (bytes: Uint8Array, peer: Address | null = PEER) => {
    const { record, info } = named(bytes, peer, peer === null ? { listen: UNIX } : {});
    t.is(info.via, record.via);
    t.is(info.client, record.client);
    return [record.client, record.via];
  };
  const client = `${SOURCE.address}:${SOURCE.port}`;
  t.deepEqual(viaOf(v2()), [client, '10.0.0.1:1111']);
  t.deepEqual(viaOf(v2(), null), [client, 'unix']);
  t.deepEqual(viaOf(v2({ command: 'LOCAL' })), ['10.0.0.1:1111', null]);
  t.deepEqual(viaOf(v2({ command: 'LOCAL' }), null), ['unix', null]);
  t.deepEqual(viaOf(latin('PROXY UNKNOWN\r\n')), ['10.0.0.1:1111', null]);
});

test('a peer that announces itself is no other than its client, unless it is another port', (t) => {
  const self = (port: number) => v2({ source: { address: '10.0.0.1', port } });
  t.like(named(self(1111)), { record: { client: '10.0.0.1:1111', via: null }, info: { via: null } });
  t.like(named(self(1112)), { record: { client: '10.0.0.1:1112', via: '10.0.0.1:1111' } });
});

test('a client of IPv6 is shown in brackets', (t) => {
  const source = { address: '2001:db8::7', port: 9 };
  t.is(named(v2({ source, destination: { address: '::1', port: 1 } })).record.client, '[2001:db8::7]:9');
});

// ── TLVs ──

const TLVS = v2({
  tlvs: [
    { type: TLV.AUTHORITY, value: 'a\r\nb' },
    { type: 0x05, value: 'id' },
    { type: TLV.AWS_VPC_ENDPOINT, value: '\x01vpce-1' },
    { type: 0xe4, value: Uint8Array.of(0x78, 0xff) },
    { type: TLV.AUTHORITY, value: 'again' },
  ],
});

test('no TLV reaches a record that nobody asked for', (t) => {
  t.deepEqual(named(TLVS).record.tlvs, []);
  t.deepEqual(named(TLVS, PEER, { logTlvs: [0xe5] }).record.tlvs, []);
});

test('TLVs that were asked for are in the record by name or type, escaped, in their order', (t) => {
  const logTlvs = [0xe4, TLV.AWS_VPC_ENDPOINT, TLV.AUTHORITY];
  t.deepEqual(named(TLVS, PEER, { logTlvs }).record.tlvs, [
    { name: 'AUTHORITY', text: 'a\\x0d\\x0ab' },
    { name: 'AWS_VPC_ENDPOINT', text: 'vpce-1' },
    { name: '0xe4', text: 'x\\xff' },
    { name: 'AUTHORITY', text: 'again' },
  ]);
});

test('a type below 0x10 is written with two digits', (t) => {
  const bytes = v2({ tlvs: [{ type: 0x0a, value: 'x' }] });
  t.deepEqual(named(bytes, PEER, { logTlvs: [0x0a] }).record.tlvs, [{ name: '0x0a', text: 'x' }]);
});

test('a client without TLVs has none in its record', (t) => {
  t.deepEqual(named(v2(), PEER, { logTlvs: [TLV.AUTHORITY] }).record.tlvs, []);
});

// ── what an operator sees ──

test('an open session is shown as it stands, in whole milliseconds', (t) => {
  const { open, advance } = create();
  const session = open();
  connect(session, SECOND);
  session.sentToEndpoint(10);
  advance(0.4);
  session.sentToClient(20);
  advance(7.6);
  t.deepEqual(session.info(), {
    listener: 'edge',
    session: 'w0-1',
    phase: 'relay',
    client: '10.0.0.1:1111',
    via: null,
    endpoint: '127.0.0.1:8002',
    ageMs: 8,
    idleMs: 8,
    bytesToEndpoint: 10,
    bytesToClient: 20,
  });
});

test('a client of TCP that was gone before anybody could ask is nobody, and no unix socket', (t) => {
  const { info, record } = named(v2({ command: 'LOCAL' }), null);
  t.deepEqual([info.client, record.client], [null, null]);
});

test('a session that has not dialed yet is shown without an endpoint', (t) => {
  const { open } = create({ listen: UNIX });
  t.like(open(null, null).info(), { phase: 'header', client: 'unix', via: null, endpoint: null });
});

test('a failure that this machine is to blame for says nothing of the endpoint that was dialed', (t) => {
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
