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

test('an outage that ends because nothing is watched any more is not reported as over', (t) => {
  const { outage, codes, one, other } = create();
  outage.failed(one, REFUSED);
  outage.failed(other, REFUSED);
  outage.gone(one);
  outage.gone(other);
  t.deepEqual(codes, ['api_refused']);
});

test('an outage is over when a watch works again and the others are no longer needed', (t) => {
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
