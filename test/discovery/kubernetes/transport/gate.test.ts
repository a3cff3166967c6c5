import test from 'ava';
import { failure } from '../../../../src/discovery/kubernetes/failure.ts';
import { createGate } from '../../../../src/discovery/kubernetes/transport/gate.ts';
import { turnedClock } from '../../../helpers/turned-clock.ts';

const NEVER = new AbortController().signal;
const REFUSED = failure('refused', 'nobody listens');

test('after a failure the gate is closed for a time that doubles until a response', async (t) => {
  const clock = turnedClock();
  const gate = createGate(clock, () => 0);
  t.true(gate.isOpenFor('list'));
  for (const ms of [800, 1600, 3200]) {
    t.like(gate.fail(gate.begin(), REFUSED), { code: 'refused', gated: true });
    t.false(gate.isOpenFor('list'));
    clock.advance(ms - 1);
    t.false(gate.isOpenFor('list'));
    clock.advance(1);
    t.true(gate.isOpenFor('list'));
  }
  t.is(gate.failures, 3);
  gate.prove(gate.begin());
  t.true(gate.isProven);
  gate.fail(gate.begin(), REFUSED);
  t.deepEqual(clock.waiting, [800]);
  gate.stop();
  t.deepEqual(clock.waiting, []);
});

test('attempts that ran at one time fail once, and whoever waits is told the same', async (t) => {
  const clock = turnedClock();
  const gate = createGate(clock, () => 0);
  const attempts = [gate.begin(), gate.begin(), gate.begin()];
  const told = [gate.change('list', NEVER), gate.change('watch', NEVER)];
  const failed = attempts.map((attempt) => gate.fail(attempt, REFUSED));
  t.is(gate.failures, 1);
  t.deepEqual(clock.waiting, [800]);
  for (const each of [...(await Promise.all(told)), ...failed]) t.is(each, failed[0]!);
});

test('a call waits for 8 s at most, since a Lease may not', async (t) => {
  const clock = turnedClock();
  const gate = createGate(clock, () => 0.5);
  for (let time = 0; time < 6; time++) {
    gate.fail(gate.begin(), REFUSED);
    clock.advance(6000);
    t.true(gate.isOpenFor('call'));
    t.is(gate.isOpenFor('list'), time < 3, 'waits of 1.2, 2.4, 4.8, 9.6, 19.2 and 38.4 s');
    if (time < 5) clock.advance(60_000);
  }
  const woken: string[] = [];
  gate.fail(gate.begin(), REFUSED);
  void gate.change('list', NEVER).then(() => woken.push('list'));
  void gate.change('call', NEVER).then(() => woken.push('call'));
  clock.advance(5999);
  await new Promise(setImmediate);
  t.deepEqual([gate.isOpenFor('call'), woken], [false, []]);
  clock.advance(1);
  await new Promise(setImmediate);
  t.deepEqual([gate.isOpenFor('call'), gate.isOpenFor('list'), woken], [true, false, ['call']]);
  clock.advance(60_000);
  await new Promise(setImmediate);
  t.deepEqual(woken, ['call', 'list']);
  t.deepEqual(clock.waiting, []);
});

test('calls are woken before lists and watches that have waited for longer', async (t) => {
  const gate = createGate(turnedClock(), () => 0);
  const woken: string[] = [];
  for (const kind of ['watch', 'list', 'call', 'list', 'call'] as const)
    void gate.change(kind, NEVER).then(() => woken.push(kind));
  gate.wake();
  await new Promise(setImmediate);
  t.deepEqual(woken, ['call', 'call', 'watch', 'list', 'list']);
});

test('a response over a connection older than the failure does not open the gate', (t) => {
  const clock = turnedClock();
  const gate = createGate(clock, () => 0);
  const old = gate.begin();
  gate.prove(old);
  gate.fail(gate.begin(), REFUSED);
  gate.prove(old);
  t.deepEqual([gate.isOpenFor('list'), gate.isProven], [false, false]);
});

test('a change that may fix the failure opens the gate at once', async (t) => {
  const clock = turnedClock();
  const gate = createGate(clock, () => 0);
  gate.fail(gate.begin(), REFUSED);
  const change = gate.change('list', NEVER);
  gate.retry();
  t.is(await change, null);
  t.true(gate.isOpenFor('list'));
  t.deepEqual(clock.waiting, []);
});

test('a waiting request is woken by changes for its kind and by its own cancellation', async (t) => {
  const gate = createGate(turnedClock(), () => 0);
  const abort = new AbortController();
  const woken: string[] = [];
  void gate.change('list', NEVER).then(() => woken.push('list'));
  void gate.change('watch', NEVER).then(() => woken.push('watch'));
  void gate.change('watch', abort.signal).then(() => woken.push('aborted'));
  gate.wake((kind) => kind === 'list');
  await new Promise(setImmediate);
  t.deepEqual(woken, ['list']);
  abort.abort();
  await new Promise(setImmediate);
  t.deepEqual(woken, ['list', 'aborted']);
  gate.wake();
  await new Promise(setImmediate);
  t.deepEqual(woken, ['list', 'aborted', 'watch']);
});
