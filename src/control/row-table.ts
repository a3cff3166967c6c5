import { ENDPOINT_SLOTS } from '../endpoints/endpoint-state.ts';
import { StartError } from '../plan/start-error.ts';
import { COUNTER, ROW_CELLS } from '../shared-memory/counters.ts';
import {
  counterRow,
  growCounters,
  listenerRows,
  type SharedState,
  sumCounters,
} from '../shared-memory/shared-state.ts';

/**
 * How long a slot stays unused after the last plan that names it. A session that was about to dial the endpoint when the plan came
 * may still do so, and retry.
 */
const REST_MS = 60_000;
/**
 * How long the counters of a listener go on after it has vanished: long enough for the last scrape, also of a slow scraper. A client
 * that waited to become a session of the listener has become one by then.
 */
const GONE_MS = 15 * 60_000;
/** At most this many vanished listeners have a row (at most 1 KiB a thread each); of more, the oldest lose theirs before. */
const MOST_GONE = 4096;

/** A listener that has vanished and still has its row of counters. */
export interface GoneListener {
  readonly id: number;
  readonly name: string;
}

interface Gone {
  readonly since: number;
  /** Sessions that it had opened and ended at that time: if the sum changes, there is something new to scrape. */
  readonly events: number;
}

/**
 * Allocates rows of the shared state to listeners and slots to endpoints. A row or a slot is reused only once no session uses it and
 * no plan has named it for a while; if they run short, the one that was left the longest time ago is reused earlier, and a
 * straggler is counted for the wrong one. A listener that comes back before that gets its row again, and its counters continue; one
 * that comes back later starts at 0, which Prometheus handles as a counter reset. However often listeners come and go, the table
 * does not grow beyond what is in force, what sessions use, and a fixed number of others.
 */
export class RowTable {
  readonly #state: SharedState;
  readonly #listeners = new Map<string, number>();
  /** Names that no plan has any more; those that came first, or were seen to have sessions first, at the front. */
  readonly #gone = new Map<string, Gone>();
  /** Names that have got a row since the last plan in force. */
  readonly #fresh = new Set<string>();
  readonly #freeRows: number[] = [];
  #rows = 0;
  /** The counters of rows that have been given to another listener. */
  readonly #past = new Float64Array(ROW_CELLS);
  /** Slots by listener, then by endpoint. */
  readonly #slots = new Map<string, Map<string, number>>();
  /** By listener, the endpoints of the plan that is being built, and those that it had in the plan in force. */
  #named = new Map<string, ReadonlySet<string>>();
  readonly #before = new Map<string, ReadonlySet<string>>();
  /** The listeners of the plan in force. */
  #kept: ReadonlySet<string> = new Set();
  /** Slots that no plan names, and since when; oldest first. */
  readonly #resting = new Map<number, number>();
  readonly #freeSlots: number[] = [];
  #slotCount = 0;

  constructor(state: SharedState) {
    this.#state = state;
  }

  /** The row of a listener. Throws a `StartError` if there is no memory for another one. */
  listener(name: string): number {
    const known = this.#listeners.get(name);
    if (known !== undefined) return known;
    const row = this.#allocateRow();
    this.#listeners.set(name, row);
    this.#fresh.add(name);
    return row;
  }

