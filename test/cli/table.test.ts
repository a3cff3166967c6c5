import test from 'ava';
import { type Column, durationText, formatTable } from '../../src/cli/table.ts';

interface Row {
  readonly name: string;
  readonly count: number;
  readonly via: string | null;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'NAME', show: ({ name }) => name },
  { title: 'COUNT', show: ({ count }) => count },
  { title: 'VIA', show: ({ via }) => via },
];

test('columns stand below each other, numbers on the right, what is not there as -', (t) => {
  const rows = [
    { name: 'web', count: 7, via: null },
    { name: 'a-long-name', count: 12_345, via: '10.0.0.1:1' },
  ];
  t.is(
    formatTable(COLUMNS, rows, 'none'),
    ['NAME         COUNT  VIA', 'web              7  -', 'a-long-name  12345  10.0.0.1:1'].join('\n'),
  );
});

test('a column of numbers and others stands on the left', (t) => {
  const column: Column<number | null> = { title: 'PORT', show: (port) => port };
  t.is(
    formatTable([column, { title: 'X', show: () => 'x' }], [7, null], 'none'),
    'PORT  X\n7     x\n-     x',
  );
});

test('no row is a word', (t) => t.is(formatTable(COLUMNS, [], 'nobody'), 'nobody'));

test('nothing in a cell can move the cursor or begin another line', (t) => {
  const text = formatTable(COLUMNS, [{ name: 'a\nb\u001b[2J\u202e', count: 1, via: null }], 'none');
  t.is(text.split('\n').length, 2);
  t.true(text.includes('a\\u{a}b\\u{1b}[2J\\u{202e}'));
});

for (const [ms, text] of [
  [0, '0ms'],
  [0.4, '0ms'],
  [999, '999ms'],
  [1000, '1s'],
  [59_999, '59s'],
  [60_000, '1m0s'],
  [192_000, '3m12s'],
  [3_600_000, '1h0m'],
  [3_599_999, '59m59s'],
  [86_399_000, '23h59m'],
  [86_400_000, '1d0h'],
  [90_000_000, '1d1h'],
] as const) {
  test(`${ms} ms is ${text}`, (t) => t.is(durationText(ms), text));
}
