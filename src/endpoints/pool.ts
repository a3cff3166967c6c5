import { formatSocketAddress } from '../address/socket-address.ts';
import { type Balance, createPicker } from './balance/create-picker.ts';
import { NONE_TRIED, type Picker } from './balance/picker.ts';
import { RoundRobin } from './balance/round-robin.ts';
import type { CandidateOrder } from './candidate-order.ts';
import { Candidates, type NextPicker } from './candidates.ts';
import { type EndpointState, noteFailedConnect } from './endpoint-state.ts';
import { familySnapshot } from './family-snapshot.ts';
import { GroupedPool } from './grouped-pool.ts';
import { Ring } from './ring.ts';
import type { Endpoint, Snapshot } from './snapshot.ts';

const NONE: readonly Endpoint[] = [];

/** When an endpoint is ejected, which means left out for a while because connects to it fail. */
export interface EjectionOptions {
  /** Failed connects in a row; 0 never ejects. */
  readonly after: number;
  readonly forMs: number;
  /** The share of the pool, 0 to 1, that may be ejected at once; rounded down. */
  readonly maxShare: number;
}

/** What a failed connect led to. `ignored`: the endpoint was due for ejection, but `maxShare` was reached. */
export type FailureOutcome = 'counted' | 'ejected' | 'ignored';

/** How many endpoints of a pool are in which state. */
export interface PoolCounts {
  readonly usable: number;
  readonly ejected: number;
}

/** No endpoint has this slot. */
export const NO_SLOT = -1;

/**
 * One worker's view of a pool: it chooses endpoints for sessions and shares what it learns with the other workers.
 *
 *     Snapshot ─┐                       ┌─ usable ring ── Picker (balance/) ─┐
 *               ├─ Pool: on each change ┤                                    ├─ Candidates ─▶ endpoints to dial, in order
 *     EndpointState (shared memory) ────┘─ left-out ring ── round robin ─────┘
 *         ejections, checks, sessions; every worker reads and writes it
 *
 * If the snapshot has groups, a GroupedPool takes the place of the usable ring: it chooses a group first.
 * The left-out ring holds ejected endpoints and those that health checks have found down: the last resort of a session.
 * The rings are rebuilt only when the snapshot, an ejection or a check changes. Pure: time is an argument, in
 * milliseconds of one clock for all workers.
 */
export class Pool implements NextPicker {
  readonly #state: EndpointState;
  readonly #random: () => number;
  #snapshot: Snapshot;
  #options: EjectionOptions;
  #balance: Balance;
  #picker: Picker;
  /** For the left-out ring: retries there are distributed, too. */
  readonly #leftOutPicker: Picker;
  #usable: Ring;
  #leftOut: Ring;
  /** null: the snapshot has no groups. */
  #grouped: GroupedPool | null = null;
  /** The rings above are valid until the epoch changes or this time is reached. */
  #validUntil = Number.NEGATIVE_INFINITY;
  #epoch = -1;
  /** By the length of an address, made for the first client of the family (`ofFamily`). */
  readonly #families = new Map<number, Pool>();
  /** The endpoints of the snapshot by address, made for the first `find`. */
  #byAddress: ReadonlyMap<string, Endpoint> | null = null;

