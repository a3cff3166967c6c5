import type { ListenerOptions } from '../config/config.ts';

/**
 * Where listeners come from:
 *
 *     flags, a file   once, and with each reload; all of them, or nothing changes ──▶ PlanKeeper.apply
 *     the cluster     whenever an object changes; what cannot be opened is left out ──▶ PlanKeeper.offer
 *
 * Both are one path through the keeper. Flags and files need no object here: nobody has to follow them.
 */
export interface ListenerSource {
  /**
   * Offers listeners from now on, each time all of them: others are closed. A listener whose options are the same object has not
   * changed. `offer` resolves with those that could not be opened, by name, and why; the others are in force. It rejects with
   * a `StartError` that is of no listener; then nothing has changed.
   */
  start(offer: (listeners: readonly ListenerOptions[]) => Promise<ReadonlyMap<string, string>>): void;
  /** Offers nothing from now on. What is in force stays. */
  stop(): Promise<void>;
}
