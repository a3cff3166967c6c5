import { ConfigError, missing } from '../config/config-error.ts';
import { showValue } from '../config/show-value.ts';
import { count } from '../config/values/numbers.ts';
import type { Host } from '../observe/host.ts';
import { waitForSignal } from '../tools/wait-for-signal.ts';
import type { NodeRoutePart } from '../transparent/node-routes.ts';
import type { NodeRouteSettings } from '../transparent/node-rules.ts';
import type { RoutesAnswer } from '../transparent/run-routes.ts';
import { type Arguments, type CliCommand, isOn, readFlag, switchFlag } from './command.ts';
import { type Column, formatTable } from './table.ts';

const ACTIONS = ['up', 'down', 'show'] as const;
type Action = (typeof ACTIONS)[number];

const DEFAULT_TABLE = 123;
/** As of node-routes.ts, which is loaded on Linux only. */
const NODE_TABLE = 124;
/** The kernel's own tables: default, main and local (include/uapi/linux/rtnetlink.h). */
const KERNEL_TABLES = [253, 254, 255];

/** A part of either kind of routes. */
type Part = Omit<NodeRoutePart, 'part' | 'purpose'> & { readonly part: string; readonly purpose?: string };

const STATES: { readonly [state in Part['state']]: string } = {
  herald: 'set',
  other: 'set by another program',
  missing: 'missing',
  unavailable: 'not needed: there is no loopback of this family',
  taken: 'used for something else',
  unreadable: 'cannot be read without CAP_NET_ADMIN',
  unsupported: 'this kernel has no nftables (module nf_tables)',
};

const COLUMNS: readonly Column<Part>[] = [
  { title: 'FAMILY', show: ({ family }) => (family === null ? 'both' : `IPv${family}`) },
  { title: 'PART', show: ({ part }) => part },
  { title: 'WHAT', show: ({ text }) => text },
  { title: 'STATE', show: ({ state }) => STATES[state] },
];
const NODE_COLUMNS = COLUMNS.toSpliced(3, 0, { title: 'FOR', show: ({ purpose }) => purpose! });

const port = count({ min: 1, max: 65_535 });

export const routes: CliCommand = {
  usage: 'herald routes up|down|show [--node] [--table NUMBER] [--json]',
  text: 'Sets the rule and the route that --present transparent needs in a network namespace: they bring the answers of endpoints on loopback back to Herald. With --node it sets what brings the answers of ordinary pods back to the Herald of their node: a table of nftables, which marks packets for transparent sockets, and rules and a route for that mark. up adds what is missing, down removes what up has added, and both then print the result; show only prints. up and down need CAP_NET_ADMIN; Herald itself then needs CAP_NET_RAW only.',
  flags: [
    switchFlag(
      'node',
      'The routes of a node, for endpoints in pods of their own. Run it in the network of the host.',
    ),
    {
      key: 'table',
      arity: 'one',
      group: 'Flags',
      text: 'Routing table, which nothing else may use. With `--node` the default is 124.',
      values: 'number',
      standard: String(DEFAULT_TABLE),
    },
    {
      key: 'guard',
      arity: 'one',
      group: 'Flags',
      text: 'With `--node`: also drops TCP to this port that the node forwards. So no pod of it can connect to the port on another node, whose Herald would take it for this node.',
      values: port.values,
    },
    switchFlag(
      'keep',
      'With `up --node`: stays, looks every second, and sets what is missing, with a line each on standard error. At SIGTERM it removes everything, unless another process keeps the same routes in this network. End it after Herald, whose last sessions need them.',
    ),
    switchFlag('json', 'Prints one JSON object on one line.'),
  ],
  maxOperands: 1,
  examples: [
    ['herald routes up', 'in an init container, as UID 0 with NET_ADMIN'],
    ['herald routes up --node --keep', 'on a node, beside its Herald'],
  ],
  run: async (args, host) => {
    const json = isOn(args, 'json');
    const isNode = isOn(args, 'node');
    const table = readTable(args, isNode);
    const settings = readSettings(args, isNode, table);
    const keep = isOn(args, 'keep');
    const action = readAction(args);
    if (keep && !(isNode && action === 'up')) needs(args, '--keep', 'up --node');
    if (args.problems.length > 0 || action === undefined) throw new ConfigError(args.problems);
    const { runNodeRoutes, runRoutes } = await import('../transparent/run-routes.ts');
    if (!isNode) return print(await runRoutes(action, table, host.platform), { table }, json, host);
    const facts = { scope: 'node', ...settings };
    if (!keep) return print(await runNodeRoutes(action, settings, host.platform), facts, json, host);
    const answer = await runNodeRoutes('up', settings, host.platform, {
      started: (parts) => print({ parts }, facts, json, host),
      say: (line) => host.stderr.write(`herald: ${line}\n`),
      ended: waitForSignal(host),
    });
    return 'failed' in answer ? print(answer, facts, json, host) : 0;
  },
};

/** Prints the parts, or what failed, and returns the exit status. */
function print(answer: RoutesAnswer<Part>, facts: object, json: boolean, host: Host): number {
  if ('failed' in answer) {
    host.stderr.write(`herald: ${answer.failed}\n`);
    return 1;
  }
  const { parts } = answer;
  const taken = parts.flatMap(({ why }) => (why === undefined ? [] : [`\n${why}`]));
  host.stdout.write(
    `${json ? JSON.stringify({ ...facts, parts }) : formatTable('scope' in facts ? NODE_COLUMNS : COLUMNS, parts, 'nothing') + taken.join('')}\n`,
  );
  return 0;
}

function readTable(args: Arguments, isNode: boolean): number {
  const table = readFlag(args, 'table', count({ min: 1 })) ?? (isNode ? NODE_TABLE : DEFAULT_TABLE);
  const expected = KERNEL_TABLES.includes(table)
    ? 'a table other than local, main and default'
    : isNode && table === DEFAULT_TABLE
      ? `a table other than ${DEFAULT_TABLE}, which is that of herald routes without --node`
      : undefined;
  if (expected !== undefined) {
    const got = showValue(String(table));
    args.problems.push({ code: 'kernel_table', option: '--table', expected, got });
  }
  return table;
}

function readSettings(args: Arguments, isNode: boolean, table: number): NodeRouteSettings {
  if (!isNode) {
    if (args.flags.has('guard')) needs(args, '--guard', '--node');
  }
  return { table, guardPort: readFlag(args, 'guard', port) ?? null };
}

function needs({ problems }: Arguments, option: string, other: string): void {
  problems.push({ code: 'flag_alone', option, expected: other, got: '', message: `needs ${other}` });
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
