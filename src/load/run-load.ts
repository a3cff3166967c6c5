import { Worker } from 'node:worker_threads';
import { CONTROL, type LoadNews, type LoadWorkerData, type Phase } from './load-messages.ts';
import type { LoadPlan } from './load-plan.ts';
import type { Outcome } from './outcome.ts';
import { OutcomeBuilder } from './outcome-builder.ts';
import { intervalsOf, lengthMs, schedulePhases } from './schedule.ts';
import type { Point } from './series.ts';
import { nowUs } from './sockets.ts';

// A run, from plan to outcome:
//
//   LoadPlan ─ schedule ─▶ phases ─▶ one worker a thread (load-worker) ─▶ runPhase, phase by phase
//                                      arrivals ─▶ Crowd ─▶ Visit, HeldConnection ─▶ Sockets (epoll or net)
//                                                    └─▶ Measurement ─▶ Samples
//   Outcome ◀─ OutcomeBuilder (Tally, Series, Histogram, overhead) ◀─ a batch of samples an interval
//
// `result.ts` turns an outcome into what `--json` holds; `report/` writes it. `judge-step` and `rate-search` play
// several runs for `--find` and `--ramp`.

export interface Progress {
  /** 0 to 1. */
  readonly share: number;
  /** The last interval; null before the first. */
  readonly latest: Point | null;
  readonly warmingUp: boolean;
}

export interface LoadRun {
  /** Resolves at the end of the run. Rejects if the generator itself failed. */
  readonly outcome: Promise<Outcome>;
  /** Ends the run early; the outcome covers the time until then. */
  stop(): void;
  /** Terminates the threads at once. Their figures are lost, so the outcome says nothing. */
  abort(): void;
  progress(): Progress;
}

interface LoadThread {
  /** Rejects if the thread cannot create its sockets. */
  readonly ready: Promise<void>;
  /** Resolves when all phases are played; rejects if the thread fails. */
  readonly done: Promise<void>;
  /** Terminates it at once. */
  kill(): void;
}

type WorkerReport = Exclude<LoadNews, { news: 'ready' }>;

/** All threads start at the same moment, this long after the last is ready. */
const HEAD_START_US = 5000;

/** Plays the plan. `epoll` needs Linux. */
export function startLoad(plan: LoadPlan, sockets: 'epoll' | 'net'): LoadRun {
  const phases = schedulePhases(plan);
  const { intervalUs, aRound } = intervalsOf(plan);
  const control = new Int32Array(new SharedArrayBuffer(8));
  const start = new Float64Array(new SharedArrayBuffer(8));
  const results = new OutcomeBuilder(plan, phases, intervalUs, aRound);
  const threads: LoadThread[] = [];
  for (let thread = 0; thread < plan.threads; thread++) {
    const data = { plan, thread, sockets, phases, intervalUs, control, start };
    threads.push(startThread(data, (news) => results.add(news)));
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
    return results.build(Atomics.load(control, CONTROL.STOP) === 1);
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

function startThread(data: LoadWorkerData, onNews: (news: WorkerReport) => void): LoadThread {
  const worker = new Worker(new URL('./load-worker.js', import.meta.url), { workerData: data });
  let isReady = (): void => {};
  const ready = new Promise<void>((resolve, reject) => {
    isReady = resolve;
    worker.once('error', reject);
  });
  const done = new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
  ready.catch(() => {});
  done.catch(() => {});
  worker.on('message', (news: LoadNews) => {
    if (news.news === 'ready') isReady();
    else onNews(news);
  });
  return { ready, done, kill: () => void worker.terminate() };
}
