import { NO_SLOT } from '../endpoints/pool.ts';
import { ClientEntries, NO_ENTRY, SLOT, UNTIL } from './client-entries.ts';
import type { SharedState } from './shared-state.ts';

/**
 * Time is kept in 32 bits that wrap around: 64 ms a tick is exact enough for seconds, and 4.3 years of silence are
 * not taken for a moment.
 */
const TICK_MS = 64;

/**
 * Which endpoint the clients of a listener stay with (`sessionAffinity: ClientIP`): by address alone, for so long
 * after their last new connection (A1, A2), whatever worker they meet. A changed duration holds for a client from
 * its next connection on.
 */
export class AffinityTable {
  readonly #entries: ClientEntries;
  readonly #listener: number;
  readonly #ticks: number;

  constructor({ clients, seed }: SharedState, listener: number, affinityMs: number) {
    this.#entries = new ClientEntries(clients, seed);
    this.#listener = listener;
    this.#ticks = Math.ceil(affinityMs / TICK_MS);
  }

  /** The slot of the client's endpoint, or `NO_SLOT`. It asks because it has connected: its time begins anew. */
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
   * The client goes to `slot` because `instead`, which `recall` has just given, could not be used. Where another
   * worker was faster its choice stands: gives the slot that the client has now.
   */
  choose(ip: Uint8Array, slot: number, instead: number, nowMs: number): number {
    return this.#store(ip, slot, nowMs, (now) => now === instead || now === NO_SLOT);
  }

  /** The client has come to `slot`, whatever was chosen for it. */
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
      // Where the table has no room for it the client is not remembered, and goes where it was sent.
      if (entry !== NO_ENTRY) {
        cells[entry + SLOT] = slot + 1;
        cells[entry + UNTIL] = now + this.#ticks;
      }
    }
    this.#entries.unlock();
    return held;
  }

  /** The slot of an entry whose time is not up. */
  #slotOf(entry: number, now: number): number {
    const { cells } = this.#entries;
    if (entry === NO_ENTRY || cells[entry + SLOT] === 0) return NO_SLOT;
    return ((cells[entry + UNTIL]! - now) | 0) > 0 ? cells[entry + SLOT]! - 1 : NO_SLOT;
  }
}

function ticksOf(nowMs: number): number {
  return Math.floor(nowMs / TICK_MS) | 0;
}
