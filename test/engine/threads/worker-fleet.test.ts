import type { Worker } from 'node:worker_threads';
import type { ExecutionContext } from 'ava';
import { WorkerFleet } from '../../../src/engine/threads/worker-fleet.ts';
import { planChange } from '../../../src/plan/plan-change.ts';
import { createSharedState } from '../../../src/shared-memory/shared-state.ts';
import { listenerPlan } from '../../helpers/engine-harness.ts';
import { leavesNothingOpen, onLinux } from '../../linux/on-linux.ts';

leavesNothingOpen();

const SCRIPT = { url: new URL('./obedient-worker.js', import.meta.url), name: 'obedient' };

async function start(t: ExecutionContext, idPrefix = 'id') {
  const workers: Worker[] = [];
  const notice = (worker: Worker) => workers.push(worker);
  process.on('worker', notice);
  t.teardown(() => process.off('worker', notice));
  const told: string[] = [];
  const state = createSharedState({ workers: 2, listeners: 2, clients: 0, seed: 1 });
  const observer = {
    records: () => {},
    fault: (listener: string | null, message: string) => {
      told.push(`${listener} ${message}`);
    },
  };
  const fleet = WorkerFleet.start(2, {
    script: SCRIPT,
    state,
    observer,
    idPrefix,
    logTlvs: [],
    lingerMs: 2000,
  });
  return { fleet, told, workers };
}

onLinux('a fleet runs the script that it is given, once a worker', async (t) => {
  const { fleet: starting, told } = await start(t);
  const fleet = await starting;
  t.is(fleet.size, 2);
  t.true(await fleet.alive());
  const plan = listenerPlan({ name: 'web' });
  const change = planChange(new Map(), [plan]);
  // Descriptors that the script never touches.
  await fleet.apply([{ plan, fds: [900_001, 900_002], shared: false, port: 80 }], change);
  t.deepEqual(told.toSorted(), ['web has 900001', 'web has 900002']);
  const open = new Map([[plan.id, { plan, address: plan.listen }]]);
  const next = listenerPlan({ name: 'new' });
  await fleet.apply(
    [{ plan: next, fds: [900_001, 900_002], shared: false, port: 80 }],
    planChange(open, [next]),
  );
  t.deepEqual(told.slice(2), ['new has nothing new', 'new has nothing new']);
  t.deepEqual(await fleet.order({ do: 'sessions', limit: 1 }), []);
  await fleet.exit();
  t.false(await fleet.alive());
});

onLinux('a fleet of which one worker cannot start is none', async (t) => {
  const { fleet, workers, told } = await start(t, 'fail');
  // Errors of another thread are none of this one's class.
  await t.throwsAsync(fleet, { any: true, message: 'not this one' });
  t.deepEqual(told, []);
  t.deepEqual(
    workers.map(({ threadId }) => threadId),
    [-1, -1],
  );
});

onLinux('a worker that ends by itself is replaced by one that knows its listeners', async (t) => {
  const { fleet: starting, told, workers } = await start(t);
  const fleet = await starting;
  const plan = listenerPlan({ name: 'web' });
  await fleet.apply(
    [{ plan, fds: [900_001, 900_002], shared: false, port: 80 }],
    planChange(new Map(), [plan]),
  );
  const replaced = new Promise((resolve) => process.once('worker', resolve));
  await workers[1]!.terminate();
  await replaced;
  t.true(await fleet.alive());
  t.is(told.filter((line) => line === 'web has 900002').length, 2);
  t.is(told.filter((line) => line === 'web has 900001').length, 1);
  await fleet.exit();
});
