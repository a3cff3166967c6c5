import { accept, refuse, type ValueType } from '../value-type.ts';

/** One word without blanks, at most 253 characters: the name of something in a cluster. */
export function word(values: string, expected: string): ValueType<string, string> {
  return {
    arity: 'one',
    values,
    expected,
    file: { kind: 'text', pattern: '^\\S{1,253}$' },
    parse: ([text = '']) =>
      /^[^\s\p{C}]{1,253}$/u.test(text) ? accept(text) : refuse('invalid_name', expected, text),
  };
}
