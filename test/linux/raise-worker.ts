import { workerData } from 'node:worker_threads';
import { raise } from '../../src/linux/eventfd.ts';

/** Raises the descriptor so many times, once cell 0 of the gate is 1. */
export interface RaiseOrder {
  readonly fd: number;
  readonly times: number;
  readonly gate: Int32Array;
}

const { fd, times, gate } = workerData as RaiseOrder;
Atomics.wait(gate, 0, 0);
for (let time = 0; time < times; time++) raise(fd);
