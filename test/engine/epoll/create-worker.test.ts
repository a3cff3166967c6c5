import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ExecutionContext } from 'ava';
import { createWorker } from '../../../src/engine/epoll/create-worker.ts';
import { DescriptorTable } from '../../../src/engine/threads/descriptor-table.ts';
import { packSnapshot } from '../../../src/engine/threads/packed-snapshot.ts';
import type { News, Order } from '../../../src/engine/threads/worker-messages.ts';
import { openEventfd, raise } from '../../../src/linux/eventfd.ts';
import { close } from '../../../src/linux/socket.ts';
import { createSharedState } from '../../../src/shared-memory/shared-state.ts';
import { Connection } from '../../helpers/connection.ts';
import { listenerPlan } from '../../helpers/engine-harness.ts';
import { leavesNothingOpen, onLinux } from '../../linux/on-linux.ts';
import { Sockets } from '../../linux/sockets.ts';

leavesNothingOpen();

/** A worker that the test turns, with the clock that it has. */
function create(t: ExecutionContext) {
  const wakeFd = openEventfd();
  t.teardown(() => close(wakeFd));
  const descriptors = new DescriptorTable();
  const news: News[] = [];
  const orders: Order[] = [];
  let nowMs = 1000;
  const worker = createWorker({
    data: {
      state: createSharedState({ workers: 1, listeners: 1, clients: 0, seed: 1 }),
      worker: 0,
      idPrefix: 'id',
      logTlvs: [],
      lingerMs: 2000,
      wakeFd,
      descriptors: descriptors.cells,
    },
    tell: (each) => news.push(each),
    nextOrder: () => orders.shift(),
    now: () => nowMs++,
    random: () => 0,
    machine: { ports: () => [1, 0], addresses: () => [], now: () => nowMs },
  });
  const give = (...next: Order[]) => {
    orders.push(...next);
    raise(wakeFd);
    let isRunning = true;
    while (orders.length > 0) isRunning = worker.turn();
    return isRunning;
  };
  /** Turns it until a session has ended. */
  const turnToRecord = () => {
    for (let turns = 0; turns < 100 && !news.some((each) => each.news === 'records'); turns++) {
      raise(wakeFd);
      worker.turn();
      nowMs += 60;
    }
    return news.flatMap((each) => (each.news === 'records' ? each.records : [])).map(({ reason }) => reason);
  };
  return { worker, descriptors, news, give, turnToRecord };
}

onLinux('a worker is made and turned by whoever has its parts, in any thread', async (t) => {
  const { worker, descriptors, news, give, turnToRecord } = create(t);
  t.deepEqual(news, [{ news: 'ready' }]);

  const sockets = new Sockets(t);
  const { fd, port } = sockets.listener();
  // The worker closes it.
  sockets.release(fd);
  const { snapshot, ...plan } = listenerPlan();
  const listeners = [{ plan, snapshot: packSnapshot(snapshot), fds: [fd], shared: false, port }];
  descriptors.listens(fd);
  t.true(give({ order: 1, do: 'apply', listeners, unchanged: [] }, { order: 2, do: 'sessions', limit: 9 }));
  const client = await Connection.to({ host: '127.0.0.1', port });
  t.deepEqual(turnToRecord(), ['no_endpoint']);
  t.is(await client.ending, 'reset');
  t.true(give({ order: 3, do: 'drain', isTakenOver: false }));
  t.false(descriptors.isListening(fd));
  t.false(give({ order: 4, do: 'exit' }));
  worker.close();
  t.deepEqual(
    news.filter((each) => each.news === 'done'),
    [
      { news: 'done', order: 1 },
      { news: 'done', order: 2, sessions: [] },
      { news: 'done', order: 3 },
      { news: 'done', order: 4 },
    ],
  );
});

onLinux('a client for which another process was woken, and which it left in the queue, is met', async (t) => {
  const { worker, descriptors, give, turnToRecord } = create(t);
  const sockets = new Sockets(t);
  const { fd, port } = sockets.listener();
  sockets.release(fd);
  const waiter = new Worker(new URL('./first-waiter.js', import.meta.url), { workerData: fd });
  await once(waiter, 'message');
  const { snapshot, ...plan } = listenerPlan();
  const listeners = [{ plan, snapshot: packSnapshot(snapshot), fds: [fd], shared: true, port }];
  descriptors.listens(fd);
  give({ order: 1, do: 'apply', listeners, unchanged: [] });
  const client = await Connection.to({ host: '127.0.0.1', port });
  await once(waiter, 'exit');
  t.deepEqual(turnToRecord(), ['no_endpoint']);
  t.is(await client.ending, 'reset');
  give({ order: 2, do: 'drain', isTakenOver: false }, { order: 3, do: 'exit' });
  worker.close();
});
