import { accept, refuse, type ValueType } from '../value-type.ts';

/** One word of a closed list. */
export function choice<const T extends string>(...choices: readonly T[]): ValueType<T> {
  const expected = `one of ${choices.join(', ')}`;
  return {
    arity: 'one',
    values: choices.map((word) => `\`${word}\``).join(' '),
    expected,
    file: { kind: 'choice', choices },
    parse: ([text = '']) => {
      const found = choices.find((word) => word === text);
      return found === undefined ? refuse('unknown_choice', expected, text) : accept(found);
    },
  };
}
