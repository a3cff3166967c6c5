import test from 'ava';
import { Ring } from '../../src/endpoints/ring.ts';
import { endpoints, snapshot } from './pool-parts.ts';

test('a ring knows where each of its slots stands, and which it has not', (t) => {
  const all = endpoints(4, 100);
  const ring = new Ring(snapshot(all), all.slice(1));
  t.is(ring.size, 3);
  t.deepEqual(
    [100, 101, 102, 103, 104, -1].map((slot) => ring.position(slot)),
    [-1, 0, 1, 2, -1, -1],
  );
});
