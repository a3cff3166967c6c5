import { accept, refuse, type ValueType } from '../value-type.ts';

/** Counts live in cells of 32 bits with a sign. */
const MOST = 2 ** 31 - 1;

/** A whole number of at least `min`, and at most `max`. With `none`, that word is a value too and means 0. */
export function count<None extends true | undefined = undefined>({
  min,
  max = MOST,
  none,
}: {
  readonly min: number;
  readonly max?: number;
  readonly none?: None;
}): ValueType<number, number | (None extends true ? 'none' | false : never)> {
  const bounds = max === MOST ? `of at least ${min}` : `from ${min} to ${max}`;
  const expected = `a whole number ${bounds}${none ? ', or none' : ''}`;
  return {
    arity: 'one',
    values: none
      ? `number, or \`none\``
      : max === MOST
        ? `number, at least ${min}`
        : `number, ${min} to ${max}`,
    expected,
    file: { kind: 'integer', min, max, ...(none ? { none } : {}) },
    parse: ([text = '']) => {
      if (none && text === 'none') return accept(0);
      if (!/^(?:0|[1-9]\d*)$/.test(text)) return refuse('invalid_number', expected, text);
      const number = Number(text);
      if (number < min) return refuse('too_small', expected, text);
      return number > max ? refuse('too_large', `at most ${max}`, text) : accept(number);
    },
  };
}
