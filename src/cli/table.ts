import { escapeInvisible } from '../config/show-value.ts';

/** One column: its heading, and the cell of a row. Columns of numbers are aligned to the right. */
export interface Column<Row> {
  readonly title: string;
  readonly show: (row: Row) => string | number | null;
}

/** A way to make a table narrower: the columns of these titles give way to one column, or to none. */
export interface Narrowing<Row> {
  readonly without: readonly string[];
  readonly instead?: Column<Row>;
}

/** How wide a table may be, and how it gets narrower: the first way first, until it fits. */
export interface Fit<Row> {
  readonly width: number;
  readonly narrower: readonly Narrowing<Row>[];
}

const GAP = '  ';

/**
 * Rows as lines of text, or `none` if there are no rows. A cell is always one line. A table that is too wide loses its empty
 * columns first, then columns by `fit.narrower`; a last line names those that are left out.
 */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  none: string,
  { width, narrower }: Fit<Row> = { width: Number.POSITIVE_INFINITY, narrower: [] },
): string {
  if (rows.length === 0) return none;
  const whole = layOut(columns, rows);
  if (fits(whole, width)) return whole;
  let shown: readonly Column<Row>[] = columns.filter(({ show }) => rows.some((row) => show(row) !== null));
  let text = layOut(shown, rows);
  const leftOut: string[] = [];
  for (const { without, instead } of narrower) {
    if (fits(text, width)) break;
    const at = shown.findIndex(({ title }) => without.includes(title));
    if (at < 0) continue;
    const kept = shown.filter(({ title }) => !without.includes(title));
    if (instead === undefined) leftOut.push(shown[at]!.title);
    shown = instead === undefined ? kept : [...kept.slice(0, at), instead, ...kept.slice(at)];
    text = layOut(shown, rows);
  }
  return leftOut.length === 0
    ? text
    : `${text}\n\nThe terminal is too narrow for ${leftOut.join(', ')}; --json has all.`;
}

function fits(text: string, width: number): boolean {
  return text.split('\n').every((line) => line.length <= width);
}

function layOut<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
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
  return note == null ? null : `${shortFailure(note)} ago`;
}

/** The same without "ago". */
export function shortFailure(note: ShownFailure | null | undefined): string | null {
  return note == null ? null : `${note.reason}, ${durationText(note.ms)}`;
}
