import Yargs from 'yargs';
import { flagOf, HELP_GROUPS } from '../config/option.ts';
import { wrapText } from '../tools/wrap-text.ts';
import type { CliCommand, CliFlag } from './command.ts';
import { COMMANDS } from './commands.ts';

const WIDEST = 110;
/** Narrower than this the columns of flags would have no room. */
const NARROWEST = 40;
/** Two spaces before a flag or a word, and two after it. */
const GAPS = 4;
/** Heading of the flags that every command has. */
const GENERAL = 'General';

/** `herald --help`. */
export async function generalHelp(columns: number | undefined): Promise<string> {
  const width = widthOf(columns);
  const help = blank(width);
  for (const { name, text } of COMMANDS) help.command(name, text);
  return [
    'herald COMMAND [flags]',
    wrapText("Keeps the client's address across every hop, with the PROXY protocol.", width),
    (await help.getHelp()).trim(),
    ...examples(
      [
        ['herald demo', 'Nothing to configure: an endpoint, an edge in front of it, and what to type.'],
        [
          'herald edge --listen :8080 --to 127.0.0.1:80',
          'Announces every client to an endpoint that reads PROXY v2.',
        ],
        ['herald edge --help', 'The flags of one command, with examples.'],
      ],
      width,
    ),
  ].join('\n\n');
}

/** `herald edge --help`: usage, flags by heading, the words of their values, examples. `all`: with every flag. */
export async function commandHelp(
  command: CliCommand,
  columns: number | undefined,
  all: boolean,
): Promise<string> {
  const width = widthOf(columns);
  const flags = flagsOf(command, all);
  const hidden = command.flags.length - flags.length;
  const help = blank(width);
  const room = width - Math.max(...flags.map(({ key }) => flagOf(key).length), '--help-all'.length) - GAPS;
  for (const flag of flags)
    help.option(flagOf(flag.key).slice(2), { group: `${flag.group}:`, describe: describe(flag, room) });
  help.option('help', { group: `${GENERAL}:`, describe: 'Shows this help.' });
  if (command.mainFlags !== undefined)
    help.option('help-all', { group: `${GENERAL}:`, describe: 'Shows every flag.' });
  help.option('version', { group: `${GENERAL}:`, describe: 'Shows the version.' });
  const explained = explainedWords(command, flags);
  const column = Math.max(...explained.map(([word]) => word.length)) + GAPS;
  const words = explained.map(([word, text]) => {
    const lines = wrapText(text, width, ' '.repeat(column));
    return `  ${word}`.padEnd(column) + lines.slice(column);
  });
  return [
    command.usage,
    wrapText(command.text, width),
    (await help.getHelp()).trim(),
    ...(words.length > 0 ? [`Values:\n${words.join('\n')}`] : []),
    ...examples(command.examples, width),
    ...(hidden > 0 ? [`${hidden} more flags: ${command.usage.split(' ', 2).join(' ')} --help-all`] : []),
  ].join('\n\n');
}

/** The main flags in their own order; or all flags by heading, the command's own first. */
function flagsOf({ flags, mainFlags }: CliCommand, all: boolean): readonly CliFlag[] {
  if (mainFlags !== undefined && !all) {
    const group = flags.length > mainFlags.length ? 'Main flags' : 'Flags';
    return mainFlags.flatMap((key) =>
      flags.filter((flag) => flag.key === key).map((flag) => ({ ...flag, group })),
    );
  }
  const groups: readonly string[] = HELP_GROUPS;
  // yargs shows headings in the order of their first flag.
  return flags.toSorted((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group));
}

/** The sentence, then values and default, together on one line if possible. */
function describe({ text, values, standard }: CliFlag, room: number): string {
  const facts = [
    ...(values === undefined ? [] : [`(${plain(values)})`]),
    ...(standard === undefined || standard === '–'
      ? []
      : [standard === 'required' ? '[required]' : `[default: ${plain(standard)}]`]),
  ];
  const line = facts.join(' ');
  if (line === '') return text;
  if (text.length + 1 + line.length <= room) return `${text} ${line}`;
  return [text, ...(line.length <= room ? [line] : facts)].join('\n');
}

/** A sentence, and the command below it. A command is not wrapped, so that it can be copied. */
function examples(rows: CliCommand['examples'], width: number): string[] {
  if (rows.length === 0) return [];
  return [
    `Examples:\n${rows.map(([line, text]) => `${wrapText(sentence(text), width, '  ')}\n    ${line}`).join('\n\n')}`,
  ];
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}${/[.?]$/.test(text) ? '' : '.'}`;
}

function widthOf(columns = WIDEST): number {
  return Math.max(Math.min(columns, WIDEST), NARROWEST);
}

function blank(width: number) {
  return Yargs([]).scriptName('herald').detectLocale(false).help(false).version(false).usage('').wrap(width);
}

/** Markdown of the manual's tables → text: `none` `v1` becomes none|v1. */
function plain(markdown: string): string {
  return markdown.replaceAll('` `', '|').replaceAll('`', '');
}

/** The words of usage and values, explained in this order. */
const WORDS: { readonly [word: string]: string } = {
  ADDR: '127.0.0.1:8080, [::1]:8080, :8080 (all addresses of both families) or unix:/run/app.sock. Port 0 takes a free port.',
  'systemd:NAME': 'A socket that systemd passes, by the FileDescriptorName= of its socket unit.',
  ENDPOINTS:
    'Addresses such as 10.0.0.5:8080, dns:NAME:PORT, srv:NAME or k8s:NAMESPACE/SERVICE:PORT. Several are separated by commas, or the flag is repeated.',
  SOURCES:
    'Addresses, CIDRs such as 10.0.1.0/24, and dns:NAME, srv:NAME or k8s:NAMESPACE/SERVICE for their current addresses; unix for the peers of a unix socket. Several are separated by commas, or the flag is repeated.',
  selector:
    'As kubectl has it: key=value, key!=value, key in (a,b), key notin (a,b), key and !key, separated by commas; all of them must hold. kubernetes.io/metadata.name in (shop,db) chooses namespaces by name.',
  FORM: 'A value of --present. none: bytes unchanged. v1, v2: a PROXY header in front. transparent: the connection comes from the address of the client; endpoints are on loopback or on this node, those of other nodes are reached through --hops. forwarded: X-Forwarded-For and Forwarded in each HTTP request.',
  TYPE: 'The type of a TLV: a number (0xE5 or 229), or a name such as AUTHORITY.',
  duration: 'A number with its unit: 500ms, 5s, 10m or 1h.',
  size: 'A number with its unit: 4096B, 64KiB or 1MiB.',
};

/** The words in the usage of a command and in these flags, each with its explanation. */
function explainedWords(
  { usage }: CliCommand,
  flags: CliCommand['flags'],
): readonly (readonly [word: string, text: string])[] {
  const shown = [usage, ...flags.map(({ key, values = '' }) => (key === 'present' ? 'FORM' : values))];
  return Object.entries(WORDS).filter(([word]) => {
    const pattern = new RegExp(`\\b${word}\\b`);
    return shown.some((text) => pattern.test(text));
  });
}
