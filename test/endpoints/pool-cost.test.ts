import test from 'ava';
import type { Balance } from '../../src/endpoints/balance/create-picker.ts';
import type { EndpointState } from '../../src/endpoints/endpoint-state.ts';
import { buildHashTable } from '../../src/endpoints/maglev.ts';
import { Pool } from '../../src/endpoints/pool.ts';
import type { Snapshot } from '../../src/endpoints/snapshot.ts';
import {
  BALANCES,
  CLIENT,
  EJECTION,
  endpointState,
  endpoints,
  fail,
  slotsOf,
  snapshot,
} from './pool-parts.ts';

// A pick costs the same with any number of endpoints.

/** A pool that counts its reads of the snapshot and of shared memory. */
function countReads(count: number, balance: Balance) {
  const reads = { count: 0 };
  const counting = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (of, key) => {
        reads.count++;
        return Reflect.get(of, key, of);
      },
    });
  const state = endpointState(count);
  const watched: EndpointState = { ...state, ejectedUntil: counting(state.ejectedUntil) };
  const all: Snapshot = {
    ...snapshot(count),
    endpoints: counting(endpoints(count)),
    hashTable: counting(buildHashTable(endpoints(count))),
  };
  const { load } = Atomics;
  return {
    reads,
    pool: new Pool(all, EJECTION, watched, () => 0.5, balance),
    /** Atomics does not accept a Proxy, so its reads are counted by replacing `load` while `play` runs. */
    during: (play: () => void) => {
      Atomics.load = ((...args: Parameters<typeof load>) => {
        reads.count++;
        return load(...args);
      }) as typeof load;
      play();
      Atomics.load = load;
    },
  };
}

for (const balance of BALANCES) {
  test(`with ${balance} a pick looks at no more with 10,000 endpoints than with 10`, (t) => {
    const [few, many] = [10, 10_000].map((count) => {
      const { pool, reads, during } = countReads(count, balance);
      fail(pool, 1, 3);
      during(() => pool.candidates(0, 3, CLIENT));
      // The counter works: building the rings reads each endpoint at least once.
      t.true(reads.count >= count);
      const before = reads.count;
      during(() => {
        for (let pick = 0; pick < 100; pick++) {
          const candidates = pool.candidates(pick, 3, CLIENT, balance === 'round-robin' ? 5 : undefined);
          const first = candidates.next()!;
          pool.acquire(first);
          slotsOf(candidates);
          if (pick % 3 === 0) pool.release(first);
        }
      });
      return reads.count - before;
    });
    t.is(few, many);
    t.true(many! <= 100 * 13, `${many}`);
  });
}
