import { parseArgs } from 'node:util';
import type { ContenderId } from './contender.ts';
import { CONTENDERS } from './contenders/contenders.ts';

export const GROUPS = [
  ...([
    'short',
    'kept',
    'bulk',
    'ingress',
    'latency',
    'idle',
    'endpoints',
    'open',
    'threads',
    'codec',
  ] as const),
] as const;
export type Group = (typeof GROUPS)[number];

export interface Options {
  /** Null: the default of each scenario. */
  readonly rounds: number | null;
  readonly quick: boolean;
  readonly only: readonly Group[];
  readonly contenders: readonly ContenderId[];
  readonly markdown: string | null;
  readonly help: boolean;
}

const IDS = CONTENDERS.map(({ id }) => id);

export const USAGE = `npm run bench -- [flags]

Compares Herald with its peers on this machine, in one run, contenders in turn.

  --rounds N           rounds of every scenario       [default: 15, fewer for slow scenarios]
  --quick              few rounds, within 3 minutes: a check that everything works, not a comparison
  --only LIST          ${GROUPS.join(',')}
  --contenders LIST    ${IDS.join(',')}
  --markdown FILE      also writes the tables to FILE as Markdown, between its two markers if it has them,
                       and pictures to results/ beside it
  --help               shows this

Exit status: 0 everything asked for was measured or is not installed; 1 something could not be measured;
2 a flag is wrong. A target that is missed is a figure, not a failure.
`;

/** Parses the flags. Throws an Error that names the mistake. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      contenders: { type: 'string' },
      markdown: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { rounds, quick, markdown, help } = values;
  if (rounds !== undefined && !/^[1-9]\d{0,3}$/.test(rounds)) {
    throw new Error(`--rounds: expected a number from 1 to 9999, got "${rounds}"`);
  }
  return {
    rounds: rounds === undefined ? null : Number(rounds),
    quick,
    only: pick('only', values.only, GROUPS),
    contenders: pick('contenders', values.contenders, IDS),
    markdown: markdown ?? null,
    help,
  };
}

/** The items of `all` that a list names, in the order of `all`; all without a list. */
function pick<T extends string>(flag: string, list: string | undefined, all: readonly T[]): readonly T[] {
  if (list === undefined) return all;
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(all as readonly string[]).includes(name));
  if (unknown !== undefined) throw new Error(`--${flag}: expected ${all.join(', ')}, got "${unknown}"`);
  return all.filter((each) => names.includes(each));
}
