import Yargs from 'yargs';
import { flagOf, HELP_GROUPS } from '../config/option.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';

const WIDEST = 110;
const WITHOUT_DEFAULT = ['required', '–'];
/** What every command understands. */
const GENERAL = 'General';

/** `herald --help`. */
export async function generalHelp(columns: number | undefined): Promise<string> {
  const help = blank('herald COMMAND [flags]', columns);
  for (const { name, text } of COMMANDS) help.command(name, text);
  return help.epilogue('herald COMMAND --help tells more of each. Try: herald demo').getHelp();
}

/** `herald edge --help`: flags by heading, examples at the end. */
export async function commandHelp(command: Command, columns: number | undefined): Promise<string> {
  const help = blank(`${command.usage}\n\n${command.text}`, columns);
  // What is a command's own comes first.
  const groups: readonly string[] = HELP_GROUPS;
  const place = (group: string) => groups.indexOf(group);
  // yargs shows headings in the order in which it meets them.
  for (const { key, group, text, values, standard } of command.flags.toSorted(
    (a, b) => place(a.group) - place(b.group),
  )) {
    help.option(flagOf(key).slice(2), {
      group: `${group}:`,
      describe: values === undefined ? text : `${text} (${plain(values)})`,
      demandOption: standard === 'required',
      ...(standard === undefined || WITHOUT_DEFAULT.includes(standard)
        ? {}
        : { defaultDescription: plain(standard) }),
    });
  }
  help.option('help', { group: `${GENERAL}:`, describe: 'Shows this.' });
  help.option('version', { group: `${GENERAL}:`, describe: 'Shows the version.' });
  for (const [line, text] of command.examples) help.example(line, text);
  return help.getHelp();
}

function blank(usage: string, columns: number | undefined) {
  return Yargs([])
    .scriptName('herald')
    .detectLocale(false)
    .help(false)
    .version(false)
    .usage(usage)
    .wrap(Math.min(columns ?? WIDEST, WIDEST));
}

/** Markdown of the manual's tables → text: `none` `v1` reads none|v1. */
function plain(markdown: string): string {
  return markdown.replaceAll('` `', '|').replaceAll('`', '');
}
