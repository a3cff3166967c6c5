import { CONTROL, type Phase } from './load-messages.ts';
import type { LoadPlan } from './load-plan.ts';
import { type LoadThread, startThread } from './load-thread.ts';
import { nowUs } from './now-us.ts';
import type { Outcome } from './outcome.ts';
import { Results } from './results.ts';
import { intervalsOf, lengthMs, schedulePhases } from './schedule.ts';
import type { Point } from './series.ts';

export interface Progress {
  /** 0 to 1. */
  readonly share: number;
  /** The last interval; null before the first. */
  readonly latest: Point | null;
  readonly warmingUp: boolean;
}

export interface LoadRun {
  /** What was found, once it is over. Rejects where the generator itself could not go on. */
  readonly outcome: Promise<Outcome>;
  /** Ends it early: what was found until then is found. */
  stop(): void;
  /** Ends it at once: `outcome` never comes. */
  abort(): void;
  progress(): Progress;
}

/** Every thread starts at the same moment, a little after the last is ready. */
const HEAD_START_US = 5000;

/** Plays a crowd by a plan. `epoll` is for Linux. */
export function startLoad(plan: LoadPlan, sockets: 'epoll' | 'net'): LoadRun {
  const phases = schedulePhases(plan);
  const { intervalUs, aRound } = intervalsOf(plan);
  const control = new Int32Array(new SharedArrayBuffer(8));
  const start = new Float64Array(new SharedArrayBuffer(8));
  const results = new Results(plan, phases, intervalUs, aRound);
  const threads: LoadThread[] = [];
  for (let thread = 0; thread < plan.threads; thread++) {
    const data = { plan, thread, sockets, phases, intervalUs, control, start };
    threads.push(startThread(data, (news) => results.take(news)));
  }
  const stop = (): void => {
    Atomics.store(control, CONTROL.STOP, 1);
  };
  const kill = (): void => {
    for (const thread of threads) thread.kill();
  };
  const go = async (): Promise<Outcome> => {
    try {
      await Promise.all(threads.map(({ ready }) => ready));
      start[0] = nowUs() + HEAD_START_US;
      Atomics.store(control, CONTROL.GO, 1);
      Atomics.notify(control, CONTROL.GO);
      await Promise.all(threads.map(({ done }) => done));
    } catch (error) {
      kill();
      throw error;
    }
    return results.outcome(Atomics.load(control, CONTROL.STOP) === 1);
  };
  return {
    outcome: go(),
    stop,
    abort: kill,
    progress: () => progressOf(start[0]!, phases, results.latest()),
  };
}

function progressOf(startUs: number, phases: readonly Phase[], latest: Point | null): Progress {
  if (startUs === 0) return { share: 0, latest: null, warmingUp: true };
  const atUs = nowUs() - startUs;
  return {
    share: Math.min(atUs / (lengthMs(phases) * 1000), 1),
    latest,
    warmingUp: atUs < phases[0]!.fromUs,
  };
}
