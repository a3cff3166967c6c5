import type { Clock } from './clock.ts';

/** How far back shares look, and how often time is taken for that. */
const WINDOW_MS = 15_000;
const STEP_MS = 1000;

/** A thread that serves: its name in metrics, and how long it has worked so far. */
export interface WorkerTime {
  readonly worker: string;
  readonly busyMs: number;
}

/** The share of their time that threads worked, in the last 15 seconds: the same for whoever asks, however often. */
export interface BusyWindow {
  /** 0 to 1; 0 for a thread that was not there a moment ago. */
  ratio(worker: string): number;
  stop(): void;
}

interface Mark {
  readonly atMs: number;
  readonly busyMs: ReadonlyMap<string, number>;
}

/** Takes the time of `workers` once a second, until it is stopped. */
export function createBusyWindow(workers: () => readonly WorkerTime[], clock: Clock): BusyWindow {
  const marks: Mark[] = [];
  let cancel = () => {};
  const mark = (): void => {
    const busyMs = new Map(workers().map(({ worker, busyMs }) => [worker, busyMs]));
    marks.push({ atMs: clock.now(), busyMs });
    // The oldest that is kept is as old as the window, or the youngest that is older.
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
