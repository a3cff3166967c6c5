import { accept, refuse, type ValueType } from '../value-type.ts';

/** Counts live in cells of 32 bits with a sign. */
const MOST = 2 ** 31 - 1;

/** A whole number of at least `min`. With `none`, that word is a value too and means 0. */
export function count({ min, none }: { readonly min: number; readonly none?: true }): ValueType<number> {
  const expected = `a whole number of at least ${min}${none ? ', or none' : ''}`;
  return {
    arity: 'one',
    values: none ? `number, or \`none\`` : `number, at least ${min}`,
    expected,
    file: { kind: 'integer', min, max: MOST, ...(none ? { none } : {}) },
    parse: ([text = '']) => {
      if (none && text === 'none') return accept(0);
      if (!/^(?:0|[1-9]\d*)$/.test(text)) return refuse('invalid_number', expected, text);
      const number = Number(text);
      if (number < min) return refuse('too_small', expected, text);
      return number > MOST ? refuse('too_large', `at most ${MOST}`, text) : accept(number);
    },
  };
}
