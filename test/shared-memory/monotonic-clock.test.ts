import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { monotonicMs } from '../../src/shared-memory/monotonic-clock.ts';

test('the clock never goes back', (t) => {
  let before = monotonicMs();
  for (let call = 0; call < 1000; call++) {
    const now = monotonicMs();
    if (now < before) t.fail(`${now} after ${before}`);
    before = now;
  }
  t.pass();
});

test('the clocks of two threads are one: an answer is no older than its question', async (t) => {
  const worker = new Worker(new URL('./clock-worker.js', import.meta.url));
  for (let round = 0; round < 20; round++) {
    const asked = monotonicMs();
    worker.postMessage(null);
    const [answer] = await once(worker, 'message');
    const heard = monotonicMs();
    // Two threads read their origin from the wall clock, to a part of a millisecond.
    t.true(asked - 1 <= answer && answer <= heard + 1, `${asked} ≤ ${answer} ≤ ${heard}`);
  }
  await worker.terminate();
});
