import { flagOf } from '../config/option.ts';
import { readSetting } from '../config/read-options.ts';
import type { ValueType } from '../config/value-type.ts';
import { flag } from '../config/values/choices.ts';
import type { Arguments, CliFlag } from './command.ts';

/** A flag of a command that is no option of Herald's configuration. */
export function switchFlag(key: string, text: string): CliFlag {
  return { key, arity: 'flag', group: 'Flags', text };
}

/** True where the switch is on; mistakes join the others. */
export function isOn(args: Arguments, key: string): boolean {
  return readFlag(args, key, flag) ?? false;
}

/** The value of a flag of a command; undefined where it is not there or wrong. */
export function readFlag<T>({ flags, problems }: Arguments, key: string, type: ValueType<T>): T | undefined {
  const texts = flags.get(key);
  return texts === undefined ? undefined : readSetting(type, { texts, place: flagOf(key) }, problems);
}
