import test from 'ava';
import fc from 'fast-check';
import { fitTable } from '../../src/cli/fit-text.ts';
import { formatTable } from '../../src/cli/table.ts';

const TABLE = `AT        LISTENER  REASON     COUNT  FIRST BYTES
08:00:01  web       untrusted  12000  GET / HTTP/1.1
08:00:02  mail      over_limit     3`;

test('a table that fits stays as it is', (t) => t.is(fitTable(TABLE, 80), TABLE));

test('columns that have no room go on below, in each row alike', (t) => {
  t.is(
    fitTable(TABLE, 40),
    `AT        LISTENER  REASON     COUNT
    FIRST BYTES
08:00:01  web       untrusted  12000
    GET / HTTP/1.1
08:00:02  mail      over_limit     3`,
  );
});

test('a column that is wider than the terminal has a line of its own', (t) => {
  t.is(fitTable('A  B\nx  yyyyyyyyyy\nx  z', 6), 'A\n    B\nx\n    yyyyyyyyyy\nx\n    z');
});

test('a cell that is wider than the terminal is broken between words', (t) => {
  t.is(fitTable('AT  WHY\n1   a cell of many words', 14), 'AT\n    WHY\n1\n    a cell of\n    many words');
});

test('each table of a text is fitted for itself', (t) => {
  t.is(
    fitTable(`one line of words that is long\n\n${TABLE}`, 60),
    `one line of words that is long\n\n${TABLE}`,
  );
});

test('no cell is lost or cut, whatever is in it', (t) => {
  const cell = fc.oneof(fc.string({ maxLength: 30 }), fc.integer());
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell, cell, cell), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 10, max: 120 }),
      (rows, columns) => {
        const titles = ['ONE', 'TWO', 'THREE', 'FOUR'];
        const table = formatTable(
          titles.map((title, at) => ({ title, show: (row: (typeof rows)[number]) => row[at]! })),
          rows,
          '',
        );
        const squeezed = (text: string) => text.replaceAll(/\s+/g, '');
        t.is(squeezed(fitTable(table, columns)), squeezed(table));
      },
    ),
  );
});
