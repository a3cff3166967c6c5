import type { z } from 'zod';
import { type ConfigProblem, missing } from './config-error.ts';
import { isDestinationItem } from './file-destinations.ts';
import { fileTexts } from './file-values.ts';
import { FORMER_NAMES, meantName } from './former-names.ts';
import { fileOptionsOf, type Scope } from './known-options.ts';
import { nearestWord } from './nearest-word.ts';
import { showValue } from './show-value.ts';
import type { FileShape } from './value-type.ts';

export type FilePath = readonly (string | number)[];

/** An issue of zod as problems. None if parsing the value as text reports it in more detail. */
export function fileProblems(
  issue: z.core.$ZodIssue,
  content: unknown,
  placeOf: (path: FilePath) => string,
): ConfigProblem[] {
  const path = issue.path as FilePath;
  // ["listeners", 0, "trust", …] or ["metrics", …]
  const scope: Scope = path.length > 1 && path[0] === 'listeners' ? 'listener' : 'process';
  const depth = scope === 'listener' ? 2 : 0;
  if (issue.code === 'unrecognized_keys') {
    const isItemKey = path.length > depth;
    return issue.keys.flatMap((key) => {
      const option = placeOf([...path, key]);
      return isItemKey ? notInItem(key, option) : unknownKey(scope, key, option);
    });
  }
  const option = fileOptionsOf(scope).find(([key]) => key === path[depth])?.[1];
  const value = valueAt(content, option === undefined ? path : path.slice(0, depth + 1));
  if (option !== undefined) {
    const { file, expected } = option.type;
    if (value === undefined || fileTexts(file, value) !== undefined) return [];
    const wrong =
      file.kind === 'destinations' && Array.isArray(value)
        ? value.findIndex((item) => !isDestinationItem(item))
        : -1;
    if (wrong >= 0) {
      const item = (value as readonly unknown[])[wrong];
      return [wrongKind(item, DESTINATION, placeOf([...path.slice(0, depth + 1), wrong]))];
    }
    return [wrongKind(value, expectedKind(file, expected), placeOf(path))];
  }
  return [wrongKind(value, EXPECTED_PARTS.get(String(path.at(-1))) ?? 'a mapping of options', placeOf(path))];
}

const DESTINATION =
  'an endpoint, or {endpoint, weight, backup} with one endpoint, a whole number, and true or false';

const EXPECTED_PARTS = new Map([
  ['version', '1, the version of this format'],
  ['listeners', 'a list of at least one listener'],
  ['$schema', 'the address of a JSON Schema'],
]);

function wrongKind(value: unknown, expected: string, option: string): ConfigProblem {
  if (value === undefined) return missing(option, expected);
  const problem = {
    code: 'invalid_type',
    option,
    expected,
    got: value === null ? 'nothing' : showValue(value),
  };
  // A key without a value, a common slip in YAML.
  return value === null ? { ...problem, message: `needs a value: ${expected}` } : problem;
}

function expectedKind({ kind }: FileShape, expected: string): string {
  return kind === 'flag' || kind === 'integer' ? `${expected}, without quotes` : expected;
}

const ITEM_KEYS = ['endpoint', 'weight', 'backup'];

/** For an unknown key of a destination: the only mapping inside a listener. */
function notInItem(key: string, option: string): ConfigProblem[] {
  const near = nearestWord(key, ITEM_KEYS);
  const hint = near === undefined ? `only ${ITEM_KEYS.join(', ')} go here` : `did you mean ${near}?`;
  const message = `there is no such key; ${hint}`;
  return [{ code: 'unknown_option', option, expected: near ?? 'endpoint', got: showValue(key), message }];
}

function unknownKey(scope: Scope, key: string, option: string): ConfigProblem[] {
  const own = keysOf(scope);
  const near = nearestWord(key, scope === 'listener' ? [...own, ...Object.keys(FORMER_NAMES)] : own);
  const meant = near === undefined ? undefined : meantName(near, (name) => name);
  const hint = elsewhere(scope, key) ?? (meant === undefined ? undefined : `did you mean ${meant}?`);
  const message = hint === undefined ? 'there is no such option' : `there is no such option; ${hint}`;
  return [{ code: 'unknown_option', option, expected: meant ?? 'an option', got: showValue(key), message }];
}

function elsewhere(scope: Scope, key: string): string | undefined {
  if (scope === 'process')
    return keysOf('listener').includes(key) ? 'it is an option of a listener' : undefined;
  if (key === 'weight' || key === 'backup') return 'it belongs to an item of to: {endpoint, weight, backup}';
  return keysOf('process').includes(key)
    ? 'it is an option of the process, outside the listeners'
    : undefined;
}

function keysOf(scope: Scope): string[] {
  const keys = fileOptionsOf(scope).map(([key]) => key);
  return scope === 'process' ? ['version', 'listeners', ...keys] : keys;
}

function valueAt(content: unknown, path: FilePath): unknown {
  return path.reduce<unknown>((at, step) => (at as { [key: string]: unknown } | undefined)?.[step], content);
}
