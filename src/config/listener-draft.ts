import type { ListenerOptions } from './config.ts';
import type { Role } from './listener-option.ts';
import type { Settings } from './setting.ts';

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
