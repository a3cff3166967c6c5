import type { ListenerOptions } from '../config/config.ts';

/**
 * Puts these listeners in force, and closes all others. A listener whose options are the same object has not changed. Resolves
 * with those that could not be opened, by name, and why: one sentence; the others are in force. Rejects with a `StartError` that
 * is of no listener; then nothing has changed.
 */
export type OfferListeners = (listeners: readonly ListenerOptions[]) => Promise<ReadonlyMap<string, string>>;

/**
 * Where listeners come from:
 *
 *     flags, a file   once, and with each reload; all of them, or nothing changes ──▶ PlanKeeper.apply
 *     the cluster     whenever an object changes; what cannot be opened is left out ──▶ PlanKeeper.offer
 *
 * Both are one path through the keeper. Flags and files need no object here: nobody has to follow them.
 */
export interface ListenerSource {
  /** Offers listeners from now on, each time all of them. */
  start(offer: OfferListeners): void;
  /** Offers nothing from now on. What is in force stays. */
  stop(): Promise<void>;
}
