import type { ConfigProblem } from './config-error.ts';
import type { Option } from './option.ts';
import type { Setting } from './setting.ts';
import { showValue } from './show-value.ts';
import type { ParsedValue, ValueType } from './value-type.ts';

/** Reads what was written for an option. Undefined: it is wrong, and `problems` has all that is. */
export function readSetting<T>(
  type: ValueType<T>,
  { texts, place, wrong }: Setting,
  problems: ConfigProblem[],
): T | undefined {
  if (wrong) return undefined;
  const parsed = readTexts(type, texts);
  if ('value' in parsed) return parsed.value;
  for (const refusal of parsed.refusals) problems.push({ ...refusal, option: place });
  return undefined;
}

function readTexts<T>(type: ValueType<T>, texts: readonly string[]): ParsedValue<T> {
  const { arity, expected } = type;
  if (texts.length === 0) {
    const message = `needs a value: ${expected}`;
    return { refusals: [{ code: 'missing', expected, got: 'nothing', message }] };
  }
  if (texts.length > 1 && (arity === 'one' || arity === 'flag')) {
    const got = texts.map(showValue).join(' and ');
    return { refusals: [{ code: 'given_twice', expected: 'one value', got }] };
  }
  return type.parse(texts);
}

/** Reads a default of the table. Throws where the table itself is wrong. */
export function readDefault<T>({ type }: Option<T>, text: string): T {
  const parsed = type.parse([text]);
  if ('value' in parsed) return parsed.value;
  throw new TypeError(`a default of the table is wrong: ${text}`);
}
