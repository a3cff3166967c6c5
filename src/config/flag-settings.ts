import { type FormerNameNotes, underPresentNames } from './former-names.ts';
import { flagOf } from './option.ts';
import type { Flags, Settings } from './setting.ts';

/** The command line's flags as settings. */
export function flagSettings(flags: Flags, notes: FormerNameNotes): Settings {
  const settings = new Map([...flags].map(([key, texts]) => [key, { texts, place: flagOf(key) }]));
  return underPresentNames(settings, { name: flagOf, place: flagOf }, notes);
}
