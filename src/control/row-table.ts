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
 * How long a slot or a row rests that no plan names any more: a session that was about to dial its endpoint when the plan
 * came may still do so, and try again; and a client may still wait to become a session of its listener.
 */
const REST_MS = 60_000;

/**
 * Who has which row of the shared state. A listener's row and an endpoint's slot are given to another only when no plan has
 * named them for a while and no session has them. A name that comes back before that finds its row, and its counters go on;
 * one that comes back later begins anew, which is the reset of a counter that Prometheus knows.
 */
export class RowTable {
  readonly #state: SharedState;
  readonly #listeners = new Map<string, number>();
  /** Names that no plan has any more, and since when no session of theirs was seen either. */
  readonly #gone = new Map<string, number>();
  readonly #freeRows: number[] = [];
  #freshRow = 0;
  /** By listener, then by endpoint. */
  readonly #slots = new Map<string, Map<string, number>>();
  /** What plans name that are not in force yet. */
  #named = new Map<string, ReadonlySet<string>>();
  /** The same of the plan in force, and its listeners. */
  readonly #inForce = new Map<string, ReadonlySet<string>>();
  #kept: readonly string[] = [];
  /** Slots that no plan names, by when that began; oldest first. */
  readonly #resting = new Map<number, number>();
  readonly #free: number[] = [];
  #fresh = 0;

  constructor(state: SharedState) {
    this.#state = state;
  }

  /** The row of a listener. Throws a `StartError` if there is no memory for another one. */
  listener(name: string): number {
    const row = this.#listeners.get(name) ?? this.#takeRow();
    this.#listeners.set(name, row);
    return row;
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

  /** What was named since could not be put in force: all of it rests that the plan in force does not name. */
  abandon(nowMs: number): void {
    this.#named = new Map(this.#inForce);
    this.settle(this.#kept, nowMs);
  }

  /**
   * A plan of these listeners is in force: every worker has it. Slots that it does not name begin to rest, and
   * those that have rested and have no session left are free.
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

  /** True while a session of the listener may still write into its row. */
  #isUsed(row: number): boolean {
    const sum = sumCounters(this.#state, row);
    return sum[COUNTER.opened] !== sum[COUNTER.ended] || Atomics.load(this.#state.reserved, row) > 0;
  }

  #takeRow(): number {
    const row = this.#freeRows.shift() ?? this.#freshRow;
    if (row < this.#freshRow) {
      const { workers } = this.#state;
      for (let worker = 0; worker <= workers; worker++) counterRow(this.#state, worker, row).fill(0);
      return row;
    }
    if (!growCounters(this.#state, row + 1)) {
      throw new StartError(
        'too_many_listeners',
        `there is no memory for the counters of more than ${listenerRows(this.#state)} listeners`,
      );
    }
    this.#freshRow++;
    return row;
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
