import { Candidates } from '../../src/endpoints/candidates.ts';
import type { EndpointState } from '../../src/endpoints/endpoint-state.ts';
import { Ring } from '../../src/endpoints/ring.ts';
import type { Endpoint, Snapshot } from '../../src/endpoints/snapshot.ts';

/** An endpoint in the slot, with an address of its own. */
export function endpoint(slot: number): Endpoint {
  const ip = Uint8Array.of(10, slot >> 16, slot >> 8, slot);
  return { slot, ip, port: 80, path: null, text: `${ip.join('.')}:80` };
}

export function endpoints(count: number, firstSlot = 0): Endpoint[] {
  return Array.from({ length: count }, (_, index) => endpoint(firstSlot + index));
}

export function snapshot(of: number | readonly Endpoint[]): Snapshot {
  const all = typeof of === 'number' ? endpoints(of) : of;
  return { generation: 1, endpoints: all, empty: 'no_endpoint', known: null, hashTable: null };
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

/** Candidates of these, in a ring from the start, then of the last list in its order. */
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

/** The slots of all that is left to try, in order. */
export function slotsOf(candidates: Candidates): number[] {
  const slots: number[] = [];
  for (let next = candidates.next(); next !== null; next = candidates.next()) slots.push(next.slot);
  return slots;
}
