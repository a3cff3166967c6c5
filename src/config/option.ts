import type { ListenerOptions } from './config.ts';
import type { ValueType } from './value-type.ts';

/** Headings of `--help`, in their order. */
export const HELP_GROUPS = [
  'Listener',
  'Incoming headers',
  'Presentation',
  'Endpoints',
  'Timeouts',
  'Limits',
  'Gateway',
  'Process',
  'Log',
] as const;

/** An option, whether flag, variable or key of a file. Its key in the table is its name in a file. */
export interface Option<T> {
  readonly type: ValueType<T>;
  readonly group: (typeof HELP_GROUPS)[number];
  /** One sentence, for `--help`, the manual and the JSON Schema. */
  readonly text: string;
}

/** `herald edge` and `herald sidecar` differ only in defaults. */
export type Role = 'edge' | 'sidecar';

/** What the rows of a listener's options parse. `weight` and `backup` become parts of `to`. */
export type ListenerValues = Omit<ListenerOptions, 'weighted' | 'refusesEmptyShares' | 'object'> & {
  readonly weight: readonly EndpointWeight[];
  readonly backup: readonly string[];
};

/** A weight for an item of `to`, named by its text. */
export interface EndpointWeight {
  readonly endpoint: string;
  readonly weight: number;
}

export interface ListenerOption<T> extends Option<T> {
  /** Defaults as text; null if there is none. */
  readonly edge: string | null;
  readonly sidecar: string | null;
  /** The value if nothing was written and there is no default text. Without both the option is required. */
  readonly unset?: { readonly value: T; readonly text: string };
  /** A file says it at the items of another option. */
  readonly flagOnly?: true;
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
