import { parentPort, workerData } from 'node:worker_threads';
import type { News, Order, WorkerData } from '../../../src/engine/threads/worker-messages.ts';

// A worker on Node's own loop, which obeys at once. With ids that begin with "fail" the second one does not start.

const { orders, idPrefix, worker } = workerData as WorkerData;
const tell = (news: News) => parentPort!.postMessage(news);

if (idPrefix.startsWith('fail') && worker === 1) throw new Error('not this one');

orders.on('message', (order: Order) => {
  if (order.do === 'exit') orders.close();
  if (order.do === 'apply') {
    for (const { plan, fds } of order.listeners) {
      tell({
        news: 'fault',
        listener: plan.name,
        message: `has ${fds.join(' and ') || 'nothing new'}`,
        errno: 'E',
      });
    }
  }
  if (order.do === 'sessions') tell({ news: 'done', order: order.order, sessions: [] });
  else tell({ news: 'done', order: order.order });
});
tell({ news: 'ready' });
