import { accept, refuse, type ValueType } from '../value-type.ts';

const EXPECTED = 'a name of at most 63 small letters, digits and -, with no - in front';

/** The name of a listener: a label of metrics and logs, in the alphabet of Kubernetes' names. */
export const listenerName: ValueType<string, string> = {
  arity: 'one',
  values: 'name: `a-z`, `0-9`, `-`',
  expected: EXPECTED,
  file: { kind: 'text', pattern: '^[a-z0-9][-a-z0-9]{0,62}$' },
  parse: ([text = '']) =>
    /^[a-z0-9][-a-z0-9]{0,62}$/.test(text) ? accept(text) : refuse('invalid_name', EXPECTED, text),
};
