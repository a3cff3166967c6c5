import { ENDPOINT_SLOTS, type EndpointState } from '../endpoints/endpoint-state.ts';
import { StartError } from '../proxy/start-error.ts';

/**
 * Who has which row of the shared state. A listener's name has its row for the life of the process, so that
 * its counters go on; an endpoint's slot is given to another only when no plan names it and no session has it.
 */
export class RowTable {
  readonly #listeners = new Map<string, number>();
  readonly #mostListeners: number;
  readonly #slots = new Map<string, number>();
  /** Slots that the plan before last named last. */
  readonly #retired = new Set<number>();
  readonly #free = new Set<number>();
  #used = new Set<string>();
  #fresh = 0;

  constructor(mostListeners: number) {
    this.#mostListeners = mostListeners;
  }

  /** The row of a listener. Throws a `StartError` where reloads have named more than there is room for. */
  listener(name: string): number {
    const known = this.#listeners.get(name);
    if (known !== undefined) return known;
    const id = this.#listeners.size;
    if (id >= this.#mostListeners) {
      const most = this.#mostListeners;
      throw new StartError(
        'too_many_listeners',
        `there is room for ${most} names of listeners: restart Herald`,
      );
    }
    this.#listeners.set(name, id);
    return id;
  }

  /** The slot of an endpoint of a listener. */
  slot(listener: string, endpoint: string): number {
    const key = `${listener} ${endpoint}`;
    this.#used.add(key);
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    const [free] = this.#free;
    const slot = free ?? this.#fresh++;
    if (free !== undefined) this.#free.delete(free);
    if (slot >= ENDPOINT_SLOTS) {
      throw new StartError('too_many_endpoints', `there is room for ${ENDPOINT_SLOTS} endpoints`);
    }
    this.#slots.set(key, slot);
    return slot;
  }

  /** A plan is in force: what it does not name is on its way out. */
  settle(state: EndpointState): void {
    for (const slot of this.#retired) {
      if (Atomics.load(state.endpointSessions, slot) > 0) continue;
      // No worker has a snapshot with it any more, and no session is left: it begins anew.
      Atomics.store(state.endpointFailures, slot, 0);
      state.ejectedUntil[slot] = 0;
      Atomics.store(state.probedDown, slot, 0);
      this.#retired.delete(slot);
      this.#free.add(slot);
    }
    for (const [key, slot] of this.#slots) {
      if (this.#used.has(key)) continue;
      this.#slots.delete(key);
      this.#retired.add(slot);
    }
    this.#used = new Set();
  }
}
