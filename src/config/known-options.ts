import type { LaterOption } from './later-options.ts';
import { LATER_OPTIONS } from './later-options.ts';
import { LISTENER_OPTIONS } from './listener-options.ts';
import type { Option } from './option.ts';
import { PROCESS_OPTIONS } from './process-options.ts';
import type { Settings } from './setting.ts';
import type { ValueType } from './value-type.ts';

export type Scope = 'listener' | 'process';

/** Every key of a scope, those of later versions too, with how often it is written. */
export function knownOptions(scope: Scope): ReadonlyMap<string, ValueType<unknown>['arity']> {
  return new Map([
    ...optionsOf(scope).map(([key, { type }]) => [key, type.arity] as const),
    ...laterOptionsOf(scope).map(({ key, flag }) => [key, flag ? 'flag' : 'list'] as const),
  ]);
}

/** The options of a scope that work, in the order of the manual. */
export function optionsOf(scope: Scope): (readonly [key: string, option: Option<unknown>])[] {
  return Object.entries(scope === 'listener' ? LISTENER_OPTIONS : PROCESS_OPTIONS);
}

export function laterOptionsOf(scope: Scope): LaterOption[] {
  return LATER_OPTIONS.filter((option) => option.scope === scope);
}

/** Those settings that belong to a scope. */
export function pickScope(settings: Settings, scope: Scope): Settings {
  const known = knownOptions(scope);
  return new Map([...settings].filter(([key]) => known.has(key)));
}
