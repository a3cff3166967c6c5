import type { Balance } from '../../src/endpoints/balance/create-picker.ts';
import type { CandidateOrder } from '../../src/endpoints/candidate-order.ts';
import { Candidates } from '../../src/endpoints/candidates.ts';
import type { EndpointState } from '../../src/endpoints/endpoint-state.ts';
import { buildHashTable } from '../../src/endpoints/maglev.ts';
import { type EjectionOptions, type FailureOutcome, Pool } from '../../src/endpoints/pool.ts';
import { Ring } from '../../src/endpoints/ring.ts';
import type { Endpoint, Snapshot } from '../../src/endpoints/snapshot.ts';
import { snapshotOf } from '../helpers/snapshots.ts';

/** An endpoint in the slot, with an address of its own. */
export function endpoint(slot: number): Endpoint {
  const ip = Uint8Array.of(10, slot >> 16, slot >> 8, slot);
  return { slot, ip, port: 80, path: null, text: `${ip.join('.')}:80` };
}

export function endpoints(count: number, firstSlot = 0): Endpoint[] {
  return Array.from({ length: count }, (_, index) => endpoint(firstSlot + index));
}

export function snapshot(of: number | readonly Endpoint[]): Snapshot {
  return snapshotOf(typeof of === 'number' ? endpoints(of) : of);
}

/** What workers share, with room for `slots` endpoints. */
export function endpointState(slots: number): EndpointState {
  return {
    endpointSessions: new Int32Array(new SharedArrayBuffer(4 * slots)),
    endpointFailures: new Int32Array(new SharedArrayBuffer(4 * slots)),
    failedConnects: new Int32Array(new SharedArrayBuffer(4 * slots)),
    lastFailure: new Int32Array(new SharedArrayBuffer(4 * slots)),
    lastFailureAt: new Float64Array(new SharedArrayBuffer(8 * slots)),
    ejections: new Int32Array(new SharedArrayBuffer(4 * slots)),
    probedDown: new Int32Array(new SharedArrayBuffer(4 * slots)),
    ejectedUntil: new Float64Array(new SharedArrayBuffer(8 * slots)),
    ejectionEpoch: new Int32Array(new SharedArrayBuffer(4)),
  };
}

/** Candidates of the first ring, from `start` on, and then of the last ring in order. */
export function candidatesOf(
  first: readonly Endpoint[],
  last: readonly Endpoint[],
  start: number,
  attempts: number,
): Candidates {
  const picker = {
    pickNext: ({ size }: Ring, _client: Uint8Array | null, tried: ReadonlySet<number>, isLast: boolean) =>
      isLast ? tried.size : (start + tried.size) % size,
  };
  const [ring, lastRing] = [first, last].map((each) => new Ring(snapshot(each), each));
  return new Candidates(ring!, lastRing!, start, attempts, picker, null);
}

/** The slots of all remaining candidates, in order. */
export function slotsOf(candidates: CandidateOrder): number[] {
  const slots: number[] = [];
  for (let next = candidates.next(); next !== null; next = candidates.next()) slots.push(next.slot);
  return slots;
}

export const EJECTION: EjectionOptions = { after: 3, forMs: 1000, maxShare: 0.5 };
export const ALL = Number.POSITIVE_INFINITY;
export const fromFirst = () => 0;

export function create(count: number, ejection: Partial<EjectionOptions> = {}) {
  const state = endpointState(64);
  const options = { ...EJECTION, ...ejection };
  return { state, options, pool: new Pool(snapshot(count), options, state, fromFirst) };
}

/** The first candidates of this many sessions. */
export function picks(pool: Pool, count: number, nowMs = 0): number[] {
  return Array.from({ length: count }, () => pool.candidates(nowMs, 1).next()!.slot);
}

export function fail(pool: Pool, slot: number, times: number, nowMs = 0): FailureOutcome[] {
  return Array.from({ length: times }, () => pool.failed(endpoint(slot), nowMs));
}

/** What the health checks do: set the cell, then increase the epoch. */
export function probe(state: EndpointState, down: 0 | 1, ...slots: number[]): void {
  for (const slot of slots) Atomics.store(state.probedDown, slot, down);
  Atomics.add(state.ejectionEpoch, 0, 1);
}

/** A client whose hashed endpoint is not the second one, both of 10 and of 10,000 endpoints. */
export const CLIENT = Uint8Array.of(192, 0, 2, 4);
export const BALANCES: readonly Balance[] = ['round-robin', 'least-sessions', 'random-two', 'client-hash'];

export function hashed(of: number | readonly Endpoint[]): Snapshot {
  return { ...snapshot(of), hashTable: buildHashTable(typeof of === 'number' ? endpoints(of) : of) };
}
