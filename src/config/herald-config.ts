import type { LISTENER_OPTIONS } from './listener-options.ts';
import type { PROCESS_OPTIONS } from './process-options.ts';

type Listeners = typeof LISTENER_OPTIONS;
type Process = typeof PROCESS_OPTIONS;

/** What is written for an option of the table. */
type Written<Option> = Option extends { readonly type: { readonly written?: infer W } }
  ? Exclude<W, undefined>
  : never;

/** The options of a listener that have no default: they must be written. */
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
 * A configuration as a program writes it, in the shape of the file: durations are texts with a unit (`'5s'`), sizes
 * too (`'64KiB'`), lists are arrays or one text with commas. Made from the tables of options, so that a key or a word
 * that does not exist does not compile. What the compiler cannot see is a `ConfigError` at run time.
 */
export type HeraldConfig = {
  readonly $schema?: string | undefined;
  readonly version?: 1 | undefined;
  readonly listeners: readonly HeraldListener[];
} & {
  // There is no file that could be watched.
  readonly [Key in Exclude<keyof Process, 'watchConfig'>]?: Written<Process[Key]> | undefined;
};
