import type { Asked } from '../describe-plan.ts';
import { errorsOf } from '../error-share.ts';
import { PERCENTILE_NAMES, type Percentile } from '../histogram.ts';
import { isHeld } from '../load-plan.ts';
import type { Limit, Measured } from '../outcome.ts';
import type { Growth, Overhead } from '../overhead.ts';
import type { Summary } from '../statistics.ts';
import { spanText, wholeText } from '../units.ts';

/** Of fewer rounds the lowest and the highest say too little: of five the median lies between them 15 times of 16. */
const LEAST_ROUNDS = 5;
/** The first of them that was measured stands beside the median. */
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
 * What a comparison has found, in one sentence: `127.0.0.1:8080 adds 264 µs at the median (73 to 359); nothing
 * distinguishable at p99`. Distinguishable is what has an interval without zero in it. Null of a run that compares nothing.
 */
export function overheadSentence(result: Facts): string | null {
  const { overhead, asked, endedEarly } = result;
  if (overhead === undefined) return null;
  const { throughput } = overhead;
  if (asked.work === 'bulk') return `${throughputClaim(asked.through, throughput)}${doubts(result)}`;
  // Where requests are asked and none was answered, the connect is not what was asked about.
  const growths = isHeld(asked.work) ? overhead.connect : overhead.total;
  const middle = growths?.p50 ?? null;
  if (growths === null || middle === null) {
    if (endedEarly) return 'What is added cannot be told: the run was ended before enough rounds were whole.';
    const failed = errorLines(result);
    return failed.length > 0
      ? `What is added cannot be told: no whole round has enough samples; ${failed.join('; ')}.`
      : 'What is added cannot be told: no whole round has enough samples. Use a longer --duration or a higher --rate.';
  }
  const rounds = middle.difference.count;
  if (rounds < LEAST_ROUNDS) return fewRounds(rounds);
  const tail = TAILS.find((each) => growths[each] !== null);
  const claims = [claimOf('the median', middle)];
  if (tail !== undefined) claims.push(claimOf(nameOf(tail), growths[tail]!));
  const what = isHeld(asked.work) ? ' to a connect' : '';
  const rest = throughput === null ? '' : ` Throughput: ${throughputText(throughput)}.`;
  return `${asked.through} ${join(claims, what)}.${rest}${doubts(result)}`;
}

/** `0.63 times the direct way's (0.51 to 0.80)`; nothing distinguishable if one time as much may be it. */
export function throughputText({ median, low, high }: Summary): string {
  const span = `${low.toFixed(2)} to ${high.toFixed(2)}`;
  return low <= 1 && high >= 1
    ? `no difference distinguishable (${span} times the direct way's)`
    : `${median.toFixed(2)} times the direct way's (${span})`;
}

function throughputClaim(through: string | undefined, throughput: Summary | null): string {
  if (throughput === null) return 'Nothing can be told of the throughput: no round is whole.';
  const { count } = throughput;
  if (count < LEAST_ROUNDS) return fewRounds(count);
  return `Throughput by way of ${through}: ${throughputText(throughput)}.`;
}

function fewRounds(count: number): string {
  return `Only ${count} whole ${count === 1 ? 'round' : 'rounds'}: too few to tell what is added.`;
}

interface Claim {
  /** -1: less than directly, 0: nothing that could be told from chance. */
  readonly sign: -1 | 0 | 1;
  readonly where: string;
  readonly text: string;
}

function claimOf(name: string, { difference }: Growth): Claim {
  const where = `at ${name}`;
  const { low, high } = difference;
  if (low <= 0 && high >= 0) return { sign: 0, where, text: `nothing distinguishable ${where}` };
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

/** What speaks against relying on it. */
function doubts(result: Facts): string {
  const { limitedByGenerator, direct, wrongClients, unknownClients } = result;
  const lines = [];
  if (limitedByGenerator !== null) lines.push(`the generator was the limit (${limitedByGenerator})`);
  lines.push(...errorLines(result));
  const wrong = wrongClients + (direct?.wrongClients ?? 0);
  if (wrong > 0) lines.push(`${wholeText(wrong)} clients were seen as somebody else`);
  const unknown = unknownClients + (direct?.unknownClients ?? 0);
  if (unknown > 0) lines.push(`${wholeText(unknown)} answers named no client`);
  return lines.length === 0 ? '' : ` Not to be relied on: ${lines.join('; ')}.`;
}

function errorLines({ errors, direct }: Facts): string[] {
  const [through, straight] = [errorsOf(errors), direct === undefined ? 0 : errorsOf(direct.errors)];
  if (through + straight === 0) return [];
  return [`errors: ${wholeText(through)} through it, ${wholeText(straight)} directly`];
}

function nameOf(percentile: Percentile): string {
  return PERCENTILE_NAMES[percentile];
}
