import type { HeaderPhase } from './header-phase.ts';

/**
 * The sockets that wait for their header, oldest first: at most `max`, with one timer for all. All phases must have the
 * same timeout, so that the oldest one is always the next to expire.
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
   * Adds a socket; over the limit, resets the oldest. A real proxy sends its header at once, so the one that has waited
   * longest is the least likely to send one, and a flood of silent connections locks nobody out.
   */
  add(phase: HeaderPhase): void {
    if (this.#phases.size >= this.#max) this.#oldest()?.evict();
    this.#phases.add(phase);
    this.#arm();
  }

  delete(phase: HeaderPhase): void {
    this.#phases.delete(phase);
  }

  /** Resets all waiting sockets. */
  abandon(): void {
    for (const phase of this.#phases) phase.abandon();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #oldest(): HeaderPhase | undefined {
    return this.#phases.values().next().value;
  }

  /** The timer is not moved when its phase leaves: moving it for each connection would cost more. */
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
