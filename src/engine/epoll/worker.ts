import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { monotonicMs } from '../../shared-memory/monotonic-clock.ts';
import { ownMachine } from '../own-machine.ts';
import type { Order, WorkerData } from '../threads/worker-messages.ts';
import { createWorker } from './create-worker.ts';

// The script of a worker thread: runs a worker with the real clock, random numbers and machine until it is ordered to exit.

const { orders, ...data } = workerData as WorkerData;

const worker = createWorker({
  data,
  tell: (news) => parentPort!.postMessage(news),
  nextOrder: () => receiveMessageOnPort(orders)?.message as Order | undefined,
  now: monotonicMs,
  random: Math.random,
  machine: ownMachine(monotonicMs),
});
while (worker.turn());
worker.close();
