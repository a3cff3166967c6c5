import { buildHashTable } from '../../../src/endpoints/maglev.ts';
import { Ring } from '../../../src/endpoints/ring.ts';
import { endpoints, snapshot } from '../pool-parts.ts';

/** So many endpoints, whose slots begin at 100, with their Maglev table; those at `without` are left out. */
export function ringOf(size: number, without: readonly number[] = []): Ring {
  const all = endpoints(size, 100);
  const whole = { ...snapshot(all), hashTable: buildHashTable(all) };
  return new Ring(
    whole,
    all.filter((_, at) => !without.includes(at)),
  );
}

/** Numbers from 0 to 1 that are as good as random and the same each time. */
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
