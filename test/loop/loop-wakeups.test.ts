import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { fromLinux, leavesNothingOpen, onLinux } from '../linux/on-linux.ts';
import type { RaiseOrder } from '../linux/raise-worker.ts';
import { Sockets } from '../linux/sockets.ts';
import { bench, isOpen } from './loop-bench.ts';

const { EPOLL } = await fromLinux(() => import('../../src/linux/epoll.ts'));
const { openEventfd, raise } = await fromLinux(() => import('../../src/linux/eventfd.ts'));
const { Loop } = await fromLinux(() => import('../../src/loop/loop.ts'));

leavesNothingOpen();

onLinux('another thread ends the wait, and its wish is heard once', async (t) => {
  const { loop, heard, wakeFd } = bench(t);
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const order: RaiseOrder = { fd: wakeFd, times: 1, gate };
  const worker = new Worker(new URL('../linux/raise-worker.js', import.meta.url), { workerData: order });
  const exited = once(worker, 'exit');
  await once(worker, 'online');
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  for (let turn = 0; heard.length === 0 && turn < 10; turn++) loop.turn();
  t.deepEqual(heard, ['woken']);
  await exited;
  loop.again(() => heard.push('next'));
  loop.turn();
  t.deepEqual(heard, ['woken', 'next']);
});

onLinux('a wish that came while others were handled is heard in the next turn', (t) => {
  const { loop, heard, event, wakeFd } = bench(t);
  event('event', () => raise(wakeFd));
  loop.turn();
  loop.turn();
  t.deepEqual(heard, ['event', 'woken']);
});

onLinux('a wish is heard when what was closed before it is closed, be it by another wish', (t) => {
  const sockets = new Sockets(t);
  const wakeFd = sockets.keep(openEventfd());
  const fds = [0, 1, 2].map(() => openEventfd());
  const seen: boolean[][] = [];
  const loop = new Loop({
    now: () => 0,
    wakeFd,
    woken: () => {
      seen.push(fds.map(isOpen));
      loop.close(fds[seen.length]!);
      return seen.length < 2;
    },
  });
  t.teardown(() => loop.stop());
  raise(wakeFd);
  const event = sockets.keep(openEventfd());
  raise(event);
  loop.watch(event, EPOLL.IN | EPOLL.ET, { ready: () => loop.close(fds[0]!) });
  loop.turn();
  t.is(seen.length, 1, 'what happens to others is not held up by wishes');
  loop.turn();
  t.deepEqual(seen, [
    [false, true, true],
    [false, false, true],
  ]);
  t.deepEqual(fds.map(isOpen), [false, false, false]);
});
