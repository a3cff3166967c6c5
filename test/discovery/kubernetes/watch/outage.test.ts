import test from 'ava';
import { failure } from '../../../../src/discovery/kubernetes/failure.ts';
import { createOutage } from '../../../../src/discovery/kubernetes/watch/outage.ts';
import { createManualClock } from '../../../observe/manual-clock.ts';

function create() {
  const codes: string[] = [];
  const outage = createOutage({
    server: 'https://api',
    clock: { ...createManualClock(), date: () => 0 },
    say: ({ code }) => codes.push(code),
    rest: () => '',
  });
  return { outage, codes, one: {}, other: {} };
}

const REFUSED = failure('refused', 'connect ECONNREFUSED');

test('an outage that nobody waits for any more is not told to be over: Herald stops, or follows no Service', (t) => {
  const { outage, codes, one, other } = create();
  outage.failed(one, REFUSED);
  outage.failed(other, REFUSED);
  outage.gone(one);
  outage.gone(other);
  t.deepEqual(codes, ['api_refused']);
});

test('one is over where a watch works again and nobody needs the others', (t) => {
  const { outage, codes, one, other } = create();
  outage.failed(one, REFUSED);
  outage.failed(other, REFUSED);
  outage.over(one);
  t.deepEqual(codes, ['api_refused']);
  outage.gone(other);
  t.deepEqual(codes, ['api_refused', 'api_back']);
  outage.failed(one, REFUSED);
  outage.gone(one);
  t.deepEqual(codes, ['api_refused', 'api_back', 'api_refused']);
});
