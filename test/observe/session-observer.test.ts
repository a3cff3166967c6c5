import test from 'ava';
import { createAccessLog } from '../../src/observe/access-log.ts';
import { createRefusals } from '../../src/observe/refusals.ts';
import { createSessionObserver } from '../../src/observe/session-observer.ts';
import { createManualClock } from './manual-clock.ts';
import { createMemoryLog } from './memory-log.ts';
import { sessionRecord } from './session-record.ts';

function create() {
  const log = createMemoryLog();
  const clock = createManualClock();
  const refusals = createRefusals('full');
  const sessions = createAccessLog({ log, mode: 'errors', clients: 'full', clock });
  const observer = createSessionObserver({ log, sessions, refusals, clock });
  return { lines: log.lines, clock, refusals, observer };
}

test('records reach the access log and the list of refusals, and dropped ones are counted', (t) => {
  const { lines, refusals, observer } = create();
  observer.records([sessionRecord({ reason: 'untrusted' })], 3);
  observer.records([], 4);
  t.is(lines.length, 1);
  t.is(refusals.list().length, 1);
  t.is(observer.recordsDropped, 7);
});

test('a fault is logged as an error with its cause, and its listener where it has one', (t) => {
  const { lines, observer } = create();
  const error = new Error('too many open files');
  observer.fault('edge', 'accept failed', error);
  observer.fault(null, 'bug', error);
  t.deepEqual(lines, [
    { level: 'error', message: 'accept failed', fields: { listener: 'edge', err: error } },
    { level: 'error', message: 'bug', fields: { err: error } },
  ]);
});

test('faults are limited in rate and summed up', (t) => {
  const { lines, clock, observer } = create();
  for (let i = 0; i < 100; i++) observer.fault('edge', 'accept failed', new Error('EMFILE'));
  t.is(lines.length, 20);
  clock.advance(10_000);
  t.is(lines.at(-1)?.message, 'accept failed (80 more in 10 s)');
});

test('stop says what was held back, and leaves no clock', (t) => {
  const { lines, clock, observer } = create();
  for (let i = 0; i < 21; i++) observer.fault(null, 'accept failed', null);
  observer.records(
    Array.from({ length: 21 }, () => sessionRecord({ reason: 'untrusted' })),
    0,
  );
  t.is(clock.waiting, 2);
  observer.stop();
  t.is(clock.waiting, 0);
  t.is(lines.length, 42);
});
