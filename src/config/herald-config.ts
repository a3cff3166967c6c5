import type { LISTENER_OPTIONS } from './listener-options.ts';
import type { PROCESS_OPTIONS } from './process-options.ts';

/** A file says weights and backups in `to`. */
type Listeners = Omit<typeof LISTENER_OPTIONS, 'weight' | 'backup'>;
type Process = typeof PROCESS_OPTIONS;

/** The type of what is written for an option. */
type Written<Option> = Option extends { readonly type: { readonly written?: infer W } }
  ? Exclude<W, undefined>
  : never;

/** Options of a listener without a default: they are required. */
type RequiredKey = {
  [Key in keyof Listeners]: Listeners[Key] extends { readonly edge: null }
    ? Listeners[Key] extends { readonly unset: unknown }
      ? never
      : Key
    : never;
}[keyof Listeners];

/** One listener of a `HeraldConfig`: the keys and defaults of a file, which are those of `herald edge`. */
export type HeraldListener = {
  readonly [Key in RequiredKey]: Written<Listeners[Key]>;
} & {
  readonly [Key in Exclude<keyof Listeners, RequiredKey>]?: Written<Listeners[Key]> | undefined;
} & FormerListenerNames;

/** Former names, accepted for one release: each is a warning, and a mistake beside its present name. */
interface FormerListenerNames {
  /** @deprecated now `headerless` */
  readonly plain?: Written<Listeners['headerless']> | undefined;
  /** @deprecated now `proxyHeader` */
  readonly header?: Written<Listeners['proxyHeader']> | undefined;
  /** @deprecated now `acceptProxy` */
  readonly expect?: Written<Listeners['acceptProxy']> | undefined;
  /** @deprecated now `dialFrom` */
  readonly source?: Written<Listeners['dialFrom']> | undefined;
  /** @deprecated now `tcpUserTimeout` */
  readonly userTimeout?: Written<Listeners['tcpUserTimeout']> | undefined;
}

/**
 * A configuration as a program writes it, in the shape of the file: durations and sizes are texts with a unit (`'5s'`,
 * `'64KiB'`), lists are arrays or one text with commas. Made from the tables of options, so an unknown key or choice does
 * not compile. What the compiler cannot check is a `ConfigError` at run time.
 */
export type HeraldConfig = {
  readonly $schema?: string | undefined;
  readonly version?: 1 | undefined;
  readonly listeners: readonly HeraldListener[];
} & {
  // A library has no file to watch.
  readonly [Key in Exclude<keyof Process, 'watchConfig'>]?: Written<Process[Key]> | undefined;
};