  /** Listeners that have vanished, as long as their counters go on; without those that never had a session. */
  gone(nowMs: number): readonly GoneListener[] {
    this.#age(nowMs);
    return [...this.#gone].flatMap(([name, { events }]) =>
      events === 0 ? [] : [{ id: this.#listeners.get(name)!, name }],
    );
  }

  /** The counters of all rows, of all listeners that have had them. No value of it ever decreases. */
  total(): Float64Array {
    const total = this.#past.slice();
    for (let row = 0; row < this.#rows; row++) {
      sumCounters(this.#state, row).forEach((value, cell) => {
        total[cell]! += value;
      });
    }
    return total;
  }

  /**
   * The slots of all endpoints of a listener, in their order. Throws a `StartError` if there are not enough; then none has been
   * allocated.
   */
  slots(listener: string, endpoints: readonly string[]): number[] {
    const known = this.#slots.get(listener) ?? new Map<string, number>();
    if (!this.#before.has(listener)) this.#before.set(listener, new Set(known.keys()));
    const added: string[] = [];
    try {
      for (const endpoint of endpoints) {
        if (known.has(endpoint)) continue;
        known.set(endpoint, this.#allocateSlot());
        added.push(endpoint);
      }
    } catch (error) {
      for (const endpoint of added) {
        this.#freeSlots.push(known.get(endpoint)!);
        known.delete(endpoint);
      }
      throw error;
    }
    this.#slots.set(listener, known);
    this.#named.set(listener, new Set(endpoints));
    return endpoints.map((endpoint) => known.get(endpoint)!);
  }

  /** The plan that was being built was refused. Everything that the plan in force does not name is released. */
  abandon(nowMs: number): void {
    this.#named = new Map(this.#before);
    this.settle(this.#kept, nowMs);
  }

  /**
   * A plan with these listeners is in force, and every worker has it. Slots that it does not name begin to rest; those that
   * have rested and have no session left become free.
   */
  settle(listeners: Iterable<string>, nowMs: number): void {
    const kept = new Set(listeners);
    this.#settleRows(kept, nowMs);
    for (const [listener, slots] of this.#slots) {
      const named = kept.has(listener) ? this.#named.get(listener) : NOTHING;
      if (named === undefined) continue;
      for (const [endpoint, slot] of slots) {
        if (named.has(endpoint)) continue;
        slots.delete(endpoint);
        this.#resting.set(slot, nowMs);
      }
      if (slots.size === 0) this.#slots.delete(listener);
    }
    this.#named.clear();
    this.#before.clear();
    for (const [slot, since] of this.#resting) {
      if (nowMs - since < REST_MS) break;
      if (!this.#isDialed(slot)) this.#freeSlot(slot);
    }
  }

  #settleRows(kept: ReadonlySet<string>, nowMs: number): void {
    for (const name of [...this.#kept, ...this.#fresh]) {
      if (kept.has(name) || this.#gone.has(name)) continue;
      const { isUsed, events } = this.#look(this.#listeners.get(name)!);
      // A listener of a plan that was refused, which no client has met.
      if (this.#fresh.has(name) && !isUsed && events === 0) this.#freeRow(name);
      else this.#gone.set(name, { since: nowMs, events });
    }
    for (const name of kept) this.#gone.delete(name);
    this.#kept = kept;
    this.#fresh.clear();
    this.#age(nowMs);
  }

  /** Frees the rows of names that have been gone for long, and the oldest if there are too many. */
  #age(nowMs: number): void {
    let left = this.#gone.size;
    for (const [name, each] of this.#gone) {
      const isDue = nowMs - each.since >= GONE_MS;
      if (left-- === 0 || !(isDue || this.#gone.size > MOST_GONE)) return;
      const { isUsed, events } = this.#look(this.#listeners.get(name)!);
      if (!isUsed && (events === each.events || !isDue)) this.#freeRow(name);
      else {
        this.#gone.delete(name);
        this.#gone.set(name, { events, since: nowMs });
      }
    }
  }

  /** `isUsed`: a session of the listener may still write to the row. */
  #look(row: number): { readonly isUsed: boolean; readonly events: number } {
    const sum = sumCounters(this.#state, row);
    const [opened, ended] = [sum[COUNTER.opened]!, sum[COUNTER.ended]!];
    const isUsed = opened !== ended || Atomics.load(this.#state.reserved, row) > 0;
    return { isUsed, events: opened + ended };
  }

  #freeRow(name: string): void {
    this.#freeRows.push(this.#listeners.get(name)!);
    this.#listeners.delete(name);
    this.#gone.delete(name);
  }

  #isDialed(slot: number): boolean {
    return Atomics.load(this.#state.endpointSessions, slot) > 0;
  }

  #freeSlot(slot: number): void {
    const { endpointFailures, failedConnects, ejections, probedDown, ejectedUntil } = this.#state;
    for (const cells of [endpointFailures, failedConnects, ejections, probedDown])
      Atomics.store(cells, slot, 0);
    ejectedUntil[slot] = 0;
    this.#resting.delete(slot);
    this.#freeSlots.push(slot);
  }

  #allocateRow(): number {
    if (this.#freeRows.length === 0 && !growCounters(this.#state, this.#rows + 1)) {
      const unused = [...this.#gone.keys()].find((name) => !this.#look(this.#listeners.get(name)!).isUsed);
      if (unused !== undefined) this.#freeRow(unused);
    }
    const row = this.#freeRows.shift() ?? this.#rows;
    if (row < this.#rows) {
      // What the listener before counted stays in the total.
      sumCounters(this.#state, row).forEach((value, cell) => {
        this.#past[cell]! += value;
      });
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
    this.#rows++;
    return row;
  }

  #allocateSlot(): number {
    if (this.#freeSlots.length === 0 && this.#slotCount >= ENDPOINT_SLOTS) {
      for (const slot of this.#resting.keys()) {
        if (this.#isDialed(slot)) continue;
        this.#freeSlot(slot);
        break;
      }
    }
    const free = this.#freeSlots.shift();
    if (free !== undefined) return free;
    if (this.#slotCount >= ENDPOINT_SLOTS) {
      throw new StartError(
        'too_many_endpoints',
        `too many endpoints: all listeners together may have ${ENDPOINT_SLOTS}`,
      );
    }
    return this.#slotCount++;
  }
}

const NOTHING: ReadonlySet<string> = new Set();
