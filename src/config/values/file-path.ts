import { accept, refuse, type ValueType } from '../value-type.ts';

const EXPECTED = 'the name of a file';

/** The name of a file. */
export const filePath: ValueType<string, string> = {
  arity: 'one',
  values: 'FILE',
  expected: EXPECTED,
  file: { kind: 'text' },
  parse: ([text = '']) => (text === '' ? refuse('missing', EXPECTED, text) : accept(text)),
};
