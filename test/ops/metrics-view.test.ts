import test from 'ava';
import type { KeptListener } from '../../src/control/kept-listener.ts';
import type { EndpointSource, SourceHealth } from '../../src/endpoints/endpoint-source.ts';
import { hasCounts, servingThreads, sourceFacts } from '../../src/ops/metrics-view.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';

const source = (name: string, health: Partial<SourceHealth> = {}) =>
  ({ name, health: { synced: true, lastEventAt: null, errors: new Map(), ...health } }) as EndpointSource;

test('each source is told by its name, but for addresses that somebody wrote down', (t) => {
  const facts = sourceFacts([
    source('10.0.0.1:80'),
    source('k8s:a/b:c'),
    source('dns:x:1'),
    source('srv:y'),
    source('gateway:instances'),
  ]);
  t.deepEqual(
    facts.map(({ name }) => name),
    ['k8s:a/b:c', 'dns:x:1', 'srv:y', 'gateway:instances'],
  );
});

test('two of one name are one: synced when both are, as old as the older, with the errors of both', (t) => {
  const [facts, ...others] = sourceFacts([
    source('k8s:a', { lastEventAt: 20, errors: new Map([['gone', 1]]) }),
    source('k8s:a', {
      synced: false,
      lastEventAt: 10,
      errors: new Map([
        ['gone', 2],
        ['away', 3],
      ]),
    }),
    source('k8s:a'),
  ]);
  t.deepEqual(others, []);
  t.deepEqual(facts, {
    name: 'k8s:a',
    synced: false,
    lastEventAt: 10,
    errors: new Map([
      ['gone', 3],
      ['away', 3],
    ]),
  });
});

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

test('G12: that none of the endpoints that headers may name is on this node is no count of none', (t) => {
  const counts = (balance: string, ...endpoints: readonly string[]) =>
    hasCounts({ plan: { balance }, pool: { endpoints } } as unknown as KeptListener);
  t.deepEqual([counts('named'), counts('named', '10.1.0.1:80'), counts('round-robin')], [false, true, true]);
});
