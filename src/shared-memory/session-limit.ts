import type { SharedState } from './shared-state.ts';

/** How many sessions there may be. `maxSessionsOfAll`: on all listeners together; 0: no limit. */
interface MostSessions {
  readonly maxSessions: number;
  readonly maxSessionsOfAll: number;
}

/** The sessions reserved on one listener, and on all of them: two atomic cells that all workers share. */
export class SessionLimit {
  readonly #reserved: Int32Array;
  readonly #reservedOfAll: Int32Array;
  readonly #listener: number;
  readonly #max: number;
  readonly #maxOfAll: number;

  constructor(
    { reserved, reservedOfAll }: Pick<SharedState, 'reserved' | 'reservedOfAll'>,
    listener: number,
    { maxSessions, maxSessionsOfAll }: MostSessions,
  ) {
    this.#reserved = reserved;
    this.#reservedOfAll = reservedOfAll;
    this.#listener = listener;
    this.#max = maxSessions;
    this.#maxOfAll = maxSessionsOfAll === 0 ? Number.POSITIVE_INFINITY : maxSessionsOfAll;
  }

  /** Reserves one session; false if the listener, or all together, have as many as they may. */
  acquire(): boolean {
    if (Atomics.add(this.#reserved, this.#listener, 1) < this.#max) {
      if (Atomics.add(this.#reservedOfAll, 0, 1) < this.#maxOfAll) return true;
      Atomics.sub(this.#reservedOfAll, 0, 1);
    }
    Atomics.sub(this.#reserved, this.#listener, 1);
    return false;
  }

  release(): void {
    Atomics.sub(this.#reserved, this.#listener, 1);
    Atomics.sub(this.#reservedOfAll, 0, 1);
  }
}
