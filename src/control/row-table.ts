import { ENDPOINT_SLOTS } from '../endpoints/endpoint-state.ts';
import { StartError } from '../plan/start-error.ts';
import { COUNTER } from '../shared-memory/counters.ts';
import {
  counterRow,
  growCounters,
  listenerRows,
  type SharedState,
  sumCounters,
} from '../shared-memory/shared-state.ts';

/**
 * How long a slot or a row stays unused after the last plan that names it. A session that was about to dial the endpoint
 * when the plan came may still do so, and retry; and a client may still wait to become a session of the listener.
 */
const REST_MS = 60_000;

/**
 * Allocates rows of the shared state to listeners and slots to endpoints. A row or a slot is reused only once no plan has
 * named it for a while and no session uses it. A listener that comes back before that gets its row again, and its counters
 * continue; one that comes back later starts at 0, which Prometheus handles as a counter reset.
 */
export class RowTable {
  readonly #state: SharedState;
  readonly #listeners = new Map<string, number>();
  /** Names that no plan has any more, and since when they have had no session either. */
  readonly #gone = new Map<string, number>();
  readonly #freeRows: number[] = [];
  #freshRow = 0;
  /** Slots by listener, then by endpoint. */
  readonly #slots = new Map<string, Map<string, number>>();
  /** By listener, the endpoints of the plan that is being built. */
  #named = new Map<string, ReadonlySet<string>>();
  /** The same for the plan in force, and the names of its listeners. */
  readonly #inForce = new Map<string, ReadonlySet<string>>();
  #kept: readonly string[] = [];
  /** Slots that no plan names, and since when; oldest first. */
  readonly #resting = new Map<number, number>();
  readonly #free: number[] = [];
  #fresh = 0;

  constructor(state: SharedState) {
    this.#state = state;
  }

  /** The row of a listener. Throws a `StartError` if there is no memory for another one. */
  listener(name: string): number {
    const row = this.#listeners.get(name) ?? this.#allocateRow();
    this.#listeners.set(name, row);
    return row;
  }

  /** The slots of all endpoints of a listener, in their order. Throws a `StartError` if no slot is left. */
  slots(listener: string, endpoints: readonly string[]): number[] {
    const known = this.#slots.get(listener) ?? new Map<string, number>();
    this.#slots.set(listener, known);
    this.#named.set(listener, new Set(endpoints));
    return endpoints.map((endpoint) => {
      const slot = known.get(endpoint) ?? this.#allocateSlot();
      known.set(endpoint, slot);
      return slot;
    });
  }

  /** The plan that was being built was refused. Everything that the plan in force does not name is released. */
  abandon(nowMs: number): void {
    this.#named = new Map(this.#inForce);
    this.settle(this.#kept, nowMs);
  }

  /**
   * A plan with these listeners is in force, and every worker has it. Slots that it does not name begin to rest; those that
   * have rested and have no session left become free.
   */
  settle(listeners: readonly string[], nowMs: number): void {
    const state = this.#state;
    const kept = new Set(listeners);
    this.#kept = listeners;
    this.#settleRows(kept, nowMs);
    for (const [listener, slots] of this.#slots) {
      const named = kept.has(listener) ? this.#named.get(listener) : NOTHING;
      if (named === undefined) continue;
      for (const [endpoint, slot] of slots) {
        if (named.has(endpoint)) continue;
        slots.delete(endpoint);
        this.#resting.set(slot, nowMs);
      }
      if (named === NOTHING) this.#inForce.delete(listener);
      else this.#inForce.set(listener, named);
      if (slots.size === 0) this.#slots.delete(listener);
    }
    this.#named.clear();
    for (const [slot, since] of this.#resting) {
      if (nowMs - since < REST_MS) break;
      if (Atomics.load(state.endpointSessions, slot) > 0) continue;
      for (const cells of [state.endpointFailures, state.failedConnects, state.ejections, state.probedDown])
        Atomics.store(cells, slot, 0);
      state.ejectedUntil[slot] = 0;
      this.#resting.delete(slot);
      this.#free.push(slot);
    }
  }

  #settleRows(kept: ReadonlySet<string>, nowMs: number): void {
    for (const [name, row] of this.#listeners) {
      if (kept.has(name)) this.#gone.delete(name);
      else if (!this.#gone.has(name) || this.#isUsed(row)) this.#gone.set(name, nowMs);
    }
    for (const [name, since] of this.#gone) {
      if (nowMs - since < REST_MS) continue;
      this.#gone.delete(name);
      this.#freeRows.push(this.#listeners.get(name)!);
      this.#listeners.delete(name);
    }
  }

  /** True while a session of the listener may still write to the row. */
  #isUsed(row: number): boolean {
    const sum = sumCounters(this.#state, row);
    return sum[COUNTER.opened] !== sum[COUNTER.ended] || Atomics.load(this.#state.reserved, row) > 0;
  }

  #allocateRow(): number {
    const row = this.#freeRows.shift() ?? this.#freshRow;
    if (row < this.#freshRow) {
      const { workers } = this.#state;
      for (let worker = 0; worker <= workers; worker++) counterRow(this.#state, worker, row).fill(0);
      return row;
    }
    if (!growCounters(this.#state, row + 1)) {
      throw new StartError(
        'too_many_listeners',
        `no memory for the counters of more than ${listenerRows(this.#state)} listeners`,
      );
    }
    this.#freshRow++;
    return row;
  }

  #allocateSlot(): number {
    const free = this.#free.shift();
    if (free !== undefined) return free;
    if (this.#fresh >= ENDPOINT_SLOTS) {
      throw new StartError(
        'too_many_endpoints',
        `too many endpoints: all listeners together may have ${ENDPOINT_SLOTS}`,
      );
    }
    return this.#fresh++;
  }
}

const NOTHING: ReadonlySet<string> = new Set();
