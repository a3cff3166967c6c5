import { addressText } from '../address/address-text.ts';
import type { Config, Destination, ListenerOptions } from '../config/config.ts';
import type { LogFields } from '../observe/log.ts';
import type { ServedBy } from './engines.ts';

type Mapping = { readonly [key: string]: unknown };

/** How many names of endpoints, listeners or options a log line has; the others are counted. */
const MOST_NAMES = 20;

/** The fields of the line `listening`, besides the listener's name and address. */
export function listenerFacts(
  { object, to, acceptProxy, present, hops }: ListenerOptions,
  { engine, threads }: ServedBy,
): LogFields {
  const names = to.slice(0, MOST_NAMES).map(destinationText);
  const toMore = to.length - names.length;
  return {
    ...(object === null ? {} : { object }),
    to: names.join(','),
    ...(toMore > 0 ? { toMore } : {}),
    expect: acceptProxy,
    present,
    ...(hops === null ? {} : { hops: hops.text }),
    engine,
    ...(threads > 0 ? { threads } : {}),
  };
}

function destinationText({ name }: Destination): string {
  if (name === null) return 'an invalid backend (refused)';
  return 'text' in name ? name.text : addressText(name);
}

/** What a reload changed, for the log: names of listeners and of their options. */
export interface ReloadChanges {
  readonly opened?: readonly string[];
  readonly closed?: readonly string[];
  /** As `web.to`. */
  readonly changed?: readonly string[];
  /** How many names each list leaves out. */
  readonly openedMore?: number;
  readonly closedMore?: number;
  readonly changedMore?: number;
  /** Present only if nothing changed. */
  readonly unchanged?: true;
}

/** Compares the listeners of two configurations, as `config.written` has them. Options of the process are not compared. */
export function reloadChanges(before: Config, next: Config): ReloadChanges {
  const [old, young] = [listenersOf(before), listenersOf(next)];
  const opened = [...young.keys()].filter((name) => !old.has(name));
  const closed = [...old.keys()].filter((name) => !young.has(name));
  const changed = [...young].flatMap(([name, listener]) => {
    const was = old.get(name);
    return was === undefined ? [] : differences(was, listener).map((key) => `${name}.${key}`);
  });
  if (opened.length + closed.length + changed.length === 0) return { unchanged: true };
  return { ...changesOf('opened', opened), ...changesOf('closed', closed), ...changesOf('changed', changed) };
}

function changesOf(key: 'opened' | 'closed' | 'changed', names: readonly string[]): ReloadChanges {
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
