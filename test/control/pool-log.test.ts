import test from 'ava';
import type { ResolvedListener } from '../../src/config/config.ts';
import type { KeptListener } from '../../src/control/kept-listener.ts';
import { poolFacts } from '../../src/control/pool-facts.ts';
import { createPoolLog } from '../../src/control/pool-log.ts';
import { RowTable } from '../../src/control/row-table.ts';
import type { SourceState } from '../../src/endpoints/endpoint-source.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';
import { createMemoryLog } from '../observe/memory-log.ts';
import { known, service, stateOf } from './known.ts';
import { options } from './scripted-config.ts';

/** The log of one listener's pool, fed with the states of its source. */
function create(parts: Partial<ResolvedListener> = {}) {
  const log = createMemoryLog();
  const pools = createPoolLog(log);
  const rows = new RowTable(createSharedState({ workers: 1, listeners: 1, clients: 0, seed: 1 }));
  const all = options(parts);
  const look = (state: SourceState) => {
    const pool = poolFacts({
      options: all,
      states: [state],
      place: { node: 'here', zone: null },
      slots: (texts) => rows.slots('edge', texts),
      before: undefined,
    });
    pools.update([{ options: all, pool } as KeptListener]);
    return log.lines.splice(0).map(({ level, message }) => `${level} ${message}`);
  };
  return look;
}

const READY = known('10.0.0.1', { node: 'here' });
const UNREADY = known('10.0.0.1', { node: 'here', ready: false, serving: false });
const ELSEWHERE = known('10.0.0.2', { node: 'there' });

test('an empty pool says why it is empty, once, and again when the reason is another', (t) => {
  const look = create({ trafficPolicy: 'Local' });
  t.deepEqual(look(stateOf([])), ['warn pool empty: no endpoint is known']);
  t.deepEqual(look(stateOf([])), []);
  t.deepEqual(look(stateOf([UNREADY])), [
    'warn pool empty: no endpoint is ready, or terminating and still serving',
  ]);
  t.deepEqual(look(stateOf([UNREADY, ELSEWHERE])), [
    'warn pool empty: no endpoint on this node is usable; those on other nodes are not used',
  ]);
  t.deepEqual(look(stateOf([READY])), ['info pool has usable endpoints again']);
  t.deepEqual(look(stateOf([READY])), []);
});

test('a pool whose source has not answered is no news', (t) => {
  t.deepEqual(create()(stateOf([], { synced: false })), []);
});

test('a Service that admits some clients is told once where its listener admits all of them', (t) => {
  const look = create();
  const ranged = stateOf([READY], { service: service({ sourceRanges: ['10.0.0.0/8'] }) });
  t.deepEqual(look(ranged), [
    'warn shop/web has loadBalancerSourceRanges, which this listener does not apply: it admits every client. Set trafficPolicy to service to apply them',
  ]);
  t.deepEqual(look(ranged), []);
  t.deepEqual(look(stateOf([READY], { service: service() })), []);
  t.is(look(ranged).length, 1);
  t.deepEqual(create({ trafficPolicy: 'service', affinity: { kind: 'none' } })(ranged), []);
});

test('a Service that cannot be read is told where its slices are served, and not where it is gone', (t) => {
  const look = create({ trafficPolicy: 'service', affinity: { kind: 'none' } });
  t.deepEqual(look(stateOf([READY], { service: service() })), []);
  t.deepEqual(look(stateOf([])), ['warn pool empty: no endpoint is known']);
  t.deepEqual(look(stateOf([READY])), [
    'info pool has usable endpoints again',
    'warn the Service cannot be read; using trafficPolicy Cluster until it can be',
    'warn the Service cannot be read; admitting every client until it can be',
  ]);
});
