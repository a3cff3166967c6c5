import type { Config } from '../config/config.ts';

type Mapping = { readonly [key: string]: unknown };

/** So many names stand in the line of the log; the others are counted. */
const MOST_NAMES = 20;

/** What a reload changed, for the log: names of listeners, and of their options. */
export interface ReloadChanges {
  readonly opened?: readonly string[];
  readonly closed?: readonly string[];
  /** `web.to` */
  readonly changed?: readonly string[];
  /** How many names are left out of each. */
  readonly openedMore?: number;
  readonly closedMore?: number;
  readonly changedMore?: number;
  /** There, and true, where nothing else is. */
  readonly unchanged?: true;
}

/** The listeners of two configurations, compared as they are written. Options of the process are no part of it. */
export function reloadChanges(before: Config, next: Config): ReloadChanges {
  const [old, young] = [listenersOf(before), listenersOf(next)];
  const opened = [...young.keys()].filter((name) => !old.has(name));
  const closed = [...old.keys()].filter((name) => !young.has(name));
  const changed = [...young].flatMap(([name, listener]) => {
    const was = old.get(name);
    return was === undefined ? [] : differences(was, listener).map((key) => `${name}.${key}`);
  });
  if (opened.length + closed.length + changed.length === 0) return { unchanged: true };
  return { ...named('opened', opened), ...named('closed', closed), ...named('changed', changed) };
}

function named(key: 'opened' | 'closed' | 'changed', names: readonly string[]): ReloadChanges {
  if (names.length === 0) return {};
  const more = names.length - MOST_NAMES;
  return { [key]: names.slice(0, MOST_NAMES), ...(more > 0 ? { [`${key}More`]: more } : {}) };
}

function listenersOf({ written }: Config): ReadonlyMap<string, Mapping> {
  const { listeners } = written as { readonly listeners: readonly Mapping[] };
  return new Map(listeners.map((listener) => [String(listener.name), listener]));
}

function differences(before: Mapping, next: Mapping): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(next)]);
  return [...keys].filter((key) => JSON.stringify(before[key]) !== JSON.stringify(next[key]));
}
