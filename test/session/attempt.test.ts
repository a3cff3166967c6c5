import test from 'ava';
import type { Endpoint } from '../../src/endpoints/snapshot.ts';
import { Attempt } from '../../src/session/attempt.ts';
import { Ledger } from '../../src/session/ledger.ts';
import { COUNTER } from '../../src/shared-memory/counters.ts';
import { endpointAt, type PlanParts, unixEndpoint } from '../helpers/engine-harness.ts';
import { createCourses, LOCAL, PEER, ScriptedCarrier } from './scripted-carrier.ts';

const FIRST = endpointAt(8001, 0, '192.0.2.1');
const SECOND = endpointAt(8002, 1, '192.0.2.2');
const PATH = unixEndpoint('/run/app.sock');

/** Attempts of one worker, with what they ask of their owners in one list. */
function create(parts: PlanParts) {
  const world = createCourses(parts);
  const open = (kept: Endpoint | null = null) => {
    const ledger = new Ledger(world.rules, PEER, LOCAL);
    ledger.identified(null);
    const carrier = new ScriptedCarrier(world.lines, world.places);
    const told: string[] = [];
    const attempt = new Attempt(ledger, carrier, {
      reuse: (endpoint) => endpoint === kept,
      dialing: () => told.push('dialing'),
      unreached: (reason, detail) => told.push(`${reason} ${detail}`),
    });
    return { attempt, carrier, ledger, told };
  };
  return { ...world, open };
}

test('an attempt dials the first endpoint, and is over once that is reached', (t) => {
  const { open, state } = create({ endpoints: [FIRST, SECOND] });
  const { attempt, carrier, ledger, told } = open();
  attempt.start();
  t.deepEqual([carrier.take(), told], [['dial 192.0.2.1:8001'], ['dialing']]);
  t.true(attempt.isUnderWay);
  t.is(state.endpointSessions[0], 1);
  t.true(attempt.reached());
  t.false(attempt.isUnderWay);
  t.is(ledger.phase, 'relay');
  // What comes late is ignored.
  attempt.failed('ECONNREFUSED');
  attempt.timedOut();
  attempt.stop();
  t.deepEqual([carrier.take(), told], [[], ['dialing']]);
});

test('after a failure the next endpoint is dialed, and the failure counts for the one that failed', (t) => {
  const { open, rules, state } = create({ endpoints: [FIRST, SECOND], ejection: { after: 1, maxShare: 1 } });
  const { attempt, carrier, ledger } = open();
  attempt.start();
  carrier.take();
  attempt.failed('ECONNREFUSED');
  t.deepEqual(carrier.take(), ['drop', 'dial 192.0.2.2:8002']);
  t.is(ledger.endpoint, SECOND);
  t.is(rules.counters[COUNTER.ejections], 1);
  t.deepEqual([...state.endpointSessions.subarray(0, 2)], [0, 1]);
});

test('endpoints that fail at once are tried without a pause, and the last failure is the reason', (t) => {
  const { open } = create({ endpoints: [FIRST, SECOND] });
  const { attempt, carrier, told } = open();
  carrier.begins.push('EMFILE', 'ENETUNREACH');
  attempt.start();
  t.deepEqual(carrier.take(), ['dial 192.0.2.1:8001', 'dial 192.0.2.2:8002']);
  t.deepEqual(told, ['connect_unreachable ENETUNREACH']);
  t.false(attempt.isUnderWay);
});

test('a pool without endpoints gives its own reason', (t) => {
  const { open } = create({ empty: 'no_ready_endpoint' });
  const { attempt, told } = open();
  attempt.start();
  t.deepEqual(told, ['no_ready_endpoint null']);
});

test('a connect timeout drops the dial, and the next endpoint is dialed', (t) => {
  const { open } = create({ endpoints: [FIRST, SECOND], attempts: 2 });
  const { attempt, carrier, told } = open();
  attempt.start();
  attempt.timedOut();
  attempt.timedOut();
  t.deepEqual(carrier.take(), ['dial 192.0.2.1:8001', 'drop', 'dial 192.0.2.2:8002', 'drop']);
  t.deepEqual(told, ['dialing', 'dialing', 'connect_timeout null']);
});

