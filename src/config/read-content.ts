import { ConfigError, type ConfigProblem } from './config-error.ts';
import { type FilePath, fileProblems } from './file-problem.ts';
import { createFileSchema, fileTexts } from './file-schema.ts';
import { optionsOf, type Scope } from './known-options.ts';
import type { WrittenListener } from './listener-draft.ts';
import type { Setting, Settings } from './setting.ts';
import { showValue } from './show-value.ts';

type Mapping = { readonly [key: string]: unknown };

/** What a file says, as far as it says it in the right form; the rest is in `problems`. */
export interface WrittenContent {
  readonly process: Settings;
  readonly listeners: readonly WrittenListener[];
  readonly problems: readonly ConfigProblem[];
}

/** Reads the content of a configuration file. `placeOf` names a part of it. Throws where it is no mapping at all. */
export function readContent(content: unknown, placeOf: (path: FilePath) => string): WrittenContent {
  if (!isMapping(content)) {
    const expected = 'a mapping with version and listeners';
    const got = content === null ? 'nothing' : showValue(content);
    throw new ConfigError([{ code: 'invalid_type', option: placeOf([]), expected, got }]);
  }
  const { error } = createFileSchema().safeParse(content);
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
    problems: (error?.issues ?? []).flatMap((issue) => fileProblems(issue, content, placeOf)),
  };
}

/** The options of one mapping. */
function readSettings(
  scope: Scope,
  mapping: Mapping,
  path: FilePath,
  placeOf: (path: FilePath) => string,
): Settings {
  const settings = new Map<string, Setting>();
  for (const [key, { type }] of optionsOf(scope)) {
    if (mapping[key] === undefined) continue;
    const texts = fileTexts(type.file, mapping[key]);
    const place = placeOf([...path, key]);
    settings.set(key, texts === undefined ? { texts: [], place, wrong: true } : { texts, place });
  }
  return settings;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
