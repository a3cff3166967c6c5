import test from 'ava';
import type { ValueType } from '../../../src/config/value-type.ts';

/** One test for each row: the text on the left is read as the value on the right. `name` says of which type. */
export function reads<T>(
  name: string,
  type: ValueType<T>,
  rows: readonly (readonly [text: string | string[], value: T])[],
): void {
  if (rows.length === 0) throw new Error('no rows');
  for (const [text, value] of rows) {
    test(`${name}: ${JSON.stringify(text)} is read`, (t) =>
      t.deepEqual(type.parse([text].flat()), { value }));
  }
}

/** One test for each row: the text is refused with that code, and "expected …" or the whole message. */
export function refuses(
  name: string,
  type: ValueType<unknown>,
  rows: readonly (readonly [text: string | string[], code: string, says?: string])[],
): void {
  if (rows.length === 0) throw new Error('no rows');
  for (const [text, code, says = type.expected] of rows) {
    test(`${name}: ${JSON.stringify(text)} is refused`, (t) => {
      const parsed = type.parse([text].flat());
      if ('value' in parsed) return t.fail(`it is read as ${JSON.stringify(parsed.value)}`);
      t.is(parsed.refusals.length, 1);
      const [refusal] = parsed.refusals;
      t.is(refusal?.code, code);
      t.is(refusal?.message ?? refusal?.expected, says);
    });
  }
}
