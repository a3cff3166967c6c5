import test from 'ava';
import { servingThreads } from '../../src/ops/worker-times.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';

const state = createSharedState({ workers: 4, listeners: 1, clients: 0, seed: 1 });
state.busyMs.set([10, 20, 30, 40]);

const names = (threads: number, servesInMainThread: boolean) =>
  servingThreads({ threads, servesInMainThread }, state).map(({ worker, row }) => [worker, row]);

test('the threads that serve are those that the engine has, whatever there would be room for', (t) => {
  t.deepEqual(names(2, false), [
    ['0', 0],
    ['1', 1],
  ]);
  t.deepEqual(names(0, false), []);
});

test('the main thread is one of them where it serves, with the last row', (t) => {
  t.deepEqual(names(0, true), [['main', 4]]);
  t.deepEqual(names(1, true), [
    ['0', 0],
    ['main', 4],
  ]);
});

test('each tells how long it has worked: threads in the shared state, the main thread by its loop', (t) => {
  const [thread, main] = servingThreads({ threads: 1, servesInMainThread: true }, state);
  t.is(thread!.busyMs, 10);
  const { active } = performance.eventLoopUtilization();
  t.true(main!.busyMs > 0 && main!.busyMs <= active);
});
