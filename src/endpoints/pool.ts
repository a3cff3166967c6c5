import { type Balance, createPicker } from './balance/create-picker.ts';
import { NONE_TRIED, type Picker } from './balance/picker.ts';
import { RoundRobin } from './balance/round-robin.ts';
import { Candidates, type NextPicker } from './candidates.ts';
import { type EndpointState, noteFailedConnect } from './endpoint-state.ts';
import { Ring } from './ring.ts';
import type { Endpoint, Snapshot } from './snapshot.ts';

const NONE: readonly Endpoint[] = [];

/** When an endpoint whose connects fail is left out for a while. */
export interface EjectionOptions {
  /** Failed connects in a row; 0 never ejects. */
  readonly after: number;
  readonly forMs: number;
  /** The share of the pool, 0 to 1, that may be left out at once; rounded down. */
  readonly maxShare: number;
}

/** What a failed connect led to. `ignored`: the endpoint should have been ejected, but the bound was reached. */
export type FailureOutcome = 'counted' | 'ejected' | 'ignored';

/** How many endpoints of a pool are in which state. */
export interface PoolCounts {
  readonly usable: number;
  readonly ejected: number;
}

/** No endpoint has this slot. */
export const NO_SLOT = -1;

/**
 * One worker's view of a pool: picks by its balance, leaves ejected endpoints and those that probes have found
 * down to the end, and shares what it learns with the other workers. Pure: time is an argument, in milliseconds
 * of one clock for all.
 */
export class Pool implements NextPicker {
  readonly #state: EndpointState;
  readonly #random: () => number;
  #snapshot: Snapshot;
  #options: EjectionOptions;
  #balance: Balance;
  #picker: Picker;
  /** Of those that are left out; a failed turn is no single one's either. */
  readonly #leftOutPicker: Picker;
  #usable: Ring;
  #leftOut: Ring;
  /** The rings above hold until the epoch moves or this time comes. */
  #validUntil = Number.NEGATIVE_INFINITY;
  #epoch = -1;

  /** `random` (0 to 1) sets where the first round begins, and whatever else is left to chance. */
  constructor(
    snapshot: Snapshot,
    options: EjectionOptions,
    state: EndpointState,
    random: () => number,
    balance: Balance = 'round-robin',
  ) {
    this.#snapshot = snapshot;
    this.#options = options;
    this.#state = state;
    this.#random = random;
    this.#balance = balance;
    this.#picker = createPicker(balance, state, random);
    this.#leftOutPicker = new RoundRobin(random);
    this.#usable = new Ring(snapshot, NONE);
    this.#leftOut = this.#usable;
  }

