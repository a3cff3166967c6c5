import type { ConfigProblem } from '../config/config-error.ts';
import { meantName } from '../config/former-names.ts';
import { nearestWord } from '../config/nearest-word.ts';
import { flagOf } from '../config/option.ts';
import { showValue } from '../config/show-value.ts';
import type { Arguments, CliCommand } from './command.ts';

export interface ParsedArguments extends Arguments {
  readonly help: boolean;
  /** `--help-all`, which is `help` too. */
  readonly helpAll: boolean;
  readonly version: boolean;
}

/**
 * Parses the arguments of a command: `--flag value`, `--flag=value`, operands, `--` before further operands. Each flag
 * keeps all its texts, and an unknown one is a problem. (yargs, which formats the help, would drop a repeated flag, read
 * `--crc32c=maybe` as false, and cost 12 MiB.)
 */
export function parseArguments(
  argv: readonly string[],
  command: Pick<CliCommand, 'flags' | 'formerFlags' | 'maxOperands' | 'explainUnknown'>,
): ParsedArguments {
  const taken = [...command.flags, ...(command.formerFlags ?? [])];
  const known = new Map(taken.map((flag) => [flagOf(flag.key), flag]));
  const flags = new Map<string, string[]>();
  const operands: string[] = [];
  const problems: ConfigProblem[] = [];
  let help = false;
  let helpAll = false;
  let version = false;

  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at]!;
    const next = argv[at + 1];
    if (argument === '--') {
      operands.push(...argv.slice(at + 1));
      break;
    }
    if (argument === '--help' || argument === '-h') help = true;
    else if (argument === '--help-all') helpAll = true;
    else if (argument === '--version') version = true;
    else if (!argument.startsWith('-') || argument === '-') operands.push(argument);
    else {
      const { name, inline } = splitFlag(argument);
      const flag = known.get(name);
      if (flag === undefined) {
        problems.push(unknownFlag(name, command));
        // The next argument was meant as its value.
        if (inline === undefined && isValue(next) && !command.maxOperands) at++;
        continue;
      }
      const texts = flags.get(flag.key) ?? [];
      flags.set(flag.key, texts);
      if (inline !== undefined) texts.push(inline);
      else if (flag.arity === 'flag') texts.push('true');
      // A flag without its value is kept without a text; its reader reports what was expected.
      else if (next !== undefined && (isValue(next) || /^-\d/.test(next))) {
        texts.push(next);
        at++;
      }
    }
  }
  for (const operand of operands.slice(command.maxOperands ?? 0)) problems.push(unexpectedOperand(operand));
  return { flags, operands, problems, help: help || helpAll, helpAll, version };
}

/** Flags that every command has. */
const EVERYWHERE = ['--help', '--help-all', '--version'];

function splitFlag(argument: string): { name: string; inline: string | undefined } {
  const equals = argument.indexOf('=');
  if (equals < 0) return { name: argument, inline: undefined };
  return { name: argument.slice(0, equals), inline: argument.slice(equals + 1) };
}

function isValue(text: string | undefined): boolean {
  return text !== undefined && (!text.startsWith('-') || text === '-');
}

function unknownFlag(
  name: string,
  { flags, formerFlags = [], explainUnknown }: Pick<CliCommand, 'flags' | 'formerFlags' | 'explainUnknown'>,
): ConfigProblem {
  if (EVERYWHERE.includes(name)) {
    const expected = 'no value';
    return { code: 'unexpected_value', option: name, expected, got: 'one', message: 'takes no value' };
  }
  const key = name.replace(/^-+/, '').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const near = nearestFlag(name.replace(/^-+/, ''), [...flags, ...formerFlags]);
  const hint = explainUnknown?.(key) ?? (near === undefined ? undefined : `did you mean ${near}?`);
  const message = hint === undefined ? 'there is no such flag' : `there is no such flag; ${hint}`;
  return {
    code: 'unknown_flag',
    option: showName(name),
    expected: near ?? 'a flag',
    got: showValue(name),
    message,
  };
}

/** The dashes are no letters of the name: with them every short name would be near to any other. */
function nearestFlag(word: string, flags: readonly { readonly key: string }[]): string | undefined {
  const keys = new Map(flags.map(({ key }) => [flagOf(key).slice(2), key]));
  const near = nearestWord(word, [...keys.keys(), ...EVERYWHERE.map((flag) => flag.slice(2))]);
  const key = near === undefined ? undefined : keys.get(near);
  return key === undefined ? near && `--${near}` : meantName(key, flagOf);
}

function unexpectedOperand(operand: string): ConfigProblem {
  const got = showValue(operand);
  return {
    code: 'unexpected_argument',
    option: got,
    expected: 'no such argument',
    got,
    message: operand === 'help' ? 'was not expected here; did you mean --help?' : 'was not expected here',
  };
}

/** A plain name unchanged, any other quoted. */
function showName(name: string): string {
  return /^[-\w.]+$/.test(name) ? name : showValue(name);
}
