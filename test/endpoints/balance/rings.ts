import { buildHashTable } from '../../../src/endpoints/maglev.ts';
import { Ring } from '../../../src/endpoints/ring.ts';
import { endpoints, snapshot } from '../pool-parts.ts';

/** A ring of this many endpoints, with slots from 100 on and a Maglev table, without the positions in `without`. */
export function ringOf(size: number, without: readonly number[] = []): Ring {
  const all = endpoints(size, 100);
  const whole = { ...snapshot(all), hashTable: buildHashTable(all) };
  return new Ring(
    whole,
    all.filter((_, at) => !without.includes(at)),
  );
}

/** A seeded random generator: numbers from 0 to 1, the same each time. */
export function repeatable(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Sessions of all slots that a ring may have, in memory that workers share. */
export function sharedSessions(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * 20_000));
}
