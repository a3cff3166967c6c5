import type { ListenerOptions } from './config.ts';
import { type FormerNameNotes, underPresentNames } from './former-names.ts';
import { flagOf, type Role } from './option.ts';

/** One option as written: its texts, and how messages name the place. */
export interface Setting {
  readonly texts: readonly string[];
  readonly place: string;
  /** The option as it was written, which may be its former name: `--expect`, `HERALD_TRUST`, `acceptProxy`. */
  readonly name: string;
  /** How the same origin spells the name of any option. */
  readonly spell: Spell;
  /** Written in a form that is not text, which has been reported already: counts as written and as wrong. */
  readonly wrong?: true;
}

/** `acceptProxy` → `--accept-proxy`, `HERALD_ACCEPT_PROXY` or `acceptProxy`. */
export type Spell = (key: string) => string;

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
  /** How its origin spells the name of an option. */
  readonly spell: Spell;
}

/** A listener as far as it could be parsed: wrong values are left out, so that checks can run on the rest. */
export interface ListenerDraft extends WrittenListener {
  readonly values: Partial<ListenerOptions>;
}

/** The command line's flags as settings. */
export function flagSettings(flags: Flags, notes: FormerNameNotes): Settings {
  const settings = new Map(
    [...flags].map(([key, texts]) => [key, { texts, place: flagOf(key), name: flagOf(key), spell: flagOf }]),
  );
  return underPresentNames(settings, { name: flagOf, place: flagOf }, notes);
}

/**
 * What an option is called in a message about another one, `about`: as it was written, and if nobody wrote it, in the form
 * of that other option.
 */
export function nameOf(
  key: string,
  about: string,
  { settings, spell }: Pick<WrittenListener, 'settings' | 'spell'>,
): string {
  return settings.get(key)?.name ?? (settings.get(about)?.spell ?? spell)(key);
}
