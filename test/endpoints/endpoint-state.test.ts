import test from 'ava';
import { ENDPOINT_SLOTS } from '../../src/endpoints/endpoint-state.ts';
import { Pool } from '../../src/endpoints/pool.ts';
import { endpoint, endpointState, snapshot } from './pool-parts.ts';

test('the last slot of the table can be ejected as well as the first', (t) => {
  const state = endpointState(ENDPOINT_SLOTS);
  const all = [0, ENDPOINT_SLOTS - 1].map(endpoint);
  const pool = new Pool(snapshot(all), { after: 1, forMs: 10, maxShare: 1 }, state, () => 0);
  t.deepEqual(
    all.map((each) => pool.failed(each, 0)),
    ['ejected', 'ejected'],
  );
  t.deepEqual(pool.counts(9), { usable: 0, ejected: 2 });
});
