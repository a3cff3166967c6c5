import { ConfigError, missing } from '../config/config-error.ts';
import { showValue } from '../config/show-value.ts';
import { count } from '../config/values/numbers.ts';
import { type Arguments, type CliCommand, isOn, readFlag, switchFlag } from './command.ts';
import { type Column, formatTable } from './table.ts';

const ACTIONS = ['up', 'down', 'show'] as const;
type Action = (typeof ACTIONS)[number];

const DEFAULT_TABLE = 123;
/** The kernel's own tables: default, main and local (include/uapi/linux/rtnetlink.h). */
const KERNEL_TABLES = [253, 254, 255];

interface Part {
  readonly family: 4 | 6;
  readonly part: string;
  readonly text: string;
  readonly state: 'herald' | 'other' | 'missing' | 'unavailable';
}

const STATES: { readonly [state in Part['state']]: string } = {
  herald: 'set',
  other: 'set by another program',
  missing: 'missing',
  unavailable: 'not needed: there is no loopback of this family',
};

const COLUMNS: readonly Column<Part>[] = [
  { title: 'FAMILY', show: ({ family }) => `IPv${family}` },
  { title: 'PART', show: ({ part }) => part },
  { title: 'WHAT', show: ({ text }) => text },
  { title: 'STATE', show: ({ state }) => STATES[state] },
];

export const routes: CliCommand = {
  usage: 'herald routes up|down|show [--table NUMBER] [--json]',
  text: 'Sets the rule and the route that --present transparent needs in a network namespace: they bring the answers of endpoints on loopback back to Herald. up adds what is missing, down removes what up has added, and both then print the result; show only prints. up and down need CAP_NET_ADMIN; the sidecar itself then needs CAP_NET_RAW only.',
  flags: [
    {
      key: 'table',
      arity: 'one',
      group: 'Flags',
      text: 'Routing table, which nothing else may use.',
      values: 'number',
      standard: String(DEFAULT_TABLE),
    },
    switchFlag('json', 'Prints one JSON object on one line.'),
  ],
  maxOperands: 1,
  examples: [['herald routes up', 'in an init container, as UID 0 with NET_ADMIN']],
  run: async (args, host) => {
    const json = isOn(args, 'json');
    const table = readTable(args);
    const action = readAction(args);
    if (args.problems.length > 0 || action === undefined) throw new ConfigError(args.problems);
    const { runRoutes } = await import('../transparent/run-routes.ts');
    const answer = await runRoutes(action, table, host.platform);
    if ('failed' in answer) {
      host.stderr.write(`herald: ${answer.failed}\n`);
      return 1;
    }
    const { parts } = answer;
    host.stdout.write(
      `${json ? JSON.stringify({ table, parts }) : formatTable(COLUMNS, parts, 'nothing')}\n`,
    );
    return 0;
  },
};

function readTable(args: Arguments): number {
  const table = readFlag(args, 'table', count({ min: 1 })) ?? DEFAULT_TABLE;
  if (KERNEL_TABLES.includes(table)) {
    args.problems.push({
      code: 'kernel_table',
      option: '--table',
      expected: 'a table other than local, main and default',
      got: showValue(String(table)),
    });
  }
  return table;
}

function readAction({ operands: [word], problems }: Arguments): Action | undefined {
  const action = ACTIONS.find((each) => each === word);
  if (action === undefined) {
    const expected = `one of ${ACTIONS.join(', ')}`;
    problems.push(
      word === undefined
        ? { ...missing('routes', expected), message: `needs an action: ${expected}` }
        : { code: 'unknown_action', option: 'routes', expected, got: showValue(word) },
    );
  }
  return action;
}
