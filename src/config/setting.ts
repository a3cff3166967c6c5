import type { ListenerOptions } from './config.ts';
import { type FormerNameNotes, underPresentNames } from './former-names.ts';
import { flagOf, type Role } from './option.ts';

/** One option as somebody wrote it: its pieces as text, and how a message names the place. */
export interface Setting {
  readonly texts: readonly string[];
  readonly place: string;
  /** It was written in a form that is no text at all, and that has been told: it counts as written, and as wrong. */
  readonly wrong?: true;
}

/** By key (`headerTimeout`). What is not there was not written anywhere. */
export type Settings = ReadonlyMap<string, Setting>;

/** Flags as the command line had them, by key: every time that a flag came, its text. */
export type Flags = ReadonlyMap<string, readonly string[]>;

/** A listener as it was written, before anything is read. */
export interface WrittenListener {
  readonly role: Role;
  readonly settings: Settings;
  /** Names the place of an option in a message, also of one that nobody wrote. */
  readonly place: (key: string) => string;
}

/** A listener as far as it could be read: what was wrong is missing, so that rules can go on with the rest. */
export interface ListenerDraft extends WrittenListener {
  readonly values: Partial<ListenerOptions>;
}

/** The command line's flags as settings. */
export function flagSettings(flags: Flags, notes: FormerNameNotes): Settings {
  const settings = new Map([...flags].map(([key, texts]) => [key, { texts, place: flagOf(key) }]));
  return underPresentNames(settings, { name: flagOf, place: flagOf }, notes);
}
