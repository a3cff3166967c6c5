import { GATEWAY_OPTIONS } from './gateway-table.ts';
import { LISTENER_OPTIONS } from './listener-options.ts';
import type { Option } from './option.ts';
import { PROCESS_OPTIONS } from './process-options.ts';
import type { Settings } from './setting.ts';
import type { ValueType } from './value-type.ts';

/** Whose options they are. Those of a gateway are flags and variables only, never keys of a file. */
export type Scope = 'listener' | 'process' | 'gateway';

const TABLES: { readonly [scope in Scope]: { readonly [key: string]: Option<unknown> } } = {
  listener: LISTENER_OPTIONS,
  process: PROCESS_OPTIONS,
  gateway: GATEWAY_OPTIONS,
};

/** Every key of a scope with its arity. */
export function knownOptions(scope: Scope): ReadonlyMap<string, ValueType<unknown>['arity']> {
  return new Map(optionsOf(scope).map(([key, { type }]) => [key, type.arity]));
}

/** The options of a scope, in the order of the manual. */
export function optionsOf(scope: Scope): (readonly [key: string, option: Option<unknown>])[] {
  return Object.entries(TABLES[scope]);
}

/** The same without those that a file says elsewhere: the keys of a file. */
export function fileOptionsOf(scope: Scope): (readonly [key: string, option: Option<unknown>])[] {
  return optionsOf(scope).filter(([, option]) => !('flagOnly' in option));
}

/** The settings that belong to a scope. */
export function pickScope(settings: Settings, scope: Scope): Settings {
  const known = knownOptions(scope);
  return new Map([...settings].filter(([key]) => known.has(key)));
}
