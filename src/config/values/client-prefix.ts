import type { ClientPrefix } from '../../plan/plan.ts';
import { accept, listItems, refuse, type ValueType } from '../value-type.ts';

const EXPECTED = '4:BITS or 6:BITS, or both, such as 4:32,6:64';

/** A subscriber of IPv6 has a /64 at the least, and any address of it. */
const USUAL: ClientPrefix = { v4: 32, v6: 64 };
const MOST_BITS = { v4: 32, v6: 128 } as const;

/** How many leading bits of an address make a client; of a family that is not named as many as usual. */
export const clientPrefix: ValueType<ClientPrefix> = {
  arity: 'list',
  values: '`4:BITS` `6:BITS`',
  expected: EXPECTED,
  file: { kind: 'list' },
  parse: (texts) => {
    const bits: { v4?: number; v6?: number } = {};
    for (const text of listItems(texts)) {
      const match = /^([46]):(0|[1-9]\d{0,2})$/.exec(text);
      if (match === null) return refuse('invalid_client_prefix', EXPECTED, text);
      const family = match[1] === '4' ? 'v4' : 'v6';
      const count = Number(match[2]);
      if (count > MOST_BITS[family]) return refuse('too_large', `at most ${MOST_BITS[family]} bits`, text);
      if (bits[family] !== undefined) return refuse('contradictory_client_prefix', 'each family once', text);
      bits[family] = count;
    }
    return accept({ ...USUAL, ...bits });
  },
};
