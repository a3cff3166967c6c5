import { adminAddress } from '../config/config-from-flags.ts';
import { escapeInvisible } from '../config/show-value.ts';
import { choice } from '../config/values/choices.ts';
import { adminCommand } from './admin-command.ts';
import { probeAdmin } from './ask-admin.ts';
import { type CliCommand, isOn, readFlag } from './command.ts';
import {
  type Column,
  durationText,
  failureText,
  formatTable,
  type Narrowing,
  type ShownFailure,
  shortFailure,
} from './table.ts';

interface Listener {
  readonly name: string;
  /** The object of the cluster that it is for. An older Herald does not report it. */
  readonly object?: string | null;
  readonly address: string;
  readonly present: string;
  readonly expect: string;
  readonly sessions: number;
  readonly limit: number;
  readonly opened: number;
  readonly refused: number;
  /** An older Herald does not report failures. */
  readonly failed?: number;
  readonly lastError?: ShownFailure | null;
}

interface Presents {
  readonly family: 'ipv4' | 'ipv6';
  readonly can: boolean;
  readonly isProven: boolean;
  readonly why: string | null;
}

interface Hops {
  readonly capable: number;
  readonly all: number;
  readonly incapable: readonly { readonly node: string; readonly why: string }[];
}

interface Answer {
  readonly version: string;
  /** An older Herald does not report it. */
  readonly pid?: number;
  readonly uptimeSeconds: number;
  readonly state: string;
  readonly engine: string;
  /** Whether this node presents clients (`transparent`). Absent if nothing needs it, and from an older Herald. */
  readonly presents?: readonly Presents[];
  /** Of a gateway with objects that are served transparently. */
  readonly hops?: Hops;
  readonly listeners: readonly Listener[];
}

const OBJECT: Column<Listener> = { title: 'OBJECT', show: ({ object }) => object ?? null };

const COLUMNS: readonly Column<Listener>[] = [
  { title: 'LISTENER', show: ({ name }) => name },
  { title: 'ADDRESS', show: ({ address }) => address },
  { title: 'EXPECT', show: ({ expect }) => expect },
  { title: 'PRESENT', show: ({ present }) => present },
  { title: 'SESSIONS', show: ({ sessions }) => sessions },
  { title: 'LIMIT', show: ({ limit }) => limit },
  { title: 'OPENED', show: ({ opened }) => opened },
  { title: 'REFUSED', show: ({ refused }) => refused },
  { title: 'FAILED', show: ({ failed }) => failed ?? null },
  { title: 'LAST ERROR', show: ({ lastError }) => failureText(lastError) },
];

const NARROWER: readonly Narrowing<Listener>[] = [
  {
    without: ['EXPECT', 'PRESENT'],
    instead: { title: 'EXPECT/PRESENT', show: ({ expect, present }) => `${expect}/${present}` },
  },
  {
    without: ['LAST ERROR'],
    instead: { title: 'LAST ERROR', show: ({ lastError }) => shortFailure(lastError) },
  },
  { without: ['LIMIT'] },
  { without: ['OBJECT'] },
  { without: ['ADDRESS'] },
  { without: ['EXPECT/PRESENT'] },
  { without: ['OPENED'] },
];

const table = adminCommand<Answer>({
  name: 'status',
  text: 'Shows the status of a running Herald. The exit status is 0 if it answers, also while it drains. With --is it is 0 if the answer is yes, else 1.',
  path: '/status',
  format: ({ version, pid, uptimeSeconds, state, engine, presents = [], hops, listeners }, width) =>
    [
      `herald ${version}, ${state}, up ${durationText(uptimeSeconds * 1000)}${engine === '' ? '' : `, engine ${engine}`}${pid === undefined ? '' : `, process ${pid}`}`,
      ...presents.map(presentsText),
      ...(hops === undefined ? [] : hopsText(hops)),
      '',
      formatTable(columnsFor(listeners), listeners, 'no listener is open', {
        width: width ?? Number.POSITIVE_INFINITY,
        narrower: NARROWER,
      }),
    ].join('\n'),
});

function presentsText({ family, can, isProven, why }: Presents): string {
  const name = family === 'ipv4' ? 'IPv4' : 'IPv6';
  if (!can) return why ?? `this node cannot present clients over ${name}`;
  const how = isProven
    ? 'an echo on it has proven it'
    : 'its rules and routes are set, but without --node-echo nothing is proven';
  return `this node presents clients over ${name}: ${how}`;
}

function hopsText({ capable, all, incapable }: Hops): readonly string[] {
  const more = all - capable - incapable.length;
  return [
    `${capable} of ${all} instances present clients to the pods of their nodes`,
    ...incapable.map(({ node, why }) => escapeInvisible(whyNot(node, why))),
    ...(more > 0 ? [`nor ${more === 1 ? 'does' : 'do'} ${more} more`] : []),
  ];
}

/** Instances tell what is wrong as a sentence of their own: `this node cannot present clients over IPv4: …`. */
function whyNot(node: string, why: string): string {
  const own = 'this node ';
  return why.startsWith(own) ? `${node} ${why.slice(own.length)}` : `${node} does not: ${why}`;
}

/** Listeners of flags and files are for no object. */
function columnsFor(listeners: readonly Listener[]): readonly Column<Listener>[] {
  const [name, ...others] = COLUMNS;
  return listeners.some(({ object }) => object != null) ? [name!, OBJECT, ...others] : COLUMNS;
}

/** What `--is` asks for, as the probes on `--metrics` have it. */
const PROBES = { started: '/startupz', ready: '/readyz?verbose', alive: '/livez' } as const;
const probe = choice(...(Object.keys(PROBES) as (keyof typeof PROBES)[]));

export const status: CliCommand = {
  ...table,
  usage: 'herald status [--admin ADDR] [--json | --is started|ready|alive]',
  flags: [
    ...table.flags,
    {
      key: 'is',
      arity: probe.arity,
      group: 'Flags',
      text: 'Asks only one question, as a probe does, and prints the answer as text: /startupz, /readyz or /livez.',
      values: probe.values,
    },
  ],
  examples: [
    ...table.examples,
    [
      'herald status --is ready',
      'For a probe that has to reach this Herald and no other: an exec probe of Kubernetes.',
    ],
  ],
  run: async (args, host) => {
    if (!args.flags.has('is')) return table.run(args, host);
    const asked = readFlag(args, 'is', probe);
    if (isOn(args, 'json')) {
      const message = 'has no effect with --is, whose answer is text and an exit status';
      args.problems.push({
        code: 'contradiction',
        option: '--json',
        expected: '--is alone',
        got: 'both',
        message,
      });
    }
    const address = adminAddress(args.flags, host.env, args.problems);
    const { good, text } = await probeAdmin(address, PROBES[asked!]);
    host.stdout.write(text);
    return good ? 0 : 1;
  },
};
