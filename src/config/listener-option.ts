import type { Option } from './option.ts';

/** `herald edge` and `herald sidecar` differ in their defaults only. */
export type Role = 'edge' | 'sidecar';

export interface ListenerOption<T> extends Option<T> {
  /** Defaults, as one would write them; null where there is none. */
  readonly edge: string | null;
  readonly sidecar: string | null;
  /** What stands where nothing was written and there is no default. Without it the option must be written. */
  readonly unset?: { readonly value: T; readonly text: string };
}
