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
export function createThrottle(parts: ThrottleParts): Throttle {
  return new ClockedThrottle(parts);
}

/** A class, because a gateway has one for each Service: closures take three times as much. */
class ClockedThrottle implements Throttle {
  readonly #parts: ThrottleParts;
  #isRequested = false;
  #isRunning = false;
  #isStopped = false;
  #freeAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(parts: ThrottleParts) {
    this.#parts = parts;
  }

  request(): void {
    this.#isRequested = true;
    this.#beginIfDue();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  #beginIfDue(): void {
    if (!this.#isRequested || this.#isRunning || this.#isStopped || this.#cancel !== null) return;
    const { clock } = this.#parts;
    const waitMs = this.#freeAt - clock.now();
    if (waitMs <= 0) this.#begin();
    else
      this.#cancel = clock.after(waitMs, () => {
        this.#cancel = null;
        this.#beginIfDue();
      });
  }

  #begin(): void {
    this.#isRequested = false;
    this.#isRunning = true;
    const startedAt = this.#parts.clock.now();
    const end = () => this.#end(startedAt);
    let running: Promise<void> | null = null;
    try {
      running = this.#parts.run() ?? null;
    } finally {
      if (running === null) end();
      else void running.finally(end);
    }
  }

  #end(startedAt: number): void {
    const { clock, everyMs } = this.#parts;
    const endedAt = clock.now();
    const restMs = Math.min(REST * (endedAt - startedAt), MAX_REST_MS);
    this.#freeAt = Math.max(startedAt + everyMs, endedAt + restMs);
    this.#isRunning = false;
    this.#beginIfDue();
  }
}
