import type { DiscoveryClock } from './discovery-clock.ts';

export interface ThrottleParts {
  /** Runs begin at least this far apart. */
  readonly everyMs: number;
  readonly clock: Pick<DiscoveryClock, 'now' | 'after'>;
  /** Must not reject. */
  readonly run: () => void | Promise<void>;
}

/** Runs something on request, and combines requests that come close together. No two runs overlap. */
export interface Throttle {
  /** A run that begins after this call follows: at once if none was recent. */
  request(): void;
  /** No run begins from now on. */
  stop(): void;
}

/** After a long run the throttle rests for this many times its length, so that other work on the thread takes turns. */
const REST = 4;
/** A run that waited for other threads was long, but used little of this one. */
const MAX_REST_MS = 1000;

/**
 * Two throttles stand in series between the API of Kubernetes and the workers, and both are needed
 * (`test/control/throttled-events.test.ts` counts): the one in each source limits how often its slices are folded, the one
 * in the keeper how often all sources together make a plan.
 */
export function createThrottle({ everyMs, clock, run }: ThrottleParts): Throttle {
  let isRequested = false;
  let isRunning = false;
  let isStopped = false;
  let freeAt = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | null = null;

  function beginIfDue(): void {
    if (!isRequested || isRunning || isStopped || cancel !== null) return;
    const waitMs = freeAt - clock.now();
    if (waitMs <= 0) begin();
    else
      cancel = clock.after(waitMs, () => {
        cancel = null;
        beginIfDue();
      });
  }

  function begin(): void {
    isRequested = false;
    isRunning = true;
    const startedAt = clock.now();
    const end = () => {
      const endedAt = clock.now();
      const restMs = Math.min(REST * (endedAt - startedAt), MAX_REST_MS);
      freeAt = Math.max(startedAt + everyMs, endedAt + restMs);
      isRunning = false;
      beginIfDue();
    };
    let running: Promise<void> | null = null;
    try {
      running = run() ?? null;
    } finally {
      if (running === null) end();
      else void running.finally(end);
    }
  }

  return {
    request() {
      isRequested = true;
      beginIfDue();
    },
    stop() {
      isStopped = true;
      cancel?.();
    },
  };
}
