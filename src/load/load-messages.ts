import type { LoadPlan } from './load-plan.ts';
import type { Batch } from './samples.ts';

/** One stretch of a run: one endpoint, times in microseconds from the start of the run. */
export interface Phase {
  /** Which endpoint of the plan. */
  readonly endpoint: number;
  readonly startUs: number;
  /** The warm-up is over. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** What a thread is started with. */
export interface LoadWorkerData {
  readonly plan: LoadPlan;
  readonly thread: number;
  readonly sockets: 'epoll' | 'net';
  readonly phases: readonly Phase[];
  readonly intervalUs: number;
  /** Cell 0 wakes the thread when it may start, cell 1 ends the run. */
  readonly control: Int32Array;
  /** When the run starts, by `nowUs`. */
  readonly start: Float64Array;
}

export const CONTROL = { GO: 0, STOP: 1 } as const;

/** What a thread says once a phase is over. */
export interface PhaseEnd {
  /** How much of the measured time the thread was at work, 0 to 1. */
  readonly busy: number;
  /** Arrivals that began, and those of them that began 10 ms late or more: the thread's fault, not the endpoint's. */
  readonly arrivals: number;
  readonly late: number;
  /** Connections that were open when it ended. */
  readonly open: number;
  /** How long was really measured. */
  readonly measuredUs: number;
  /** The endpoint refused everybody from the start: the phase was given up. */
  readonly refused: boolean;
}

export type LoadNews =
  | { readonly news: 'ready' }
  | {
      readonly news: 'batch';
      readonly phase: number;
      /** Which interval of the measurement; -1 before it, and behind it. */
      readonly interval: number;
      readonly batch: Batch;
    }
  | { readonly news: 'ended'; readonly phase: number; readonly end: PhaseEnd };
