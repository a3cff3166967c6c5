import test from 'ava';
import { type Column, formatTable } from '../../src/cli/table.ts';

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
