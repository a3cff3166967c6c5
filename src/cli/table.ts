import { escapeInvisible } from '../config/show-value.ts';

/** One column: its heading, and what a row shows in it. Numbers stand on the right. */
export interface Column<Row> {
  readonly title: string;
  readonly show: (row: Row) => string | number | null;
}

const GAP = '  ';

/** Rows as lines of text, or the word for none at all. Each cell is one line, whatever is in it. */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  none: string,
): string {
  if (rows.length === 0) return none;
  const cells = rows.map((row) => columns.map(({ show }) => show(row)));
  const texts = [
    columns.map(({ title }) => title),
    ...cells.map((line) => line.map((cell) => escapeInvisible(String(cell ?? '-')))),
  ];
  const widths = columns.map((_, at) => Math.max(...texts.map((line) => line[at]!.length)));
  const isNumber = columns.map((_, at) => cells.every((line) => typeof line[at] === 'number'));
  return texts
    .map((line) =>
      line
        .map((cell, at) => (isNumber[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}
