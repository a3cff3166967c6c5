import type { Clock } from './clock.ts';

/** The length of the window, and how often the times of the threads are recorded. */
const WINDOW_MS = 15_000;
const STEP_MS = 1000;

/** A thread that serves: its name in metrics, and how long it has been busy so far. */
export interface WorkerTime {
  readonly worker: string;
  readonly busyMs: number;
}

/** The share of the last 15 seconds that each thread was busy. The window is fixed, so several scrapers get the same values. */
export interface BusyWindow {
  /** 0 to 1; 0 for a thread that has just started. */
  ratio(worker: string): number;
  stop(): void;
}

interface Mark {
  readonly atMs: number;
  readonly busyMs: ReadonlyMap<string, number>;
}

/** Records the times of `workers` each second, until it is stopped. */
export function createBusyWindow(workers: () => readonly WorkerTime[], clock: Clock): BusyWindow {
  const marks: Mark[] = [];
  let cancel = () => {};
  const mark = (): void => {
    const busyMs = new Map(workers().map(({ worker, busyMs }) => [worker, busyMs]));
    marks.push({ atMs: clock.now(), busyMs });
    // The oldest mark that is kept is the youngest one that is at least as old as the window.
    while (marks.length > 2 && marks[1]!.atMs <= marks.at(-1)!.atMs - WINDOW_MS) marks.shift();
    cancel = clock.after(STEP_MS, mark);
  };
  mark();
  return {
    ratio(worker) {
      const last = marks.at(-1)!;
      const first = marks.find(({ busyMs }) => busyMs.has(worker));
      if (first === undefined || first === last) return 0;
      const elapsed = last.atMs - first.atMs;
      const worked = (last.busyMs.get(worker) ?? 0) - first.busyMs.get(worker)!;
      return Math.min(Math.max(worked / elapsed, 0), 1);
    },
    stop: () => cancel(),
  };
}
