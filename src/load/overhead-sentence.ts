import type { Asked } from './describe-plan.ts';
import { PERCENTILE_NAMES, type Percentile } from './histogram.ts';
import { isHeld } from './load-plan.ts';
import { errorsOf, type Limit, type Measured } from './outcome.ts';
import type { Growth, Overhead } from './overhead.ts';
import type { Summary } from './statistics.ts';
import { spanText, unknownClientsText, wholeText, wrongClientsText } from './units.ts';

/** With fewer rounds the interval says too little. With five, the median lies within it with a probability of 15/16. */
const MIN_ROUNDS = 5;
/** The first of these that was measured is reported beside the median. */
const TAILS = ['p99', 'p95', 'p90'] as const;

type Counts = Pick<Measured, 'errors' | 'wrongClients' | 'unknownClients'>;

interface Facts extends Counts {
  readonly asked: Pick<Asked, 'through' | 'work'>;
  readonly overhead?: Overhead;
  readonly direct?: Counts;
  readonly limitedByGenerator: Limit | null;
  readonly endedEarly: boolean;
}

/**
 * The result of a comparison in one sentence: `127.0.0.1:8080 adds 264 µs at the median (73 to 359); nothing
 * measurable at p99`. A difference is measurable if its interval does not contain zero. Null if the run is no comparison.
 */
export function overheadSentence(result: Facts): string | null {
  const { overhead, asked, endedEarly } = result;
  if (overhead === undefined) return null;
  const { throughput } = overhead;
  if (asked.work === 'bulk') return `${throughputClaim(asked.through, throughput)}${doubts(result)}`;
  // If the work has requests and none was answered, the connect time does not stand in for them.
  const growths = isHeld(asked.work) ? overhead.connect : overhead.total;
  const middle = growths?.p50 ?? null;
  if (growths === null || middle === null) {
    if (endedEarly) return 'The overhead is unknown: the run was ended before enough rounds were complete.';
    const failed = errorLines(result);
    return failed.length > 0
      ? `The overhead is unknown: no complete round has enough samples; ${failed.join('; ')}.`
      : 'The overhead is unknown: no complete round has enough samples. Use a longer --duration or a higher --rate.';
  }
  const rounds = middle.difference.count;
  if (rounds < MIN_ROUNDS) return fewRounds(rounds);
  const tail = TAILS.find((each) => growths[each] !== null);
  const claims = [claimOf('the median', middle)];
  if (tail !== undefined) claims.push(claimOf(nameOf(tail), growths[tail]!));
  const what = isHeld(asked.work) ? ' to a connect' : '';
  const rest = throughput === null ? '' : ` Throughput: ${throughputText(throughput)}.`;
  return `${asked.through} ${join(claims, what)}.${rest}${doubts(result)}`;
}

/** `0.63 times the direct throughput (0.51 to 0.80)`; no measurable difference if the interval contains 1. */
export function throughputText({ median, low, high }: Summary): string {
  const span = `${low.toFixed(2)} to ${high.toFixed(2)}`;
  return low <= 1 && high >= 1
    ? `no measurable difference (${span} times the direct throughput)`
    : `${median.toFixed(2)} times the direct throughput (${span})`;
}

function throughputClaim(through: string | undefined, throughput: Summary | null): string {
  if (throughput === null) return 'The throughput is unknown: no round is complete.';
  const { count } = throughput;
  if (count < MIN_ROUNDS) return fewRounds(count);
  return `Throughput through ${through}: ${throughputText(throughput)}.`;
}

function fewRounds(count: number): string {
  return `The overhead is unknown: only ${count} complete ${count === 1 ? 'round' : 'rounds'}.`;
}

interface Claim {
  /** -1: less than directly, 0: no measurable difference, 1: more. */
  readonly sign: -1 | 0 | 1;
  readonly where: string;
  readonly text: string;
}

function claimOf(name: string, { difference }: Growth): Claim {
  const where = `at ${name}`;
  const { low, high } = difference;
  if (low <= 0 && high >= 0) return { sign: 0, where, text: `nothing measurable ${where}` };
  const sign = low > 0 ? 1 : -1;
  const { middle, span } = spanText(sign > 0 ? difference : negative(difference));
  return { sign, where, text: `${middle} ${where} (${span})` };
}

function negative({ median, low, high, count }: Summary): Summary {
  return { median: -median, low: -high, high: -low, count };
}

function join(claims: readonly Claim[], what: string): string {
  const [first, second] = claims;
  const verb = (claim: Claim) => (claim.sign < 0 ? 'saves' : 'adds');
  const start = `${verb(first!)} ${first!.text}${what}`;
  if (second === undefined) return start;
  if (first!.sign === 0 && second.sign === 0) return `${start} or ${second.where}`;
  if (second.sign === 0) return `${start}; ${second.text}`;
  return verb(first!) === verb(second) && first!.sign !== 0
    ? `${start} and ${second.text}`
    : `${start}; ${verb(second)} ${second.text}`;
}

/** Why the figures are unreliable, if they are. */
function doubts(result: Facts): string {
  const { limitedByGenerator, direct, wrongClients, unknownClients } = result;
  const lines = [];
  if (limitedByGenerator !== null) lines.push(`the generator was the limit (${limitedByGenerator})`);
  lines.push(...errorLines(result));
  const wrong = wrongClients + (direct?.wrongClients ?? 0);
  if (wrong > 0) lines.push(wrongClientsText(wrong));
  const unknown = unknownClients + (direct?.unknownClients ?? 0);
  if (unknown > 0) lines.push(unknownClientsText(unknown));
  return lines.length === 0 ? '' : ` Unreliable: ${lines.join('; ')}.`;
}

function errorLines({ errors, direct }: Facts): string[] {
  const [through, straight] = [errorsOf(errors), direct === undefined ? 0 : errorsOf(direct.errors)];
  if (through + straight === 0) return [];
  return [`errors: ${wholeText(through)} through the proxy, ${wholeText(straight)} directly`];
}

function nameOf(percentile: Percentile): string {
  return PERCENTILE_NAMES[percentile];
}
