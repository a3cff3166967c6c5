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
