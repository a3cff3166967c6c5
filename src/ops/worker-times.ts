import type { WorkerTime } from '../observe/busy-window.ts';
import type { Engine } from '../plan/engine.ts';
import type { SharedState } from '../shared-memory/shared-state.ts';

/** A thread that serves, with its row of the counters. */
export interface ServingThread extends WorkerTime {
  readonly row: number;
}

/** The name of the main thread among workers. */
const MAIN = 'main';

/** The threads that serve now, and no others: the engine's own by their numbers, and the main thread where it serves too. */
export function servingThreads(
  { threads, servesInMainThread }: Pick<Engine, 'threads' | 'servesInMainThread'>,
  state: SharedState,
): readonly ServingThread[] {
  const own = Array.from({ length: threads }, (_, row) => {
    return { worker: String(row), row, busyMs: state.busyMs[row]! };
  });
  if (!servesInMainThread) return own;
  const { active } = performance.eventLoopUtilization();
  return [...own, { worker: MAIN, row: state.workers, busyMs: active }];
}
