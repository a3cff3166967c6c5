import { readFile, writeFile } from 'node:fs/promises';
import test from 'ava';
import { LOAD_FLAGS } from '../src/cli/load-flags.ts';
import { listenerManual, processManual } from '../src/config/manual.ts';
import { flagOf } from '../src/config/option.ts';
import { FAILURES } from '../src/load/failures.ts';
import { METRICS } from '../src/observe/metric-table.ts';
import { REASON_NAMES, reasonRow } from '../src/plan/close-reason.ts';

const readme = new URL('../../README.md', import.meta.url);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

type LoadRow = Pick<(typeof LOAD_FLAGS)['work'], 'text'> & {
  readonly type: { readonly values: string; readonly arity: string };
  readonly standard?: string;
};

const code = (text: string) => `\`${text}\``;

const TABLES: { readonly [name: string]: () => string } = {
  listener: listenerManual,
  process: processManual,
  load: () =>
    table(
      ['flag', 'values', 'default', ''],
      Object.entries<LoadRow>(LOAD_FLAGS).map(([key, { type, standard, text }]) => [
        code(flagOf(key)),
        type.values,
        standard ?? (type.arity === 'flag' ? 'off' : '–'),
        text,
      ]),
    ),
  failures: () =>
    table(
      ['error', ''],
      Object.entries(FAILURES).map(([name, text]) => [code(name), text]),
    ),
  metrics: () =>
    table(
      ['metric', 'type', 'labels', ''],
      METRICS.map(({ name, type, labels, help }) => [code(name), type, labels.map(code).join(' '), help]),
    ),
  reasons: () =>
    table(
      ['reason', 'by', 'phase', 'log level', ''],
      REASON_NAMES.map((name) => {
        const { by, phase, level, text } = reasonRow(name);
        return [code(name), by, phase, level, text];
      }),
    ),
};

/** With HERALD_UPDATE_README=1 the tables are written instead of compared. */
for (const [name, render] of Object.entries(TABLES)) {
  test.serial(`the table "${name}" of the README is what the code says`, async (t) => {
    const text = await readFile(readme, 'utf8');
    const [before, rest] = text.split(`<!-- table: ${name} -->\n`);
    t.truthy(rest, 'the README has the markers of this table');
    const end = rest!.indexOf('<!-- end -->');
    if (process.env.HERALD_UPDATE_README === '1') {
      await writeFile(readme, `${before}<!-- table: ${name} -->\n${render().trim()}\n${rest!.slice(end)}`);
      t.pass();
    } else t.is(rest!.slice(0, end).trim(), render().trim());
  });
}

test('both commands of a fresh machine stand at the top of the README', async (t) => {
  const top = (await readFile(readme, 'utf8')).split('\n## ')[0]!;
  t.true(top.includes('npm ci && npm start'));
  t.true(top.includes('npm ci && npm test'));
});
