import { LEAST_FOR_INTERVAL, type Summary, summarize } from '../src/load/statistics.ts';
import type { ContenderId } from './contender.ts';
import type { Result } from './run-scenario.ts';
import type { Target } from './targets.ts';

export interface Verdict {
  readonly measured: Summary | null;
  readonly text: string;
}

/** A target that asks for a whole interval asks for so many pairs. */
const PAIRS_TO_BE_SURE = 15;

/** The costs of a contender, one a round; empty where it has none. */
export function costsOf({ outcomes }: Result, id: ContenderId): readonly number[] {
  const figures = outcomes.find(({ contender }) => contender.id === id)?.figures ?? [];
  return figures.flatMap(({ cost }) => (cost === null ? [] : [cost]));
}

/** The ratios of the neighbours of each round, not the ratio of two medians: the machine's load is then in both. */
export function ratioOf(result: Result, of: ContenderId, to: ContenderId): Summary | null {
  const [dividends, divisors] = [costsOf(result, of), costsOf(result, to)];
  if (dividends.length !== divisors.length || divisors.some((divisor) => divisor <= 0)) return null;
  return summarize(dividends.map((dividend, round) => dividend / divisors[round]!));
}

export function judge(result: Result, { of, to, most, sure }: Target): Verdict {
  const measured = to === null ? summarize(costsOf(result, of)) : ratioOf(result, of, to);
  if (measured === null) return { measured, text: 'not measured' };
  const met = measured.median <= most && (!sure || measured.high < 1);
  const enough = measured.count >= (sure ? PAIRS_TO_BE_SURE : LEAST_FOR_INTERVAL);
  return { measured, text: `${met ? 'met' : 'missed'}${enough ? '' : ', of too few rounds'}` };
}
