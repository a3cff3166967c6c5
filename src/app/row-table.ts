import { ENDPOINT_SLOTS, type EndpointState } from '../endpoints/endpoint-state.ts';
import { StartError } from '../proxy/start-error.ts';

/**
 * How long a slot rests that no plan names any more: a session that was about to dial its endpoint when the plan
 * came may still do so, and try again.
 */
const REST_MS = 60_000;

/**
 * Who has which row of the shared state. A listener's name has its row for the life of the process, so that
 * its counters go on; an endpoint's slot is given to another only when no plan names it and no session has it.
 */
export class RowTable {
  readonly #listeners = new Map<string, number>();
  readonly #mostListeners: number;
  /** By listener, then by endpoint. */
  readonly #slots = new Map<string, Map<string, number>>();
  /** What plans name that are not in force yet. */
  readonly #named = new Map<string, ReadonlySet<string>>();
  /** Slots that no plan names, by when that began; oldest first. */
  readonly #resting = new Map<number, number>();
  readonly #free: number[] = [];
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

  /** The slots of all endpoints of a listener, in their order. Throws a `StartError` where there are none left. */
  slots(listener: string, endpoints: readonly string[]): number[] {
    const known = this.#slots.get(listener) ?? new Map<string, number>();
    this.#slots.set(listener, known);
    this.#named.set(listener, new Set(endpoints));
    return endpoints.map((endpoint) => {
      const slot = known.get(endpoint) ?? this.#take();
      known.set(endpoint, slot);
      return slot;
    });
  }

  /** Forgets what was named since: that plan could not be put in force. */
  abandon(): void {
    this.#named.clear();
  }

  /**
   * A plan of these listeners is in force: every worker has it. Slots that it does not name begin to rest, and
   * those that have rested and have no session left are free.
   */
  settle(listeners: readonly string[], state: EndpointState, nowMs: number): void {
    const kept = new Set(listeners);
    for (const [listener, slots] of this.#slots) {
      const named = kept.has(listener) ? this.#named.get(listener) : NOTHING;
      if (named === undefined) continue;
      for (const [endpoint, slot] of slots) {
        if (named.has(endpoint)) continue;
        slots.delete(endpoint);
        this.#resting.set(slot, nowMs);
      }
    }
    this.#named.clear();
    for (const [slot, since] of this.#resting) {
      if (nowMs - since < REST_MS) break;
      if (Atomics.load(state.endpointSessions, slot) > 0) continue;
      Atomics.store(state.endpointFailures, slot, 0);
      state.ejectedUntil[slot] = 0;
      Atomics.store(state.probedDown, slot, 0);
      this.#resting.delete(slot);
      this.#free.push(slot);
    }
  }

  #take(): number {
    const free = this.#free.shift();
    if (free !== undefined) return free;
    if (this.#fresh >= ENDPOINT_SLOTS) {
      throw new StartError('too_many_endpoints', `there is room for ${ENDPOINT_SLOTS} endpoints`);
    }
    return this.#fresh++;
  }
}

const NOTHING: ReadonlySet<string> = new Set();
