import type { ValueType } from './value-type.ts';

/** Headings of `--help`, in their order. */
export const HELP_GROUPS = [
  'Listener',
  'Incoming headers',
  'Presentation',
  'Endpoints',
  'Timeouts',
  'Limits',
  'Process',
  'Log',
] as const;

/** What an option is, wherever it is written. The key is its name in a file. */
export interface Option<T> {
  readonly type: ValueType<T>;
  readonly group: (typeof HELP_GROUPS)[number];
  /** One sentence: `--help`, the manual and the JSON Schema have it. */
  readonly text: string;
}

/** `headerTimeout` → `--header-timeout`. */
export function flagOf(key: string): string {
  return `--${kebab(key)}`;
}

/** `headerTimeout` → `HERALD_HEADER_TIMEOUT`. */
export function variableOf(key: string): string {
  return `HERALD_${kebab(key).replaceAll('-', '_').toUpperCase()}`;
}

function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `herald edge` and `herald sidecar` differ in their defaults only. */
export type Role = 'edge' | 'sidecar';

export interface ListenerOption<T> extends Option<T> {
  /** Defaults, as one would write them; null where there is none. */
  readonly edge: string | null;
  readonly sidecar: string | null;
  /** What stands where nothing was written and there is no default. Without it the option must be written. */
  readonly unset?: { readonly value: T; readonly text: string };
}
