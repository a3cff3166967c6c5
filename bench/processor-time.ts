import { readdirSync, readFileSync } from 'node:fs';

/** Processor time of a process so far in microseconds, user and system, all its threads: the kernel's accounting. */
export function processorTime(pid: number): number {
  let nanoseconds = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    // The first of three figures is the time on a processor.
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
  }
  return nanoseconds / 1000;
}
