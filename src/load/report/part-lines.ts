import type { Asked } from '../describe-plan.ts';
import { FAILURE_KINDS, FAILURES } from '../failures.ts';
import { type Figures, PERCENTILE_NAMES, PERCENTILES } from '../histogram.ts';
import { isAsking } from '../load-plan.ts';
import type { ResultPart } from '../result.ts';
import { TIMES } from '../tally.ts';
import { bytesText, countText, rateText, timeText, wholeText } from '../units.ts';

export const TIME_NAMES = { connect: 'connect', firstByte: 'first byte', total: 'total' } as const;

/** Shown in place of a figure that is not known. */
export const NO_FIGURE = '–';

/** Rows as aligned columns: the first to the left, the others to the right; with `words` the last to the left too. */
export function alignRows(
  rows: readonly (readonly string[])[],
  { words = false }: { readonly words?: boolean } = {},
): string[] {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const isText = (at: number) => at === 0 || (words && at === columns - 1);
  return rows.map((row) => {
    const cells = row.map((cell, at) => (isText(at) ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)));
    return `  ${cells.join('  ')}`.trimEnd();
  });
}

/** The figures of one way as indented lines: rates, times, errors, verified clients. */
export function partLines(part: ResultPart, asked: Asked): string[] {
  const { achieved, latency, errors, wrongClients, rightClients, unknownClients } = part;
  const rows = TIMES.flatMap((time) => {
    const figures: Figures | null = latency[time];
    if (figures === null) return [];
    const cells = PERCENTILES.map((percentile) => figureText(figures[percentile]));
    return [[TIME_NAMES[time], wholeText(figures.count), ...cells]];
  });
  const heads = PERCENTILES.map((each) => PERCENTILE_NAMES[each]);
  if (achieved.seconds === 0) return ['  nothing was measured'];
  const lines = [
    `  ${rateLine(part, asked)}`,
    `  ${bytesText(achieved.sentBytesPerSecond)}/s sent, ${bytesText(achieved.receivedBytesPerSecond)}/s received`,
  ];
  if (rows.length > 0) lines.push('', ...alignRows([['', 'count', ...heads], ...rows]), '');
  const failed = FAILURE_KINDS.filter((kind) => errors[kind] > 0);
  for (const kind of failed) lines.push(`  ${wholeText(errors[kind])} × ${kind}: ${FAILURES[kind]}`);
  if (failed.length === 0) lines.push('  no errors');
  if (asked.verify) {
    const wrong = wrongClients === 0 ? 'none wrong' : `${wholeText(wrongClients)} WRONG`;
    const unknown = unknownClients > 0 ? `, ${wholeText(unknownClients)} UNKNOWN` : '';
    lines.push(`  clients: ${wholeText(rightClients)} right, ${wrong}${unknown}`);
  }
  return lines;
}

function rateLine({ achieved }: ResultPart, { rate, work, keep, connections }: Asked): string {
  if (rate === null) return `${achieved.open} of ${connections} connections open at the end`;
  const done = `${countText(achieved.connectionsPerSecond)} connections/s`;
  const answered = `${countText(achieved.requestsPerSecond)} requests/s`;
  const text = !isAsking(work)
    ? done
    : keep
      ? `${answered} over ${wholeText(achieved.open)} connections`
      : `${done}, ${answered}`;
  return typeof rate === 'number' ? `${text} (asked: ${rateText(rate)}/s)` : text;
}

function figureText(us: number | null): string {
  return us === null ? NO_FIGURE : timeText(us);
}
