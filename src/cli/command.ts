import type { ConfigProblem } from '../config/config-error.ts';
import { flagOf } from '../config/option.ts';
import { readSetting } from '../config/read-options.ts';
import type { Flags } from '../config/setting.ts';
import type { ValueType } from '../config/value-type.ts';
import { flag } from '../config/values/choices.ts';
import type { Host } from '../observe/host.ts';

/** One flag of a command, as the parser and `--help` know it. */
export interface CliFlag {
  /** In camelCase: `headerTimeout` is `--header-timeout`. */
  readonly key: string;
  readonly arity: 'one' | 'list' | 'repeated' | 'flag';
  readonly group: string;
  readonly text: string;
  /** What `--help` says of values and default. */
  readonly values?: string;
  readonly standard?: string;
}

/** What a command line held besides the command. */
export interface Arguments {
  readonly flags: Flags;
  readonly operands: readonly string[];
  /** Mistakes so far; whoever reads the flags adds to them, so that all are told at once. */
  readonly problems: ConfigProblem[];
}

/** One command: a file of this folder, loaded when it is asked for. */
export interface CliCommand {
  /** `herald edge --listen ADDR --to ENDPOINTS` */
  readonly usage: string;
  readonly text: string;
  readonly flags: readonly CliFlag[];
  /** Former names of some of these: accepted, and shown nowhere. */
  readonly formerFlags?: readonly CliFlag[];
  /** Keys of the flags that `--help` shows; `--help-all` shows the others too. Without it `--help` shows all. */
  readonly mainFlags?: readonly string[];
  /** How many operands it takes; usually none. */
  readonly maxOperands?: number;
  readonly examples: readonly (readonly [line: string, text: string])[];
  /** What helps to know about a flag that this command does not have. */
  explainUnknown?(key: string): string | undefined;
  /** Returns the exit status. Throws a `ConfigError` for wrong arguments. */
  run(args: Arguments, host: Host): Promise<number>;
}

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
