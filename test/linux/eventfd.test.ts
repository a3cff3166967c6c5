import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';
import type { RaiseOrder } from './raise-worker.ts';
import { Sockets } from './sockets.ts';

const { EPOLL, Epoll } = await fromLinux(() => import('../../src/linux/epoll.ts'));
const { clear, openEventfd, raise } = await fromLinux(() => import('../../src/linux/eventfd.ts'));

leavesNothingOpen();

onLinux(
  'an eventfd is readable once it was raised, until it is cleared, however often it was raised',
  (t) => {
    const sockets = new Sockets(t);
    const fd = sockets.keep(openEventfd());
    const epoll = new Epoll(4);
    sockets.keep(epoll.fd);
    t.is(epoll.add(fd, EPOLL.IN), 0);
    t.is(epoll.wait(0), 0);
    for (const times of [1, 3]) {
      for (let time = 0; time < times; time++) raise(fd);
      t.is(epoll.wait(0), 1);
      t.is(epoll.fdAt(0), fd);
      t.is(epoll.eventsAt(0), EPOLL.IN);
      t.is(epoll.wait(0), 1);
      clear(fd);
      t.is(epoll.wait(0), 0);
    }
  },
);

onLinux('to clear what was not raised does not block', (t) => {
  const sockets = new Sockets(t);
  const fd = sockets.keep(openEventfd());
  clear(fd);
  raise(fd);
  clear(fd);
  clear(fd);
  t.pass();
});

onLinux('another thread wakes one that waits, and is not lost where it comes before the wait', async (t) => {
  const sockets = new Sockets(t);
  const fd = sockets.keep(openEventfd());
  const epoll = new Epoll(1);
  sockets.keep(epoll.fd);
  epoll.add(fd, EPOLL.IN);
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const order: RaiseOrder = { fd, times: 5, gate };
  const worker = new Worker(new URL('./raise-worker.js', import.meta.url), { workerData: order });
  const exited = once(worker, 'exit');
  await once(worker, 'online');
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  t.is(epoll.wait(10_000), 1);
  t.is(epoll.fdAt(0), fd);
  await exited;
  t.is(epoll.wait(0), 1);
  clear(fd);
  t.is(epoll.wait(0), 0);
});
