import type { HeaderPhase } from './header-phase.ts';

/**
 * The sockets that wait for their header, oldest first: at most `max`, and one timer for all of them. Every
 * phase must have the same time to live, so that the oldest is always the next one due.
 */
export class PendingHeaders {
  readonly #phases = new Set<HeaderPhase>();
  readonly #max: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#phases.size;
  }

  /**
   * One more. Over the limit the oldest goes: a peer that means it sends its header at once, so who has
   * waited longest is the least likely to have one, and a flood of silence keeps nobody out.
   */
  add(phase: HeaderPhase): void {
    if (this.#phases.size >= this.#max) this.#oldest()?.evict();
    this.#phases.add(phase);
    this.#arm();
  }

  delete(phase: HeaderPhase): void {
    this.#phases.delete(phase);
  }

  /** Resets them all. */
  abandon(): void {
    for (const phase of this.#phases) phase.abandon();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #oldest(): HeaderPhase | undefined {
    return this.#phases.values().next().value;
  }

  /** The timer stays armed when its phase has gone: to move it for each connection would cost more. */
  #arm(): void {
    const oldest = this.#oldest();
    if (oldest === undefined || this.#timer !== undefined) return;
    const ms = Math.max(1, Math.ceil(oldest.deadline - performance.now()));
    this.#timer = setTimeout(this.#expire, ms).unref();
  }

  readonly #expire = (): void => {
    this.#timer = undefined;
    const now = performance.now();
    for (const phase of this.#phases) {
      if (phase.deadline > now) break;
      phase.expire();
    }
    this.#arm();
  };
}
