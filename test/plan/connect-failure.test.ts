import test from 'ava';
import { reasonRow } from '../../src/plan/close-reason.ts';
import { CONNECT_FAILURES } from '../../src/plan/connect-failure.ts';

test('every failure of a connect is a reason of the phase connect, at level error', (t) => {
  t.true(CONNECT_FAILURES.length > 0);
  t.is(new Set(CONNECT_FAILURES).size, CONNECT_FAILURES.length);
  for (const failure of CONNECT_FAILURES) {
    t.is(reasonRow(failure).phase, 'connect', failure);
    t.is(reasonRow(failure).level, 'error', failure);
  }
});
