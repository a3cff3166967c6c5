import { accept, refuse, type ValueType } from '../value-type.ts';

const EXPECTED = 'true or false';
const WORDS = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** A switch: its flag alone is `true`; its variable says which. */
export const flag: ValueType<boolean, boolean> = {
  arity: 'flag',
  values: 'flag',
  expected: EXPECTED,
  file: { kind: 'flag' },
  parse: ([text = '']) => {
    const value = WORDS.get(text);
    return value === undefined ? refuse('invalid_flag', EXPECTED, text) : accept(value);
  },
};
