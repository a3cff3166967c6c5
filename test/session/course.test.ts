import test from 'ava';
import { COUNTER } from '../../src/shared-memory/counters.ts';
import { cidrs, type PlanParts } from '../helpers/engine-harness.ts';
import { ENDPOINTS, GUARDED, open, PLAIN, relaying, TRUSTED } from './course-setup.ts';
import { latin, v1 } from './headers.ts';
import { createCourses } from './scripted-carrier.ts';

test('a headerless client goes from the accept to the relay, and ends once', (t) => {
  const { course, carrier, ledger, ending, state } = open(PLAIN);
  t.deepEqual(carrier.take(), ['placed', 'dial 192.0.2.1:8001']);
  t.is(course.phase, 'connect');
  course.dialReached();
  t.deepEqual(carrier.take(), ['relay']);
  t.is(course.phase, 'relay');
  course.ended('endpoint');
  course.ended('client');
  course.closed();
  course.closed();
  t.is(course.phase, 'over');
  t.deepEqual(ending(), [['endpoint_closed', null]]);
  t.deepEqual([ledger.ended, state.reserved[0], state.endpointSessions[0]], [true, 0, 0]);
  t.is(carrier.atMs, Number.POSITIVE_INFINITY);
});

test('what comes after the end changes nothing', (t) => {
  const { course, carrier, rules, pass } = relaying();
  course.abort('stopped');
  carrier.take();
  const before = [...rules.counters];
  course.read(latin('x'));
  course.ended('client');
  course.halfClose();
  course.broke('endpoint', 'ECONNRESET', true);
  course.clientBroke('ECONNRESET', true);
  course.dialReached();
  course.dialFailed('ECONNREFUSED');
  course.abort('drain_timeout');
  course.closed();
  pass(1e9);
  course.expired(1e9);
  t.deepEqual([carrier.take(), [...rules.counters]], [[], before]);
});

test('while connections are still being closed a session keeps its reason', (t) => {
  const { course, carrier, ending } = relaying();
  carrier.closesAtOnce = false;
  course.abort('endpoint_gone');
  course.abort('stopped');
  t.deepEqual(carrier.take(), ['reset', 'reset']);
  t.deepEqual(ending(), []);
  course.closed();
  t.deepEqual(ending(), [['endpoint_gone', null]]);
});

// ── the place ──

const LIMITED: PlanParts = { ...PLAIN, limits: { maxSessionsPerClient: 1 } };

test('a client with too many sessions waits for its place without the deadline of the header; then an endpoint is dialed', (t) => {
  const world = createCourses({ ...LIMITED, admission: TRUSTED.admission! });
  const [one, two] = [world.open(), world.open()];
  one.course.read(v1());
  two.course.read(v1());
  t.deepEqual([two.course.phase, two.carrier.take()], ['place', ['carry ']]);
  world.pass(10_000);
  world.turn();
  t.deepEqual([two.course.phase, two.carrier.take()], ['place', ['keepalive']]);
  one.course.abort('stopped');
  world.turn();
  t.deepEqual(two.carrier.take(), ['placed', 'dial 192.0.2.2:8002']);
});

test('a client that breaks while it waits for a place gets none', (t) => {
  const world = createCourses(LIMITED);
  const [one, two] = [world.open(), world.open()];
  two.carrier.closesAtOnce = false;
  two.course.clientBroke('ECONNRESET', false);
  one.course.abort('stopped');
  world.turn();
  t.is(world.places.size, 0);
  two.course.closed();
  t.deepEqual(two.carrier.take(), ['reset']);
  t.is(world.open().course.phase, 'connect');
});

test('a client that is refused for another reason ends at once', (t) => {
  const { carrier, ending } = open({
    endpoints: ENDPOINTS,
    admission: { allow: cidrs('192.0.2.0/24') },
  });
  t.deepEqual(carrier.take(), ['reset']);
  t.deepEqual(ending(), [['denied', null]]);
});

// ── the endpoint ──

test('a dial that fails is followed by the next, and a connect timeout too', (t) => {
  const { course, carrier, pass, ending } = open(PLAIN);
  course.dialFailed('ECONNREFUSED');
  t.deepEqual(carrier.take(), ['placed', 'dial 192.0.2.1:8001', 'drop', 'dial 192.0.2.2:8002']);
  pass(1999);
  t.deepEqual(carrier.take(), ['keepalive']);
  pass(1);
  t.deepEqual(carrier.take(), ['drop', 'reset']);
  t.deepEqual(ending(), [['connect_timeout', null]]);
});

for (const [unsent, reason] of [
  [false, 'probe'],
  [true, 'client_gone'],
] as const) {
  test(`a client that resets while an endpoint is dialed ends by ${reason}`, (t) => {
    const { course, carrier, state, ending } = open(PLAIN);
    carrier.take();
    course.clientBroke('ECONNRESET', unsent);
    t.deepEqual(carrier.take(), ['drop', 'reset']);
    t.deepEqual(ending(), [[reason, 'ECONNRESET']]);
    t.is(state.endpointSessions[0], 0);
  });
}

