import type { LoadPlan } from './load-plan.ts';
import type { Batch } from './samples.ts';

/** A part of a run with one endpoint. Times in microseconds from the start of the run. */
export interface Phase {
  /** Index of the endpoint in the plan. */
  readonly endpoint: number;
  readonly startUs: number;
  /** End of the warm-up, start of the measurement. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** The start data of a thread. */
export interface LoadWorkerData {
  readonly plan: LoadPlan;
  readonly thread: number;
  readonly sockets: 'epoll' | 'net';
  readonly phases: readonly Phase[];
  readonly intervalUs: number;
  /** Shared cells, by the indices of `CONTROL`: GO starts the threads, STOP ends the run. */
  readonly control: Int32Array;
  /** One shared cell: the start of the run, by `nowUs`. */
  readonly start: Float64Array;
}

export const CONTROL = { GO: 0, STOP: 1 } as const;

/** What a thread reports at the end of a phase. */
export interface PhaseEnd {
  /** The share of the measured time in which the thread was busy, 0 to 1. */
  readonly busy: number;
  /** Arrivals that were begun. */
  readonly arrivals: number;
  /** Arrivals that were begun more than 10 ms late, because the thread was. */
  readonly late: number;
  /** Connections open at its end. */
  readonly open: number;
  /** The time that was actually measured. */
  readonly measuredUs: number;
  /** The endpoint refused every connection from the start, so the phase was given up. */
  readonly refused: boolean;
}

export type LoadNews =
  | { readonly news: 'ready' }
  | {
      readonly news: 'batch';
      readonly phase: number;
      /** Number of the interval of the measurement; -1 before and after it. */
      readonly interval: number;
      readonly batch: Batch;
    }
  | { readonly news: 'ended'; readonly phase: number; readonly end: PhaseEnd };
