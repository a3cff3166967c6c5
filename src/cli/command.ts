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
  /** Values and default as `--help` shows them, in Markdown. */
  readonly values?: string;
  readonly standard?: string;
}

/** A command line without the command. */
export interface Arguments {
  readonly flags: Flags;
  readonly operands: readonly string[];
  /** Mistakes so far. Readers of flags add theirs, so that all are reported at once. */
  readonly problems: ConfigProblem[];
}

/** One command: a file of this folder, loaded on demand. */
export interface CliCommand {
  /** `herald edge --listen ADDR --to ENDPOINTS` */
  readonly usage: string;
  readonly text: string;
  readonly flags: readonly CliFlag[];
  /** Former names of some flags: accepted, but not shown. */
  readonly formerFlags?: readonly CliFlag[];
  /** Keys of the flags in `--help`; `--help-all` shows all. If it is missing, `--help` shows all too. */
  readonly mainFlags?: readonly string[];
  /** How many operands it takes; none by default. */
  readonly maxOperands?: number;
  readonly examples: readonly (readonly [line: string, text: string])[];
  /** A hint about a flag that this command does not have. */
  explainUnknown?(key: string): string | undefined;
  /** Returns the exit status. Throws a `ConfigError` for wrong arguments. */
  run(args: Arguments, host: Host): Promise<number>;
}

/** A switch of a command that is not an option of the configuration. */
export function switchFlag(key: string, text: string): CliFlag {
  return { key, arity: 'flag', group: 'Flags', text };
}

/** True if the switch is on; mistakes are added to `args.problems`. */
export function isOn(args: Arguments, key: string): boolean {
  return readFlag(args, key, flag) ?? false;
}

/** The value of a flag; undefined if it is missing or wrong. */
export function readFlag<T>({ flags, problems }: Arguments, key: string, type: ValueType<T>): T | undefined {
  const texts = flags.get(key);
  return texts === undefined ? undefined : readSetting(type, { texts, place: flagOf(key) }, problems);
}