test('a guarded client that resets before an endpoint is reached was no probe if bytes of it are held', (t) => {
  const { course, ending } = open(GUARDED);
  course.read(latin('PR'));
  course.clientBroke('ECONNRESET', false);
  t.deepEqual(ending(), [['client_gone', 'ECONNRESET']]);
});

test('a client whose header cannot be written ends the session', (t) => {
  const { course, carrier, ending } = open(PLAIN);
  carrier.onRelay = () => course.abort('presentation_failed');
  course.dialReached();
  t.deepEqual(ending(), [['presentation_failed', null]]);
  t.is(carrier.atMs, Number.POSITIVE_INFINITY);
});

// ── the relay and its end ──

test('the side that ended first is the reason of a good ending, whatever ends later', (t) => {
  const { course, rules, ledger, ending } = relaying();
  ledger.sentToEndpoint(1);
  course.ended('client');
  course.ended('endpoint');
  course.ended('client');
  course.closed();
  t.deepEqual(ending(), [['client_closed', null]]);
  t.is(rules.counters[COUNTER.ended], 1);
});

for (const side of ['client', 'endpoint'] as const) {
  test(`the ${side} breaks: that is the reason, and the carrier parts from the other side`, (t) => {
    const { course, carrier, ending, ledger } = relaying();
    ledger.sentToEndpoint(1);
    course.broke(side, 'ECONNRESET', true);
    t.deepEqual(carrier.take(), [`part from ${side}`]);
    t.like(carrier.broken, { side, reason: `${side}_reset`, whole: false, refusing: true });
    t.is(course.phase, 'remainder');
    course.broke(side === 'client' ? 'endpoint' : 'client', 'ECONNRESET', false);
    course.ended('client');
    course.closed();
    t.deepEqual(ending(), [[`${side}_reset`, 'ECONNRESET']]);
  });
}

test('a side that had ended before it broke is whole, and so is one that broke with EPIPE', (t) => {
  const one = relaying();
  one.course.ended('endpoint');
  one.course.broke('endpoint', 'ECONNRESET', false);
  t.true(one.carrier.broken?.whole);
  const two = relaying();
  two.course.broke('endpoint', 'EPIPE', true);
  t.true(two.carrier.broken?.whole);
});

test('in the remainder only the age of the session is a deadline, and the break stays the reason', (t) => {
  const { course, carrier, pass, ending } = relaying({
    ...PLAIN,
    timeouts: { idleMs: 100, maxSessionAgeMs: 5000 },
  });
  course.broke('endpoint', 'ECONNRESET', false);
  pass(4999);
  t.deepEqual(carrier.take(), ['part from endpoint']);
  pass(1);
  t.deepEqual(ending(), [['endpoint_reset', 'ECONNRESET']]);
});

// ── deadlines ──

test('traffic moves the idle deadline without a wake-up, and silence ends the session', (t) => {
  const { carrier, ledger, pass, ending } = relaying({
    ...PLAIN,
    timeouts: { idleMs: 500, keepaliveMs: 0 },
  });
  pass(400);
  ledger.sentToClient(1);
  t.is(carrier.atMs, 1500);
  pass(100);
  t.is(carrier.atMs, 1900);
  t.deepEqual(ending(), []);
  pass(400);
  t.deepEqual(ending(), [['idle_timeout', null]]);
});

test('a half-closed session may be silent for a shorter time', (t) => {
  const { course, pass, ending } = relaying({
    ...PLAIN,
    timeouts: { idleMs: 60_000, halfCloseMs: 500 },
  });
  course.ended('client');
  course.halfClose();
  pass(499);
  t.deepEqual(ending(), []);
  pass(1);
  t.deepEqual(ending(), [['half_close_timeout', null]]);
});

test('keepalive is set after a second, and again on an endpoint that is reached later', (t) => {
  const { course, carrier, pass } = open({ ...PLAIN, timeouts: { connectMs: 60_000 } });
  carrier.take();
  pass(1000);
  t.deepEqual(carrier.take(), ['keepalive']);
  course.dialReached();
  pass(1000);
  t.deepEqual(carrier.take(), ['relay', 'keepalive']);
});

test('an engine that detects lost peers checks twice within the timeout', (t) => {
  const { course, carrier, pass, ending } = relaying({
    ...PLAIN,
    timeouts: { tcpUserTimeoutMs: 3000, keepaliveMs: 0 },
  });
  carrier.findsLost = true;
  course.halfClose();
  pass(1500);
  t.deepEqual(carrier.take(), ['look']);
  carrier.isLost = true;
  pass(1500);
  t.deepEqual(carrier.take(), ['look', 'part from endpoint']);
  course.closed();
  t.deepEqual(ending(), [['endpoint_lost', 'ETIMEDOUT']]);
});

test('a session that is too old ends in any phase', (t) => {
  const timeouts = { maxSessionAgeMs: 1500 };
  for (const session of [
    open({ ...TRUSTED, timeouts }),
    open({ ...PLAIN, timeouts }),
    relaying({ ...PLAIN, timeouts }),
  ]) {
    session.pass(1499);
    session.ledger.touch();
    session.pass(1);
    t.deepEqual(session.ending(), [['session_age', null]]);
  }
});
