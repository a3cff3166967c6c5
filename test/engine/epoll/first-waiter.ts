import { parentPort, workerData } from 'node:worker_threads';
import { EPOLL, Epoll } from '../../../src/linux/epoll.ts';

// Waits for a shared listening socket before anybody else does, and leaves there whoever comes.

const epoll = new Epoll(1);
epoll.add(workerData as number, EPOLL.IN | EPOLL.EXCLUSIVE);
parentPort!.postMessage('waits');
epoll.wait(10_000);
epoll.close();
