import { escapeInvisible } from '../config/show-value.ts';

/** One column: its heading, and the cell of a row. Columns of numbers are aligned to the right. */
export interface Column<Row> {
  readonly title: string;
  readonly show: (row: Row) => string | number | null;
}

const GAP = '  ';

/** Rows as lines of text, or `none` if there are no rows. A cell is always one line. */
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

/** A duration for a table, in its two largest units: `3m12s`, `450ms`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${seconds % 60}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h${minutes % 60}m` : `${Math.floor(hours / 24)}d${hours % 24}h`;
}

/** What failed, and how long ago in milliseconds. */
export interface ShownFailure {
  readonly reason: string;
  readonly ms: number;
}

/** `connect_refused, 3s ago`; null if nothing has failed, or an older Herald does not report it. */
export function failureText(note: ShownFailure | null | undefined): string | null {
  return note == null ? null : `${note.reason}, ${durationText(note.ms)} ago`;
}
