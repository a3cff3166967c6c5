import { Candidates } from './candidates.ts';
import type { EndpointState } from './endpoint-state.ts';
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

/**
 * One worker's view of a pool: picks by round robin, leaves ejected endpoints to the end, and shares
 * ejections with the other workers. Pure: time is an argument, in milliseconds of one clock for all.
 */
export class Pool {
  readonly #state: EndpointState;
  #snapshot: Snapshot;
  #options: EjectionOptions;
  #cursor: number;
  #usable: readonly Endpoint[] = [];
  #ejected: readonly Endpoint[] = [];
  /** The lists above hold until the epoch moves or this time comes. */
  #validUntil = Number.NEGATIVE_INFINITY;
  #epoch = -1;

  /** `random` (0 to 1) sets where the first round begins, so that workers do not march in step. */
  constructor(snapshot: Snapshot, options: EjectionOptions, state: EndpointState, random: () => number) {
    this.#snapshot = snapshot;
    this.#options = options;
    this.#state = state;
    this.#cursor = Math.floor(random() * Math.max(snapshot.endpoints.length, 1));
  }

  /** Swaps the endpoints whole; ejections stay with their slots. */
  replace(snapshot: Snapshot, options: EjectionOptions): void {
    this.#snapshot = snapshot;
    this.#options = options;
    this.#validUntil = Number.NEGATIVE_INFINITY;
  }

  /** The endpoints to try for one session, in order, each at most once: usable ones, then ejected ones. */
  candidates(nowMs: number, attempts: number): Candidates {
    this.#refresh(nowMs);
    const none = this.#usable.length === 0;
    // Where every endpoint is ejected they are tried in turn, so that no single one gets everything.
    const ring = none ? this.#ejected : this.#usable;
    const start = ring.length === 0 ? 0 : this.#cursor;
    this.#cursor = ring.length === 0 ? 0 : (start + 1) % ring.length;
    return new Candidates(ring, none ? NONE : this.#ejected, start, attempts);
  }

  /** Takes note that a connect to the endpoint failed through its own fault. */
  failed(endpoint: Endpoint, nowMs: number): FailureOutcome {
    const failures = Atomics.add(this.#state.endpointFailures, endpoint.slot, 1) + 1;
    const { after, forMs } = this.#options;
    if (after === 0 || failures < after) return 'counted';
    // Another worker was first, or a session that began before the ejection ends after it.
    if (this.#state.ejectedUntil[endpoint.slot]! > nowMs) return 'counted';
    if (this.#countEjected(nowMs) + 1 > this.#bound()) return 'ignored';
    this.#state.ejectedUntil[endpoint.slot] = nowMs + forMs;
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

  /** How the pool stands now. Ejections beyond the bound are ignored and do not count. */
  counts(nowMs: number): PoolCounts {
    this.#refresh(nowMs);
    return { usable: this.#usable.length, ejected: this.#ejected.length };
  }

  /** True where the endpoint is left out now. */
  isEjected(endpoint: Endpoint, nowMs: number): boolean {
    this.#refresh(nowMs);
    return this.#ejected.includes(endpoint);
  }

  #bound(): number {
    // 1e-9: in floating point 58 % of 50 is a little less than 29.
    return Math.floor(this.#snapshot.endpoints.length * this.#options.maxShare + 1e-9);
  }

  #countEjected(nowMs: number): number {
    let count = 0;
    for (const { slot } of this.#snapshot.endpoints) {
      if (this.#state.ejectedUntil[slot]! > nowMs) count++;
    }
    return count;
  }

  /** Walks the pool only when something changed, so that a pick costs the same with any number of endpoints. */
  #refresh(nowMs: number): void {
    const epoch = Atomics.load(this.#state.ejectionEpoch, 0);
    if (epoch === this.#epoch && nowMs < this.#validUntil) return;
    this.#epoch = epoch;
    this.#validUntil = Number.POSITIVE_INFINITY;
    const all = this.#snapshot.endpoints;
    const usable: Endpoint[] = [];
    const ejected: Endpoint[] = [];
    for (const endpoint of all) {
      const until = this.#state.ejectedUntil[endpoint.slot]!;
      if (until > nowMs) {
        ejected.push(endpoint);
        this.#validUntil = Math.min(this.#validUntil, until);
      } else usable.push(endpoint);
    }
    // The pool may have shrunk since: then too few are left to carry the load, and all are tried.
    const ignore = ejected.length > this.#bound();
    this.#usable = ignore ? all : usable;
    this.#ejected = ignore ? [] : ejected;
  }
}
