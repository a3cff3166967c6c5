import test from 'ava';
import { FAILURE_KINDS, FAILURES, failureOf } from '../../src/load/failures.ts';

test('an error of the kernel is of one kind, before the connect as after it', (t) => {
  const rows = [
    ['ECONNREFUSED', 'connect_refused', 'reset'],
    ['ENOENT', 'connect_refused', 'reset'],
    ['ETIMEDOUT', 'connect_timeout', 'reset'],
    ['EHOSTUNREACH', 'connect_failed', 'reset'],
    ['E999', 'connect_failed', 'reset'],
    ['ECONNRESET', 'reset', 'reset'],
    ['EPIPE', 'connect_failed', 'reset'],
    ['EMFILE', 'descriptors', 'descriptors'],
    ['ENFILE', 'descriptors', 'descriptors'],
    ['EADDRNOTAVAIL', 'local_ports', 'local_ports'],
    ['EADDRINUSE', 'local_ports', 'local_ports'],
  ] as const;
  for (const [errno, before, after] of rows) {
    t.deepEqual([failureOf(errno, false), failureOf(errno, true)], [before, after], errno);
  }
});

test('every kind says what it means', (t) => {
  t.true(FAILURE_KINDS.length > 5);
  for (const kind of FAILURE_KINDS) t.true(FAILURES[kind].length > 10, kind);
});
