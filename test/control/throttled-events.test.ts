import test from 'ava';
import type { SourceName } from '../../src/config/config.ts';
import { PlanKeeper } from '../../src/control/plan-keeper.ts';
import { RowTable } from '../../src/control/row-table.ts';
import type { SourceMaker } from '../../src/control/source-registry.ts';
import type { KubernetesCluster } from '../../src/discovery/kubernetes/cluster.ts';
import { createKubernetesSource } from '../../src/discovery/kubernetes/kubernetes-source.ts';
import { readSlice, type Slice } from '../../src/discovery/kubernetes/slice.ts';
import type { EndpointSource } from '../../src/endpoints/endpoint-source.ts';
import type { Engine } from '../../src/plan/engine.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';
import { evenly } from '../config/evenly.ts';
import { slice, sliceEndpoint } from '../helpers/kubernetes-objects.ts';
import { turnedClock } from '../helpers/turned-clock.ts';
import { createMemoryLog } from '../observe/memory-log.ts';
import { config, KEEPER_PARTS, service, settled } from './keeper-parts.ts';

const SERVICES = 40;
const EVENTS_EACH = 10;

/** A slice with one ready endpoint, read from an object as the API sends it. */
const sliceOf = (address: string): Slice =>
  readSlice(slice('web-a', [sliceEndpoint(address)]), { namespace: 'shop', services: new Set(['web']) })!;

/** A cluster whose slices a test changes. It counts how often slices are folded, which is how often they are iterated. */
function countingCluster() {
  const changes: (() => void)[] = [];
  const counts = { folds: 0 };
  const cluster: KubernetesCluster = {
    follow(_service, listener) {
      let events = 0;
      changes.push(() => {
        events++;
        listener.changed();
      });
      const slices: Iterable<Slice> = {
        *[Symbol.iterator]() {
          counts.folds++;
          yield sliceOf(`10.0.0.${events + 1}`);
        },
      };
      return { slices, service: { is: 'forbidden' }, lastEventAt: null, stop: async () => {} };
    },
    stop() {},
  };
  return { cluster, changes, counts };
}

test(`of ${SERVICES} Services with ${EVENTS_EACH} events each in 45 ms, sources fold rarely, and the keeper makes fewer plans than they change`, async (t) => {
  const clock = turnedClock();
  const { cluster, changes, counts } = countingCluster();
  const sources: EndpointSource[] = [];
  const maker: SourceMaker = {
    namespace: 'shop',
    prepare: async () => {},
    create(wanted) {
      if (wanted.kind !== 'name') throw new Error('only names are wanted here');
      const of = { name: wanted.name.text, namespace: 'shop', service: wanted.name.text, port: '8080' };
      const source = createKubernetesSource({ ...of, family: 'auto', cidrs: null, cluster, clock });
      sources.push(source);
      return source;
    },
    listen() {},
    stop() {},
  };
  let plans = 0;
  const engine = {
    apply: async ({ listeners }: Parameters<Engine['apply']>[0]) => {
      plans++;
      return listeners.map(({ id, name, listen }) => ({ id, name, address: listen }));
    },
  } as unknown as Engine;
  const rows = new RowTable(createSharedState({ workers: 1, listeners: 1, clients: 0, seed: 1 }));
  const log = createMemoryLog();
  const keeper = new PlanKeeper({ ...KEEPER_PARTS, engine, rows, maker, log, clock });
  const to = evenly(...Array.from({ length: SERVICES }, (_, at): SourceName => service(`s${at}`)));
  await keeper.apply(config({ to }));
  clock.advance(1000);
  await settled();
  const before = { folds: counts.folds, plans };
  t.is(before.folds, SERVICES);

  for (let event = 0; event < EVENTS_EACH; event++) {
    for (const change of changes) {
      change();
      await settled();
    }
    clock.advance(5);
    await settled();
  }
  clock.advance(1000);
  await settled();
  // Without the throttle of each source every event would be a fold: 400 of them.
  const folds = counts.folds - before.folds;
  t.is(folds, 2 * SERVICES);
  // Without the keeper's throttle every change of a source would be a plan: 80 of them.
  const changed = sources.reduce((sum, { state }) => sum + state.generation - 1, 0);
  t.is(changed, 2 * SERVICES);
  t.true(plans - before.plans <= 3, `${plans - before.plans} plans`);
  t.true(keeper.listeners[0]!.pool.endpoints.some(({ text }) => text === '10.0.0.11:8080'));
  await keeper.stop();
});
