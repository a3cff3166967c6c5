import { accept, refuse, type ValueType } from '../value-type.ts';

/** A word without blanks of at most 253 characters: a name in a cluster. */
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

const LISTENER_NAME = 'a name of at most 63 lower-case letters, digits and -, not beginning with -';

/** A listener's name: a label of metrics and logs, in the alphabet of Kubernetes names. */
export const listenerName: ValueType<string, string> = {
  arity: 'one',
  values: 'name: `a-z`, `0-9`, `-`',
  expected: LISTENER_NAME,
  file: { kind: 'text', pattern: '^[a-z0-9][-a-z0-9]{0,62}$' },
  parse: ([text = '']) =>
    /^[a-z0-9][-a-z0-9]{0,62}$/.test(text) ? accept(text) : refuse('invalid_name', LISTENER_NAME, text),
};

const FILE = 'the name of a file';

/** The name of a file. */
export const filePath: ValueType<string, string> = {
  arity: 'one',
  values: 'FILE',
  expected: FILE,
  file: { kind: 'text' },
  parse: ([text = '']) => (text === '' ? refuse('missing', FILE, text) : accept(text)),
};