  /** Swaps the endpoints whole; ejections and sessions stay with their slots. */
  replace(snapshot: Snapshot, options: EjectionOptions, balance: Balance = this.#balance): void {
    this.#snapshot = snapshot;
    this.#options = options;
    this.#validUntil = Number.NEGATIVE_INFINITY;
    if (balance === this.#balance) return;
    this.#balance = balance;
    this.#picker = createPicker(balance, this.#state, this.#random);
  }

  /** What it is called that there is no candidate (C7). */
  get empty(): Snapshot['empty'] {
    return this.#snapshot.empty;
  }

  /**
   * The endpoints to try for one session, in order, each at most once: the one in the slot `preferred` if it is
   * usable, else the one that the balance picks for the client (4 or 16 bytes; null where it has no address); then
   * those that it picks of the other usable ones; then those that are left out, in turn.
   */
  candidates(
    nowMs: number,
    attempts: number,
    client: Uint8Array | null = null,
    preferred: number = NO_SLOT,
  ): Candidates {
    this.#refresh(nowMs);
    const none = this.#usable.size === 0;
    // Where every endpoint is left out they are tried in turn, so that no single one gets everything.
    const ring = none ? this.#leftOut : this.#usable;
    if (ring.size === 0) return new Candidates(ring, ring, 0, attempts, this, client);
    const kept = none || preferred === NO_SLOT ? NO_SLOT : ring.position(preferred);
    const start = kept >= 0 ? kept : this.#picker.pick(ring, client, NONE_TRIED);
    return new Candidates(ring, none ? this.#usable : this.#leftOut, start, attempts, this, client);
  }

  pickNext(ring: Ring, client: Uint8Array | null, tried: ReadonlySet<number>, isLast: boolean): number {
    return isLast ? this.#leftOutPicker.pick(ring, null, tried) : this.#picker.pick(ring, client, tried);
  }

  /** Takes note that a session is being dialed to the endpoint: it counts from now on, for every worker. */
  acquire({ slot }: Endpoint): void {
    Atomics.add(this.#state.endpointSessions, slot, 1);
    this.#picker.changed(slot);
  }

  /** Takes note that the session is over, or never got through. */
  release({ slot }: Endpoint): void {
    Atomics.sub(this.#state.endpointSessions, slot, 1);
    this.#picker.changed(slot);
  }

  /** Takes note that a connect to the endpoint failed, whoever's fault that was. `failure` is a number of the caller's. */
  missed({ slot }: Endpoint, failure: number, nowMs: number): void {
    noteFailedConnect(this.#state, slot, failure, nowMs);
  }

  /** Takes note that a connect to the endpoint failed through its own fault. */
  failed(endpoint: Endpoint, nowMs: number): FailureOutcome {
    const failures = Atomics.add(this.#state.endpointFailures, endpoint.slot, 1) + 1;
    const { after, forMs } = this.#options;
    if (after === 0 || failures < after) return 'counted';
    // Another worker was first, or a session that began before the ejection ends after it; or probes know already.
    if (this.#state.ejectedUntil[endpoint.slot]! > nowMs || this.#isDown(endpoint)) return 'counted';
    const up = this.#snapshot.endpoints.filter((each) => !this.#isDown(each));
    const ejected = up.filter(({ slot }) => this.#state.ejectedUntil[slot]! > nowMs).length;
    if (ejected + 1 > this.#bound(up.length)) return 'ignored';
    this.#state.ejectedUntil[endpoint.slot] = nowMs + forMs;
    Atomics.add(this.#state.ejections, endpoint.slot, 1);
    Atomics.add(this.#state.ejectionEpoch, 0, 1);
    return 'ejected';
  }

  /** Takes note that the endpoint accepted a connection: its failures in a row are over. */
  connected(endpoint: Endpoint): void {
    const { endpointFailures, ejectedUntil, ejectionEpoch } = this.#state;
    if (Atomics.load(endpointFailures, endpoint.slot) === 0) return;
    Atomics.store(endpointFailures, endpoint.slot, 0);
    if (ejectedUntil[endpoint.slot] !== 0) {
      ejectedUntil[endpoint.slot] = 0;
      Atomics.add(ejectionEpoch, 0, 1);
    }
  }

  /** How the pool stands now. Ejections beyond the bound are ignored and do not count; who is down by a probe does. */
  counts(nowMs: number): PoolCounts {
    this.#refresh(nowMs);
    return { usable: this.#usable.size, ejected: this.#leftOut.size };
  }

  /** True where the endpoint is left out now, for its failures or by a probe. */
  isEjected(endpoint: Endpoint, nowMs: number): boolean {
    this.#refresh(nowMs);
    return this.#leftOut.position(endpoint.slot) >= 0;
  }

  #isDown({ slot }: Endpoint): boolean {
    return Atomics.load(this.#state.probedDown, slot) === 1;
  }

  /** How many of so many endpoints may be ejected: what probes have found down is no part of the pool here. */
  #bound(up: number): number {
    // 1e-9: in floating point 58 % of 50 is a little less than 29.
    return Math.floor(up * this.#options.maxShare + 1e-9);
  }

  /** Walks the pool only when something changed, so that a pick costs the same with any number of endpoints. */
  #refresh(nowMs: number): void {
    const epoch = Atomics.load(this.#state.ejectionEpoch, 0);
    if (epoch === this.#epoch && nowMs < this.#validUntil) return;
    this.#epoch = epoch;
    this.#validUntil = Number.POSITIVE_INFINITY;
    const up: Endpoint[] = [];
    const down: Endpoint[] = [];
    for (const endpoint of this.#snapshot.endpoints) (this.#isDown(endpoint) ? down : up).push(endpoint);
    const usable: Endpoint[] = [];
    const ejected: Endpoint[] = [];
    for (const endpoint of up) {
      const until = this.#state.ejectedUntil[endpoint.slot]!;
      if (until > nowMs) {
        ejected.push(endpoint);
        this.#validUntil = Math.min(this.#validUntil, until);
      } else usable.push(endpoint);
    }
    // The pool may have shrunk since: then too few are left to carry the load, and all are tried.
    const ignore = ejected.length > this.#bound(up.length);
    this.#usable = new Ring(this.#snapshot, ignore ? up : usable);
    this.#leftOut = new Ring(this.#snapshot, ignore ? down : [...ejected, ...down]);
  }
}
