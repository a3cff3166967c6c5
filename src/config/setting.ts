import type { ListenerOptions } from './config.ts';
import { type FormerNameNotes, underPresentNames } from './former-names.ts';
import { flagOf, type Role } from './option.ts';

/** One option as written: its texts, and how messages name the place. */
export interface Setting {
  readonly texts: readonly string[];
  readonly place: string;
  /** Written in a form that is not text, which has been reported already: counts as written and as wrong. */
  readonly wrong?: true;
}

/** Settings by key (`headerTimeout`); a key that is missing was not written. */
export type Settings = ReadonlyMap<string, Setting>;

/** Flags of the command line by key, with the text of every occurrence. */
export type Flags = ReadonlyMap<string, readonly string[]>;

/** A listener as written, before parsing. */
export interface WrittenListener {
  readonly role: Role;
  readonly settings: Settings;
  /** Names the place of an option in a message, also of one that was not written. */
  readonly place: (key: string) => string;
}

/** A listener as far as it could be parsed: wrong values are left out, so that checks can run on the rest. */
export interface ListenerDraft extends WrittenListener {
  readonly values: Partial<ListenerOptions>;
}

/** The command line's flags as settings. */
export function flagSettings(flags: Flags, notes: FormerNameNotes): Settings {
  const settings = new Map([...flags].map(([key, texts]) => [key, { texts, place: flagOf(key) }]));
  return underPresentNames(settings, { name: flagOf, place: flagOf }, notes);
}
