import type { ConfigProblem } from './config-error.ts';

/**
 * Former names of listener options. They are accepted for one release, each use with a warning, in flags, environment
 * and file; help, manual and schema show the present names only. Remove this file with the release that drops them.
 */
export const FORMER_NAMES = {
  plain: 'headerless',
  header: 'proxyHeader',
  expect: 'acceptProxy',
  source: 'dialFrom',
  userTimeout: 'tcpUserTimeout',
} as const;

/** Collects what is said about former names. */
export interface FormerNameNotes {
  readonly problems: ConfigProblem[];
  readonly warnings: string[];
}

/** `headerless` → `plain`. */
export function formerName(key: string): string | undefined {
  return Object.entries(FORMER_NAMES).find(([, present]) => present === key)?.[0];
}

/** `plain` → `headerless`; undefined for what is no former name. */
export function presentName(key: string): string | undefined {
  return Object.hasOwn(FORMER_NAMES, key) ? FORMER_NAMES[key as keyof typeof FORMER_NAMES] : undefined;
}

/** `headerless`, and `headerless, formerly plain` for the former name `plain`: what a misspelt option was meant as. */
export function meantName(key: string, spell: (key: string) => string): string {
  const present = presentName(key);
  return present === undefined ? spell(key) : `${spell(present)}, formerly ${spell(key)}`;
}

/** How one origin (flags, environment, a listener of a file) writes a key: bare, and with its place for a message. */
interface Spelling {
  readonly name: (key: string) => string;
  readonly place: (key: string) => string;
}

/** What one origin says, by key, under present names. Each former name adds to `notes`. */
export function underPresentNames<T>(
  written: ReadonlyMap<string, T>,
  { name, place }: Spelling,
  { problems, warnings }: FormerNameNotes,
): ReadonlyMap<string, T> {
  const renamed = new Map<string, T>();
  for (const [key, value] of written) {
    const present = presentName(key);
    if (present === undefined) renamed.set(key, value);
    else if (written.has(present)) problems.push(givenTwice(place(key), name(present)));
    else {
      renamed.set(present, value);
      warnings.push(`${place(key)} is now called ${name(present)}; the old name goes in the next release`);
    }
  }
  return renamed;
}

function givenTwice(place: string, present: string): ConfigProblem {
  const message = `is the old name of ${present}, which is given too; remove the old one`;
  return { code: 'given_twice', option: place, expected: `only ${present}`, got: 'both names', message };
}
