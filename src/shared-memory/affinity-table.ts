import { NO_SLOT } from '../endpoints/pool.ts';
import { type ClientEntries, entriesFor, NO_ENTRY, SLOT, UNTIL } from './client-entries.ts';
import type { SharedState } from './shared-state.ts';

/**
 * Times are 32 bits that wrap around. A tick of 64 ms is exact enough for seconds; the range of 8.7 years, read as signed,
 * tells times apart that differ by less than 4.3 years.
 */
const TICK_MS = 64;

/**
 * The affinity of each client of a listener to an endpoint (`sessionAffinity: ClientIP`): by address only, for a duration after
 * its last new connection (A1, A2), the same for all workers. If the duration changes, a client has the new one from its
 * next connection on.
 */
export class AffinityTable {
  readonly #entries: ClientEntries;
  readonly #listener: number;
  readonly #ticks: number;

  constructor({ clients, seed }: SharedState, listener: number, affinityMs: number) {
    this.#entries = entriesFor(clients, seed);
    this.#listener = listener;
    this.#ticks = Math.ceil(affinityMs / TICK_MS);
  }

  /** For a client that has connected: the slot of its endpoint, or `NO_SLOT`. Its duration begins anew. */
  recall(ip: Uint8Array, nowMs: number): number {
    const { cells } = this.#entries;
    const now = ticksOf(nowMs);
    this.#entries.lock(this.#listener, ip);
    const entry = this.#entries.find();
    const slot = this.#slotOf(entry, now);
    if (slot !== NO_SLOT) cells[entry + UNTIL] = now + this.#ticks;
    this.#entries.unlock();
    return slot;
  }

  /**
   * Assigns the client to `slot`, because `instead`, the result of `recall`, cannot be used. If another worker was faster,
   * its choice is kept. Returns the slot that the client has now.
   */
  choose(ip: Uint8Array, slot: number, instead: number, nowMs: number): number {
    return this.#store(ip, slot, nowMs, (now) => now === instead || now === NO_SLOT);
  }

  /** The client was connected to `slot`, whatever was chosen for it. */
  remember(ip: Uint8Array, slot: number, nowMs: number): void {
    this.#store(ip, slot, nowMs, () => true);
  }

  #store(ip: Uint8Array, slot: number, nowMs: number, yields: (slot: number) => boolean): number {
    const { cells } = this.#entries;
    const now = ticksOf(nowMs);
    this.#entries.lock(this.#listener, ip);
    let entry = this.#entries.find();
    let held = this.#slotOf(entry, now);
    if (yields(held)) {
      if (entry === NO_ENTRY) entry = this.#entries.add();
      held = slot;
      // The table is full: the client has no affinity, and uses the endpoint that was chosen.
      if (entry !== NO_ENTRY) {
        cells[entry + SLOT] = slot + 1;
        cells[entry + UNTIL] = now + this.#ticks;
      }
    }
    this.#entries.unlock();
    return held;
  }

  /** The slot of an entry whose duration has not passed. */
  #slotOf(entry: number, now: number): number {
    const { cells } = this.#entries;
    if (entry === NO_ENTRY || cells[entry + SLOT] === 0) return NO_SLOT;
    return ((cells[entry + UNTIL]! - now) | 0) > 0 ? cells[entry + SLOT]! - 1 : NO_SLOT;
  }
}

function ticksOf(nowMs: number): number {
  return Math.floor(nowMs / TICK_MS) | 0;
}
