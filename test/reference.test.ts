import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { runCli } from '../src/cli/cli.ts';
import { verdictOf } from '../src/cli/load-verdict.ts';
import { recordFields } from '../src/observe/access-log.ts';
import { createFakeHost } from './cli/fake-host.ts';
import { PAGES } from './helpers/reference-tables.ts';
import { CALM, RESULT } from './load/sample-result.ts';
import { sessionRecord } from './observe/session-record.ts';

// The reference pages say what the code says. With HERALD_UPDATE_DOCS=1 their tables are written instead of compared.

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(root + path, 'utf8');

for (const [page, tables] of Object.entries(PAGES)) {
  for (const [name, render] of Object.entries(tables)) {
    test.serial(`the table "${name}" of ${page} is what the code says`, (t) => {
      const text = read(page);
      const [before, rest] = text.split(`<!-- table: ${name} -->\n`);
      t.truthy(rest, 'the page has the markers of this table');
      const end = rest!.indexOf('<!-- end -->');
      t.true(end >= 0);
      if (process.env.HERALD_UPDATE_DOCS === '1') {
        writeFileSync(root + page, `${before}<!-- table: ${name} -->\n${render()}\n${rest!.slice(end)}`);
      } else t.is(rest!.slice(0, end).trim(), render());
    });
  }

  test(`${page} has no table that nothing holds to the code`, (t) => {
    const marked = [...read(page).matchAll(/<!-- table: (.+) -->/g)].map(([, name]) => name!);
    t.deepEqual(marked.sort(), Object.keys(tables).sort());
  });
}

/** What stands in backquotes in the first cells of the table below a heading. */
function firstCells(page: string, heading: string): string[] {
  const section = read(page).split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell]) => cell!);
}

test('the fields of the access log are in the order in which a line has them', (t) => {
  const record = sessionRecord({
    via: '10.0.0.1:1',
    detail: 'x',
    headerMs: 1,
    tlvs: [{ name: 'AUTHORITY', text: 'x' }] as never,
  });
  t.deepEqual(
    firstCells('docs/reference/reasons.md', 'A line of the log'),
    Object.keys(recordFields(record, 'full')),
  );
});

/** The paths that a server answers, as its source has them. */
function pathsIn(source: string): string[] {
  return [...read(source).matchAll(/(?:^\s+|\{ )'(\/[\w-]*)': \{/gm)].map(([, path]) => path!);
}

test('the addresses for machines answer the paths of their tables, and no others', (t) => {
  for (const [heading, source] of [
    ['On `--metrics`', 'src/ops/metrics-server.ts'],
    ['On `--admin`', 'src/ops/admin-server.ts'],
  ] as const) {
    const paths = [source, 'src/ops/probes.ts'].flatMap(pathsIn);
    t.true(paths.length > 4, source);
    t.deepEqual(firstCells('docs/reference/metrics.md', heading).sort(), paths.sort());
  }
});

test('the signals of the page are those that the program hears', (t) => {
  const [, union = ''] = /export type HostSignal = ([^;]+);/.exec(read('src/observe/host.ts')) ?? [];
  const signals = [...union.matchAll(/'(\w+)'/g)].map(([, name]) => name!);
  t.true(signals.length > 2);
  t.deepEqual(firstCells('docs/reference/exit-status.md', 'Signals').sort(), signals.sort());
});

async function statusOf(line: string): Promise<number> {
  return runCli(line.split(' '), createFakeHost());
}

test('every exit status of the page is one that a command ends with', async (t) => {
  const found = [
    await statusOf('--version'),
    await statusOf('status --admin 127.0.0.1:1'),
    await statusOf('edge'),
    verdictOf({ ...CALM, wrongClients: 1 }, [], []).status,
    verdictOf({ ...CALM, limitedByGenerator: 'processor' }, [], []).status,
  ];
  t.deepEqual(firstCells('docs/reference/exit-status.md', 'Exit status'), found.map(String));
});

test('the keys of the JSON of a load run are those of its table', (t) => {
  const [, section = ''] = read('docs/load.md').split('\n## The JSON of `--json`\n');
  const rows = [...section.matchAll(/^\| (`[^|]+) \| (.+) \|$/gm)];
  const namesIn = (cell: string) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name!);
  const keys = rows.flatMap(([, cell]) => namesIn(cell!));
  const optional = ['found', 'ramp'];
  t.deepEqual(keys.filter((key) => !optional.includes(key)).sort(), Object.keys(RESULT).sort());
  for (const key of ['achieved', 'series'] as const) {
    const row = rows.find(([, cell]) => namesIn(cell!).includes(key));
    const value = key === 'series' ? RESULT.series[0]! : RESULT.achieved;
    t.deepEqual(namesIn(row![2]!).sort(), Object.keys(value).sort());
  }
});
