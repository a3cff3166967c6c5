import { readdirSync, readFileSync } from 'node:fs';

/**
 * Begins to measure the processor time of a process, user and system, all its threads, from the kernel's
 * accounting. The returned function returns the microseconds since then. It throws if a thread has ended, because its
 * time is then no longer available.
 */
export function startProcessorTime(pid: number): () => number {
  const before = read(pid);
  return () => {
    const after = read(pid);
    let nanoseconds = 0;
    for (const [task, time] of after) nanoseconds += time - (before.get(task) ?? 0);
    for (const task of before.keys()) {
      if (!after.has(task)) throw new Error('a thread of it ended while its processor time was measured');
    }
    return nanoseconds / 1000;
  };
}

function read(pid: number): Map<string, number> {
  // The first of three figures is the time on a processor.
  const timeOf = (task: string): number =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
  return new Map(readdirSync(`/proc/${pid}/task`).map((task) => [task, timeOf(task)]));
}
