import test from 'ava';
import type { GatewayOptions } from '../../src/config/gateway-options.ts';
import { createController, type Told } from '../../src/controller/controller.ts';
import type { ClusterObjects } from '../../src/controller/objects/cluster-objects.ts';
import { createOpenFailures } from '../../src/controller/open-failures.ts';
import { createPortHolds } from '../../src/controller/port-holds.ts';

test('nothing is told of listeners that are in force after a stop has begun', async (t) => {
  const told: Told[] = [];
  let finish = () => {};
  const offered = new Promise<ReadonlyMap<string, string>>((resolve) => {
    finish = () => resolve(new Map());
  });
  const controller = createController({
    ...{ options: {} as GatewayOptions, now: () => 0, after: () => () => {}, isSynced: () => true },
    ...{ objects: () => ({}) as ClusterObjects, seen: () => () => {}, owners: () => new Map() },
    facts: () => ({
      ...{ ownAddresses: [], reservedPorts: new Map(), published: [], companions: new Map() },
      keepsIpMode: null,
      node: null,
      faults: new Map(),
    }),
    translate: () => ({ listeners: [], statuses: [], events: [] }),
    optionsOf: () => ({ why: 'there is no wish' }),
    ...{ holds: createPortHolds(0), failures: createOpenFailures() },
    ...{ offer: () => offered, tell: (each) => told.push(each), failed() {} },
  });
  controller.request();
  await new Promise(setImmediate);
  const stopped = controller.stop();
  finish();
  await stopped;
  t.deepEqual(told, []);
});