test('a dial that is connected to itself counts as refused', (t) => {
  const own = endpointAt(40_000, 0, '127.0.0.1');
  const { open } = create({ endpoints: [own, SECOND] });
  const { attempt, carrier, ledger } = open();
  attempt.start();
  carrier.take();
  carrier.from = { ip: own.ip, port: own.port };
  t.false(attempt.reached());
  t.deepEqual(carrier.take(), ['drop', 'dial 192.0.2.2:8002']);
  t.is(ledger.phase, 'connect');
});

test('a connection to a hop is none to the endpoint, whatever its addresses are', (t) => {
  const own = { ...endpointAt(40_000, 0, '127.0.0.1'), hop: { ip: Uint8Array.of(192, 0, 2, 9), port: 9466 } };
  const { attempt, carrier, ledger } = create({ endpoints: [own] }).open();
  attempt.start();
  carrier.from = { ip: own.ip, port: own.port };
  t.true(attempt.reached());
  t.is(ledger.phase, 'relay');
});

test('an endpoint to which its owner has a connection is not dialed', (t) => {
  const { open } = create({ endpoints: [FIRST] });
  const { attempt, carrier, told } = open(FIRST);
  attempt.start();
  t.deepEqual([carrier.take(), told, attempt.isUnderWay], [[], [], false]);
  attempt.startAt(SECOND);
  t.deepEqual([carrier.take(), told, attempt.isUnderWay], [['dial 192.0.2.2:8002'], ['dialing'], true]);
  attempt.failed('ECONNRESET');
  t.deepEqual(carrier.take(), ['drop']);
});

// ── the full queue of a unix socket ──

test('an attempt waits if the queue of a unix socket is full, and later ones wait behind it', (t) => {
  const { open, pass } = create({ endpoints: [PATH] });
  const [one, two] = [open(), open()];
  one.carrier.begins.push('EAGAIN', 'EAGAIN', 'queued');
  two.carrier.begins.push('queued');
  one.attempt.start();
  two.attempt.start();
  t.deepEqual([one.carrier.take(), two.carrier.take()], [['dial unix:/run/app.sock'], []]);
  t.deepEqual([one.told, two.told], [['dialing'], ['dialing']]);
  pass(4);
  t.deepEqual(one.carrier.take(), ['dial unix:/run/app.sock', 'drop']);
  t.deepEqual(two.carrier.take(), []);
  pass(8);
  t.deepEqual(one.carrier.take(), ['dial unix:/run/app.sock']);
  t.deepEqual(two.carrier.take(), ['dial unix:/run/app.sock']);
  t.true(one.attempt.reached());
  t.true(two.attempt.reached());
});

test('a dial that fails later by a full queue waits as well', (t) => {
  const { open, pass } = create({ endpoints: [PATH] });
  const { attempt, carrier } = open();
  attempt.start();
  attempt.failed('EAGAIN');
  t.deepEqual(carrier.take(), ['dial unix:/run/app.sock', 'drop']);
  pass(4);
  t.deepEqual(carrier.take(), ['dial unix:/run/app.sock']);
  attempt.failed('EAGAIN');
  pass(8);
  t.deepEqual(carrier.take(), ['drop', 'dial unix:/run/app.sock']);
  t.true(attempt.reached());
});

test('a timeout in front of a full queue has its own detail, and ejects no endpoint', (t) => {
  const { open, rules } = create({ endpoints: [PATH], ejection: { after: 1, maxShare: 1 } });
  const { attempt, carrier, told } = open();
  carrier.begins.push('EAGAIN');
  attempt.start();
  attempt.timedOut();
  t.deepEqual(told, ['dialing', 'connect_timeout EAGAIN']);
  t.is(rules.counters[COUNTER.ejections], 0);
});

test('an attempt that stops leaves the line, and the next one dials', (t) => {
  const { open, pass } = create({ endpoints: [PATH] });
  const [one, two] = [open(), open()];
  one.carrier.begins.push('EAGAIN');
  one.attempt.start();
  two.attempt.start();
  one.attempt.stop();
  pass(4);
  t.deepEqual(two.carrier.take(), ['dial unix:/run/app.sock']);
  t.deepEqual(one.carrier.take(), ['dial unix:/run/app.sock', 'drop']);
});