  /** `random` (0 to 1) is the source of all chance: where rounds begin, which endpoints are drawn. */
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
    this.#group();
  }

  /** Replaces the endpoints as a whole. Ejections and session counts stay with their slots. */
  replace(snapshot: Snapshot, options: EjectionOptions, balance: Balance = this.#balance): void {
    this.#snapshot = snapshot;
    this.#options = options;
    this.#validUntil = Number.NEGATIVE_INFINITY;
    this.#byAddress = null;
    if (balance !== this.#balance) {
      this.#balance = balance;
      this.#picker = createPicker(balance, this.#state, this.#random);
    }
    this.#group();
    for (const [bytes, pool] of this.#families) {
      pool.replace(familySnapshot(snapshot, bytes), options, balance);
    }
  }

  /**
   * The endpoints whose addresses have so many bytes (4 or 16), as a pool of their own, so that a round of clients of one family
   * passes over no endpoint of the other. Sessions are counted here, whichever pool has chosen the endpoint.
   */
  ofFamily(bytes: number): Pool {
    const known = this.#families.get(bytes);
    if (known !== undefined) return known;
    const snapshot = familySnapshot(this.#snapshot, bytes);
    const pool = new Pool(snapshot, this.#options, this.#state, this.#random, this.#balance);
    this.#families.set(bytes, pool);
    return pool;
  }

  /** The reason to report if there is no candidate (C7). */
  get empty(): Snapshot['empty'] {
    return this.#snapshot.empty;
  }

  /**
   * The endpoints to try for one session, in order, each at most once: first the one in the slot `preferred` if it is
   * usable, else the balance's choice for the client (4 or 16 bytes; null if it has no address); then its choices among the
   * other usable ones; then the left-out ones in turn.
   */
  candidates(
    nowMs: number,
    attempts: number,
    client: Uint8Array | null = null,
    preferred: number = NO_SLOT,
  ): CandidateOrder {
    this.#refresh(nowMs);
    if (this.#grouped !== null) return this.#grouped.candidates(attempts, client, preferred);
    const none = this.#usable.size === 0;
    // If every endpoint is left out they are tried in turn, so that no single one gets all sessions.
    const ring = none ? this.#leftOut : this.#usable;
    if (ring.size === 0) return new Candidates(ring, ring, 0, attempts, this, client);
    const kept = none || preferred === NO_SLOT ? NO_SLOT : ring.position(preferred);
    const start = kept >= 0 ? kept : this.#picker.pick(ring, client, NONE_TRIED);
    return new Candidates(ring, none ? this.#usable : this.#leftOut, start, attempts, this, client);
  }

  /** The endpoint of an address as `formatSocketAddress` writes it, whether it is left out or not; null: there is none. */
  find(address: string): Endpoint | null {
    this.#byAddress ??= new Map(
      this.#snapshot.endpoints
        .filter(({ path }) => path === null)
        .map((each) => [formatSocketAddress(each.ip, each.port), each]),
    );
    return this.#byAddress.get(address) ?? null;
  }

  pickNext(ring: Ring, client: Uint8Array | null, tried: ReadonlySet<number>, isLast: boolean): number {
    return isLast ? this.#leftOutPicker.pick(ring, null, tried) : this.#picker.pick(ring, client, tried);
  }

  /** A session is being dialed to the endpoint; it counts from now on, for every worker. */
  acquire({ slot }: Endpoint): void {
    Atomics.add(this.#state.endpointSessions, slot, 1);
    this.#changed(slot);
  }

  /** The counterpart of `acquire`: the session has ended, or its dial has failed. */
  release({ slot }: Endpoint): void {
    Atomics.sub(this.#state.endpointSessions, slot, 1);
    this.#changed(slot);
  }

  /** A connect to the endpoint failed, whatever the cause. `failure`: the cause, a number that the caller defines. */
  missed({ slot }: Endpoint, failure: number, nowMs: number): void {
    noteFailedConnect(this.#state, slot, failure, nowMs);
  }

  /** A connect failed in a way that counts against the endpoint; it may be ejected. */
  failed(endpoint: Endpoint, nowMs: number): FailureOutcome {
    const failures = Atomics.add(this.#state.endpointFailures, endpoint.slot, 1) + 1;
    const { after, forMs } = this.#options;
    if (after === 0 || failures < after) return 'counted';
    // It is out already: ejected by another worker or before this session failed, or found down by a check.
    if (this.#state.ejectedUntil[endpoint.slot]! > nowMs || this.#isDown(endpoint)) return 'counted';
    const up = this.#snapshot.endpoints.filter((each) => !this.#isDown(each));
    const ejected = up.filter(({ slot }) => this.#state.ejectedUntil[slot]! > nowMs).length;
    if (ejected + 1 > this.#bound(up.length)) return 'ignored';
    this.#state.ejectedUntil[endpoint.slot] = nowMs + forMs;
    Atomics.add(this.#state.ejections, endpoint.slot, 1);
    Atomics.add(this.#state.ejectionEpoch, 0, 1);
    return 'ejected';
  }

  /** The endpoint accepted a connection: its count of failures in a row is reset, and an ejection ends. */
  connected(endpoint: Endpoint): void {
    const { endpointFailures, ejectedUntil, ejectionEpoch } = this.#state;
    if (Atomics.load(endpointFailures, endpoint.slot) === 0) return;
    Atomics.store(endpointFailures, endpoint.slot, 0);
    if (ejectedUntil[endpoint.slot] !== 0) {
      ejectedUntil[endpoint.slot] = 0;
      Atomics.add(ejectionEpoch, 0, 1);
    }
  }

  /** How many endpoints are usable and how many left out now. `ejected` includes those found down by checks. If more are
   * ejected than `maxShare` allows, ejections are ignored and not counted. */
  counts(nowMs: number): PoolCounts {
    this.#refresh(nowMs);
    return { usable: this.#usable.size, ejected: this.#leftOut.size };
  }

  /** Whether the endpoint is left out now, because it is ejected or a check has found it down. */
  isEjected(endpoint: Endpoint, nowMs: number): boolean {
    this.#refresh(nowMs);
    return this.#leftOut.position(endpoint.slot) >= 0;
  }

  #changed(slot: number): void {
    (this.#grouped ?? this.#picker).changed(slot);
    for (const pool of this.#families.values()) pool.#changed(slot);
  }

  #group(): void {
    if (this.#snapshot.groups === null) {
      this.#grouped = null;
      return;
    }
    this.#grouped ??= new GroupedPool(this.#state, this.#random, this.#leftOutPicker);
    this.#grouped.replace(this.#snapshot, this.#balance);
  }

  #isDown({ slot }: Endpoint): boolean {
    return Atomics.load(this.#state.probedDown, slot) === 1;
  }

  /** How many endpoints may be ejected. `up`: the number of endpoints that checks have not found down. */
  #bound(up: number): number {
    // 1e-9: in floating point 0.58 · 50 is slightly less than 29.
    return Math.floor(up * this.#options.maxShare + 1e-9);
  }

  /** Visits all endpoints only if something has changed, so that the cost of a pick does not depend on their number. */
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
    // If the pool has shrunk since, too few endpoints may be left to carry the load: then all are used.
    const ignore = ejected.length > this.#bound(up.length);
    this.#usable = new Ring(this.#snapshot, ignore ? up : usable);
    this.#leftOut = new Ring(this.#snapshot, ignore ? down : [...ejected, ...down]);
    this.#grouped?.refresh(this.#leftOut);
  }
}
