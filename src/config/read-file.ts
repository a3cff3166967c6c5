import type { z } from 'zod';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { readDocument } from './file-document.ts';
import { createFileSchema, fileTexts } from './file-schema.ts';
import { laterOptionsOf, optionsOf, type Scope } from './known-options.ts';
import type { WrittenListener } from './listener-draft.ts';
import { nearestWord } from './nearest-word.ts';
import type { Setting, Settings } from './setting.ts';
import { showValue } from './show-value.ts';

type Path = readonly (string | number)[];
type Mapping = { readonly [key: string]: unknown };

/** What a file says, as far as it says it in the right form; the rest is in `problems`. */
export interface WrittenFile {
  readonly process: Settings;
  readonly listeners: readonly WrittenListener[];
  readonly problems: readonly ConfigProblem[];
}

/** Reads a configuration file. Throws a `ConfigError` where it is no mapping of YAML or JSON at all. */
export function readConfigFile(file: string): WrittenFile {
  const { content, place } = readDocument(file);
  const placeOf = (path: Path) => (path.length === 0 ? place(path) : `${place(path)}: ${pathText(path)}`);
  if (!isMapping(content)) {
    const expected = 'a mapping with version and listeners';
    const got = content === null ? 'nothing' : showValue(content);
    throw new ConfigError([{ code: 'invalid_type', option: placeOf([]), expected, got }]);
  }
  const result = createFileSchema().safeParse(content);
  const issues = result.success ? [] : result.error.issues;
  const listeners = Array.isArray(content.listeners) ? content.listeners : [];
  return {
    process: readSettings('process', content, [], placeOf),
    listeners: listeners.flatMap((listener, at): WrittenListener[] => {
      if (!isMapping(listener)) return [];
      const path = ['listeners', at];
      const settings = readSettings('listener', listener, path, placeOf);
      // In a file every listener begins as an edge.
      return [{ role: 'edge', settings, place: (key) => placeOf([...path, key]) }];
    }),
    problems: issues.flatMap((issue) => problemsOf(issue, content, placeOf)),
  };
}

/** The options of one mapping that are of the right kind, those of later versions included. */
function readSettings(scope: Scope, mapping: Mapping, path: Path, placeOf: (path: Path) => string): Settings {
  const settings = new Map<string, Setting>();
  const add = (key: string, texts: readonly string[] | undefined) => {
    if (texts !== undefined) settings.set(key, { texts, place: placeOf([...path, key]) });
  };
  for (const [key, { type }] of optionsOf(scope)) add(key, fileTexts(type.file, mapping[key]));
  for (const { key, flag } of laterOptionsOf(scope)) {
    const value = mapping[key];
    if (value !== undefined) add(key, [value === false && !flag ? 'none' : textOf(value)]);
  }
  return settings;
}

function problemsOf(
  issue: z.core.$ZodIssue,
  content: Mapping,
  placeOf: (path: Path) => string,
): ConfigProblem[] {
  const path = issue.path as Path;
  const scope = path[0] === 'listeners' && path.length > 1 ? 'listener' : 'process';
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.flatMap((key) => unknownKey(scope, key, placeOf([...path, key])));
  }
  const value = path.reduce<unknown>((at, step) => (at as Mapping | undefined)?.[step], content);
  const got = value === null ? 'nothing' : showValue(value);
  const problem = (expected: string, at = path): ConfigProblem[] => [
    { code: value === undefined ? 'missing' : 'invalid_type', option: placeOf(at), expected, got },
  ];
  const depth = scope === 'listener' ? 2 : 0;
  const option = optionsOf(scope).find(([key]) => key === path[depth])?.[1];
  if (option !== undefined) {
    // What is missing is missed later, and what is of the right kind is read there, in more words.
    const whole = path.slice(0, depth + 1).reduce<unknown>((at, step) => (at as Mapping)[step], content);
    if (whole === undefined || fileTexts(option.type.file, whole) !== undefined) return [];
    return problem(kindText(option.type.file.kind, option.type.expected));
  }
  if (path[0] === 'version') return problem('1, the version of this format');
  if (path[0] === '$schema') return problem('the address of a JSON Schema');
  return problem(path.length === 1 ? 'a list of at least one listener' : 'a mapping of options');
}

function unknownKey(scope: Scope, key: string, place: string): ConfigProblem[] {
  if (laterOptionsOf(scope).some((option) => option.key === key)) return [];
  const own = keysOf(scope);
  const near = nearestWord(key, own);
  const elsewhere = keysOf(scope === 'listener' ? 'process' : 'listener').includes(key);
  const hint =
    elsewhere && scope === 'process'
      ? 'it belongs into a listener'
      : elsewhere
        ? 'it belongs to the process, outside of listeners'
        : near === undefined
          ? undefined
          : `did you mean ${near}?`;
  const message = hint === undefined ? 'there is no such option' : `there is no such option; ${hint}`;
  return [
    { code: 'unknown_option', option: place, expected: near ?? 'an option', got: showValue(key), message },
  ];
}

function keysOf(scope: Scope): string[] {
  const keys = optionsOf(scope).map(([key]) => key);
  return scope === 'process' ? ['version', 'listeners', ...keys] : keys;
}

function kindText(kind: string, expected: string): string {
  return kind === 'flag'
    ? 'true or false, without quotes'
    : kind === 'integer'
      ? `${expected}, without quotes`
      : expected;
}

/** `["listeners", 0, "trust"]` → `listeners[0].trust` */
function pathText(path: Path): string {
  return path
    .map((step, at) => (typeof step === 'number' ? `[${step}]` : at === 0 ? step : `.${step}`))
    .join('');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
