import type { Asked } from './describe-plan.ts';
import { FAILURE_KINDS, FAILURES } from './failures.ts';
import { type Figures, PERCENTILES } from './histogram.ts';
import { LIMITS } from './outcome.ts';
import type { Growth } from './overhead.ts';
import type { LoadResult, ResultPart } from './result.ts';
import type { Summary } from './statistics.ts';
import { TIMES } from './tally.ts';
import { bytesText, countText, timeText, wholeText } from './units.ts';

const HEADS = { p50: 'p50', p90: 'p90', p99: 'p99', p999: 'p99.9', max: 'max' } as const;
const TIME_NAMES = { connect: 'connect', firstByte: 'first byte', total: 'total' } as const;
export const MODE_TEXTS = {
  'open loop': 'open loop: arrivals whatever the endpoint does, times from when each should have begun',
  'closed loop':
    'closed loop: each connection waits for its answer, so a stall is seen only by those who were there',
  'held connections': 'connections that are held to the end',
} as const;

/** The figures of a run, and of another one beside them, as text for a terminal. */
export function formatResult(result: LoadResult, other: LoadResult | null): string {
  const { asked, direct, overhead, limitedByGenerator, endedEarly } = result;
  const lines = [headline(asked), MODE_TEXTS[asked.mode]];
  if (endedEarly) lines.push('ended early: the figures are of the time until then');
  if (direct !== undefined) lines.push('', 'direct', ...partLines(direct, asked), '', 'through');
  else lines.push('');
  lines.push(...partLines(result, asked));
  if (overhead !== undefined) {
    lines.push('', 'what stands between adds (median of the rounds, 95 % interval)', '');
    const rows = TIMES.flatMap((time) => {
      const growths = overhead[time];
      if (growths === null) return [];
      return PERCENTILES.map((each) => [TIME_NAMES[time], HEADS[each], ...growthCells(growths[each])]);
    });
    if (rows.length > 0) lines.push(...table([['', '', 'difference', '', 'ratio', ''], ...rows]));
    else lines.push('  nothing: no round is whole');
  }
  if (other !== null) lines.push('', ...compareLines(result, other));
  if (limitedByGenerator !== null) {
    lines.push('', `THE GENERATOR WAS THE LIMIT (${limitedByGenerator}): ${LIMITS[limitedByGenerator]}`);
  }
  return lines.join('\n');
}

/** `http to 127.0.0.1:80, 1,000/s poisson, 10 s`: also the title of a report. */
export function headline(asked: Asked): string {
  const where = asked.to ?? `${asked.through} beside ${asked.direct}`;
  const rate =
    asked.rate === null
      ? `${asked.connections} connections`
      : asked.rate === 'max'
        ? `as fast as ${asked.connections} connections can`
        : `${countText(asked.rate)}/s ${asked.arrivals}`;
  const kept = asked.keep ? ' kept' : '';
  const send = asked.send === 'none' ? '' : `, PROXY ${asked.send}`;
  const threads = `${asked.threads} thread${asked.threads === 1 ? '' : 's'}`;
  return `${asked.work}${kept} to ${where}${send}, ${rate}, ${asked.durationMs / 1000} s, ${threads}`;
}

function partLines(part: ResultPart, asked: Asked): string[] {
  const { achieved, latency, errors, wrongClients, rightClients, unknownClients } = part;
  const rows = TIMES.flatMap((time) => {
    const figures: Figures | null = latency[time];
    if (figures === null) return [];
    return [[TIME_NAMES[time], ...PERCENTILES.map((percentile) => timeText(figures[percentile]))]];
  });
  const lines = [
    asked.rate === null
      ? `  ${achieved.open} of ${asked.connections} connections open at the end`
      : `  ${countText(achieved.connectionsPerSecond)} connections/s, ${countText(achieved.requestsPerSecond)} requests/s${askedText(asked)}`,
    `  ${bytesText(achieved.sentBytesPerSecond)}/s there, ${bytesText(achieved.receivedBytesPerSecond)}/s back`,
  ];
  if (rows.length > 0)
    lines.push('', ...table([['', ...PERCENTILES.map((each) => HEADS[each])], ...rows]), '');
  const failed = FAILURE_KINDS.filter((kind) => errors[kind] > 0);
  for (const kind of failed) lines.push(`  ${wholeText(errors[kind])} × ${kind}: ${FAILURES[kind]}`);
  if (failed.length === 0) lines.push('  no errors');
  if (asked.verify) {
    const wrong = wrongClients === 0 ? 'none wrong' : `${wholeText(wrongClients)} WRONG`;
    const unknown = unknownClients > 0 ? `, ${wholeText(unknownClients)} NOT KNOWN` : '';
    lines.push(`  clients: ${wholeText(rightClients)} seen as they are, ${wrong}${unknown}`);
  }
  return lines;
}

function askedText({ rate }: Asked): string {
  return typeof rate === 'number' ? ` (asked: ${countText(rate)}/s)` : '';
}

function growthCells({ difference, ratio }: Growth): string[] {
  const interval = ({ low, high }: Summary, text: (figure: number) => string) =>
    `${text(low)} … ${text(high)}`;
  const times = (figure: number) => figure.toFixed(2);
  return [
    timeText(difference.median),
    interval(difference, timeText),
    times(ratio.median),
    interval(ratio, times),
  ];
}

function compareLines(result: LoadResult, other: LoadResult): string[] {
  const rate = ({ achieved }: LoadResult) => achieved.requestsPerSecond || achieved.connectionsPerSecond;
  const rows = PERCENTILES.map((each) => {
    const [now, before] = [result.latency.total?.[each], other.latency.total?.[each]];
    const ratio = now === undefined || before === undefined ? '-' : (now / Math.max(before, 1)).toFixed(2);
    const text = (us: number | undefined) => (us === undefined ? '-' : timeText(us));
    return [`total ${HEADS[each]}`, text(now), text(before), ratio];
  });
  const rates = [
    'a second',
    countText(rate(result)),
    countText(rate(other)),
    (rate(result) / rate(other)).toFixed(2),
  ];
  return [
    `beside the run of ${other.at}: ${headline(other.asked)}`,
    '',
    ...table([['', 'this run', 'that run', 'ratio'], rates, ...rows]),
  ];
}

/** Columns of text: the first on the left, figures on the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('   ')
      .replace(/^/, '  ')
      .trimEnd(),
  );
}
