import { flagOf } from './option.ts';
import type { Flags, Settings } from './setting.ts';

/** The command line's flags as settings. */
export function flagSettings(flags: Flags): Settings {
  return new Map([...flags].map(([key, texts]) => [key, { texts, place: flagOf(key) }]));
}
