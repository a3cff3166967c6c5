import { LOAD_FLAGS } from '../../src/cli/load-flags.ts';
import { fileOptionsOf, optionsOf, type Scope } from '../../src/config/known-options.ts';
import { LISTENER_OPTIONS } from '../../src/config/listener-options.ts';
import {
  gatewayManual,
  listenerDefault,
  listenerManual,
  processDefault,
  processManual,
} from '../../src/config/manual.ts';
import { flagOf, HELP_GROUPS } from '../../src/config/option.ts';
import { PROCESS_OPTIONS } from '../../src/config/process-options.ts';
import type { FileShape } from '../../src/config/value-type.ts';
import { FAILURES } from '../../src/load/failures.ts';
import { METRICS } from '../../src/observe/metric-table.ts';
import { type CloseReason, REASON_NAMES, reasonRow } from '../../src/plan/close-reason.ts';

/** Tables of the manual by page and name, each rendered from the code. */
export type PageTables = { readonly [name: string]: () => string };

const code = (text: string) => `\`${text}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** Of every scope: one table for each heading of `--help`, named after it. */
function optionTables(): PageTables {
  return Object.fromEntries(
    HELP_GROUPS.map((group) => {
      const manuals = { listener: listenerManual, process: processManual, gateway: gatewayManual };
      const scopes = ['listener', 'process', 'gateway'] as const;
      const scope = scopes.find((each) => optionsOf(each).some(([, option]) => option.group === group))!;
      return [group, () => manuals[scope](group)];
    }),
  );
}

type LoadRow = Pick<(typeof LOAD_FLAGS)['work'], 'text'> & {
  readonly type: { readonly values: string; readonly arity: string };
  readonly standard?: string;
};

function loadTable(): string {
  return table(
    ['flag', 'values', 'default', 'meaning'],
    Object.entries<LoadRow>(LOAD_FLAGS).map(([key, { type, standard, text }]) => [
      code(flagOf(key)),
      type.values,
      standard ?? (type.arity === 'flag' ? 'off' : '–'),
      text,
    ]),
  );
}

function failureTable(): string {
  return table(
    ['error', 'meaning'],
    Object.entries(FAILURES).map(([name, text]) => [code(name), text]),
  );
}

function metricTable(): string {
  return table(
    ['metric', 'type', 'labels', 'meaning'],
    METRICS.map(({ name, type, labels, help }) => [code(name), type, labels.map(code).join(' '), help]),
  );
}

/** Which of the three tables of reasons has a row. */
function sectionOf(name: CloseReason): 'refused' | 'connect' | 'carried' {
  const { refused, phase } = reasonRow(name);
  if (refused) return 'refused';
  return phase === 'connect' ? 'connect' : 'carried';
}

function reasonTable(section: ReturnType<typeof sectionOf>): string {
  return table(
    ['reason', 'ended by', 'phase', 'log level', 'meaning'],
    REASON_NAMES.filter((name) => sectionOf(name) === section).map((name) => {
      const { by, phase, level, text } = reasonRow(name);
      return [code(name), by, phase, level, text];
    }),
  );
}

/** How a value is written in YAML or JSON. */
function writtenAs(shape: FileShape): string {
  switch (shape.kind) {
    case 'flag':
      return '`true` or `false`';
    case 'integer':
      return shape.none ? 'number, or `none`' : 'number';
    case 'destinations':
      return 'text, or list of texts and of `{endpoint, weight, backup}`';
    case 'list':
      return shape.none ? 'text or list of texts, or `none`' : 'text or list of texts';
    default:
      return 'text';
  }
}

function keyTable(scope: Scope): string {
  const standard = (key: string) =>
    scope === 'listener'
      ? listenerDefault(LISTENER_OPTIONS[key as keyof typeof LISTENER_OPTIONS], 'edge')
      : processDefault(PROCESS_OPTIONS[key as keyof typeof PROCESS_OPTIONS]);
  return table(
    ['key', 'written as', 'values', 'default'],
    fileOptionsOf(scope).map(([key, { type }]) => [
      code(key),
      writtenAs(type.file),
      type.values,
      standard(key),
    ]),
  );
}

/** Every page that has tables made from the code. */
export const PAGES: { readonly [page: string]: PageTables } = {
  'docs/reference/options.md': { ...optionTables(), load: loadTable },
  'docs/reference/metrics.md': { metrics: metricTable },
  'docs/reference/reasons.md': {
    refused: () => reasonTable('refused'),
    connect: () => reasonTable('connect'),
    carried: () => reasonTable('carried'),
  },
  'docs/reference/file.md': { process: () => keyTable('process'), listener: () => keyTable('listener') },
  'docs/load.md': { failures: failureTable },
};
