import { ConfigError, type ConfigProblem } from '../config/config-error.ts';
import { nearestWord } from '../config/nearest-word.ts';
import { showValue } from '../config/show-value.ts';
import type { Host } from '../observe/host.ts';
import { AdminError } from './ask-admin.ts';
import { COMMANDS } from './commands.ts';
import { parseArguments } from './parse-arguments.ts';

/** Words that ask for help in place of a command. */
const HELP = ['--help', '-h', 'help', '--help-all'];

/** Words that are tried as commands, and what to use instead. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['drain', 'SIGTERM drains a running Herald and ends it'],
  ['stop', 'SIGTERM drains a running Herald and ends it; a second one ends it at once'],
  ['reload', 'SIGHUP makes herald run reload its file, and so does --watch-config'],
  ['version', 'use herald --version'],
  ['-v', 'use herald --version'],
  ['-V', 'use herald --version'],
]);

/**
 * The program `herald`: runs the command of `argv` (without node and script). Resolves to the exit status: 0 stopped as
 * asked, 1 could not start or run, 2 the command line or configuration is wrong, 3 a load run broke a `--fail-if`,
 * 4 the generator was the limit of a load run.
 */
export async function runCli(argv: readonly string[], host: Host): Promise<number> {
  try {
    return await dispatch(argv, host);
  } catch (error) {
    if (error instanceof ConfigError) {
      // Before the mistakes, because the old name of an option may be what a mistake is about.
      for (const warning of error.warnings) complain(host, `warning: ${warning}`);
      for (const line of error.lines) complain(host, line);
      return 2;
    }
    if (error instanceof AdminError) {
      complain(host, error.message);
      return 1;
    }
    throw error;
  }
}

async function dispatch([first, ...rest]: readonly string[], host: Host): Promise<number> {
  if (first === '--version') return print(host, host.version);
  const asksForHelp = first === undefined || HELP.includes(first);
  const name = asksForHelp ? rest.find((word) => !HELP.includes(word)) : first;
  if (name === undefined) return print(host, await generalHelp(host));
  const entry = COMMANDS.find((command) => command.name === name);
  if (entry === undefined) throw new ConfigError([unknownCommand(name)]);
  const command = await entry.load();
  const asked = [first, ...rest].includes('--help-all') ? '--help-all' : '--help';
  const args = parseArguments(asksForHelp ? [asked] : rest, command);
  if (args.help) {
    const { commandHelp } = await import('./help.ts');
    return print(host, await commandHelp(command, host.stdout.columns, args.helpAll));
  }
  if (args.version) return print(host, host.version);
  return command.run(args, host);
}

async function generalHelp(host: Host): Promise<string> {
  const help = await import('./help.ts');
  return help.generalHelp(host.stdout.columns);
}

function unknownCommand(name: string): ConfigProblem {
  const names = COMMANDS.map((command) => command.name);
  const problem = { option: showValue(name), expected: names.join(', '), got: showValue(name) };
  const near = nearestWord(name, [...names, 'help']) ?? begun(name, names);
  const hint =
    ELSEWHERE.get(name) ??
    (name.startsWith('-') ? 'the command comes first' : near && `did you mean ${near}?`);
  const message = `there is no such command; ${hint ?? `expected one of ${names.join(', ')}`}`;
  return { ...problem, code: 'unknown_command', message };
}

/** The word with this beginning, if there is only one. */
function begun(start: string, words: readonly string[]): string | undefined {
  const found = words.filter((word) => start.length > 1 && word.startsWith(start.toLowerCase()));
  return found.length === 1 ? found[0] : undefined;
}

function print(host: Host, text: string): number {
  host.stdout.write(`${text}\n`);
  return 0;
}

function complain(host: Host, line: string): void {
  host.stderr.write(`herald: ${line}\n`);
}
