import test from 'ava';
import { FAILURE_KINDS } from '../../src/load/failures.ts';
import type { Outcome } from '../../src/load/outcome.ts';
import { createResult } from '../../src/load/result.ts';
import { CALM, RESULT } from './sample-result.ts';

const { achieved, latency, errors, wrongClients, rightClients, unknownClients, goodAnswers } = RESULT;
const counts = { wrongClients, rightClients, unknownClients, goodAnswers };
const { curve, series } = RESULT;
const measured = { achieved, latency, errors, ...counts, curve, series };
const OUTCOME: Outcome = {
  measured: { ...measured, achieved: { ...achieved, requestsPerSecond: 9120.4444, bytesPerSecond: 1.5 } },
  direct: null,
  overhead: null,
  limitedByGenerator: null,
  endedEarly: false,
  refusedBy: null,
};
const FACTS = { herald: '1.2.3', at: new Date(0), asked: CALM.asked };

test('the JSON has the shape of the contract, in its order', (t) => {
  const result = createResult(OUTCOME, FACTS);
  const contract = ['asked', 'achieved', 'latency', 'errors', 'wrongClients', 'limitedByGenerator'];
  t.deepEqual(
    Object.keys(result).filter((key) => contract.includes(key)),
    contract,
  );
  t.like(result.achieved, { connectionsPerSecond: 990, requestsPerSecond: 9120.4, bytesPerSecond: 2 });
  t.deepEqual(Object.keys(result.latency), ['connect', 'firstByte', 'total']);
  for (const figures of Object.values(result.latency)) {
    t.deepEqual(Object.keys(figures!), ['count', 'p50', 'p90', 'p95', 'p99', 'p999', 'max']);
  }
  t.deepEqual(Object.keys(result.errors), [...FAILURE_KINDS]);
  t.is(result.errors.connect_refused, 0);
  t.is(result.wrongClients, 0);
  t.is(result.limitedByGenerator, null);
  t.false('direct' in result || 'overhead' in result);
});

test('a comparison has the other way and the overhead beside it', (t) => {
  const outcome = { ...OUTCOME, direct: measured, overhead: RESULT.overhead! };
  const result = createResult(outcome, FACTS);
  t.deepEqual(result.direct?.latency, latency);
  t.deepEqual(result.overhead, RESULT.overhead);
});
