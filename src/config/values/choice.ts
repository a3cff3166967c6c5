import { nearestWord } from '../nearest-word.ts';
import { accept, refuse, refuseWithHint, type ValueType } from '../value-type.ts';

/** The word; a number where it is one; `false` where it may be `none`. */
type WrittenChoice<T extends string> =
  | T
  | (T extends `${infer Digits extends number}` ? Digits : never)
  | ('none' extends T ? false : never);

/** One word of a closed list. */
export function choice<const T extends string>(...choices: readonly T[]): ValueType<T, WrittenChoice<T>> {
  const expected = `one of ${choices.join(', ')}`;
  return {
    arity: 'one',
    values: choices.map((word) => `\`${word}\``).join(' '),
    expected,
    file: { kind: 'choice', choices },
    parse: ([text = '']) => {
      const found = choices.find((word) => word === text);
      if (found !== undefined) return accept(found);
      const near = nearestWord(text, choices);
      return near === undefined
        ? refuse('unknown_choice', expected, text)
        : refuseWithHint('unknown_choice', expected, text, near);
    },
  };
}
