import { ConfigError, type ConfigProblem, spelledOut } from './config-error.ts';
import { destinationTexts } from './file-destinations.ts';
import { type FilePath, fileProblems } from './file-problem.ts';
import { createFileSchema } from './file-schema.ts';
import { fileTexts } from './file-values.ts';
import { type FormerNameNotes, formerName, underPresentNames } from './former-names.ts';
import { fileOptionsOf, type Scope } from './known-options.ts';
import type { Setting, Settings, WrittenListener } from './setting.ts';
import { showValue } from './show-value.ts';

type Mapping = { readonly [key: string]: unknown };

/** The settings of a file; what has the wrong form is in `problems`. */
export interface WrittenContent {
  readonly process: Settings;
  readonly listeners: readonly WrittenListener[];
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly string[];
}

/** Reads the content of a configuration file. `placeOf` names a part of it. Throws if it is not a mapping. */
export function readContent(content: unknown, placeOf: (path: FilePath) => string): WrittenContent {
  if (!isMapping(content)) {
    const expected = 'a mapping with version and listeners';
    const got = content === null ? 'nothing' : showValue(content);
    throw new ConfigError([{ code: 'invalid_type', option: placeOf([]), expected, got }]);
  }
  const notes: { problems: ConfigProblem[]; warnings: string[] } = { problems: [], warnings: [] };
  const present = underPresentKeys(content, placeOf, notes);
  const asWritten = (path: FilePath) => pathAsWritten(content, path);
  const place = (path: FilePath) => placeOf(asWritten(path));
  const { error } = createFileSchema().safeParse(present);
  const listeners = Array.isArray(present.listeners) ? present.listeners : [];
  return {
    process: readSettings('process', present, [], asWritten, placeOf),
    listeners: listeners.flatMap((listener, at): WrittenListener[] => {
      if (!isMapping(listener)) return [];
      const path = ['listeners', at];
      const settings = readSettings('listener', listener, path, asWritten, placeOf);
      // Listeners of a file have the defaults of an edge.
      return [{ role: 'edge', settings, place: (key) => place([...path, key]), spell: asKey }];
    }),
    problems: [
      ...notes.problems,
      ...(error?.issues ?? []).flatMap((issue) => fileProblems(issue, present, place)),
    ],
    warnings: spelledOut(
      notes.warnings,
      () => 'former_name',
      (text) => text,
      (_, more) => `and ${more} more options under former names`,
    ),
  };
}

/** The content with present names for all options of listeners: the schema knows no others. */
function underPresentKeys(
  content: Mapping,
  placeOf: (path: FilePath) => string,
  notes: FormerNameNotes,
): Mapping {
  if (!Array.isArray(content.listeners)) return content;
  const listeners = content.listeners.map((listener, at) => {
    if (!isMapping(listener)) return listener;
    const spelling = { name: (key: string) => key, place: (key: string) => placeOf(['listeners', at, key]) };
    return Object.fromEntries(underPresentNames(new Map(Object.entries(listener)), spelling, notes));
  });
  return { ...content, listeners };
}

/** The path of an option in the content: with its former name if that was written. */
function pathAsWritten(content: Mapping, path: FilePath): FilePath {
  const [part, at, key, ...rest] = path;
  const former = part === 'listeners' && typeof key === 'string' ? formerName(key) : undefined;
  if (former === undefined || !Array.isArray(content.listeners)) return path;
  const listener: unknown = content.listeners[Number(at)];
  const isFormer = isMapping(listener) && Object.hasOwn(listener, former) && !Object.hasOwn(listener, key!);
  return isFormer ? [part!, at!, former, ...rest] : path;
}

/** The options of one mapping. */
function readSettings(
  scope: Scope,
  mapping: Mapping,
  path: FilePath,
  asWritten: (path: FilePath) => FilePath,
  placeOf: (path: FilePath) => string,
): Settings {
  const settings = new Map<string, Setting>();
  for (const [key, { type }] of fileOptionsOf(scope)) {
    if (mapping[key] === undefined) continue;
    const texts = fileTexts(type.file, mapping[key]);
    const written = asWritten([...path, key]);
    const named = { place: placeOf(written), name: String(written.at(-1)), spell: asKey };
    settings.set(key, texts === undefined ? { ...named, texts: [], wrong: true } : { ...named, texts });
    if (type.file.kind !== 'destinations') continue;
    for (const [part, each] of Object.entries(destinationTexts(mapping[key]) ?? {})) {
      if (part !== key && each.length > 0) settings.set(part, { ...named, texts: each });
    }
  }
  return settings;
}

/** A file spells options by their keys. */
function asKey(key: string): string {
  return key;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
