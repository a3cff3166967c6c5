import { accept, refuse, type ValueType } from '../value-type.ts';

const EXPECTED = 'a share from 0% to 100%';

/** A share in percent, as a number from 0 to 1. */
export const share: ValueType<number, `${number}%`> = {
  arity: 'one',
  values: 'share, `0%` to `100%`',
  expected: EXPECTED,
  file: { kind: 'text', pattern: '^\\d{1,3}%$' },
  parse: ([text = '']) => {
    const percent = /^(?:0|[1-9]\d*)%$/.test(text) ? Number(text.slice(0, -1)) : Number.NaN;
    return percent <= 100 ? accept(percent / 100) : refuse('invalid_share', EXPECTED, text);
  },
};
