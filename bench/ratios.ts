import { type Summary, summarize } from '../src/load/statistics.ts';
import type { ContenderId } from './contender.ts';
import type { Outcome, Result } from './run-scenario.ts';

/** Whose figures: a contender's in one step; without a step in the only one, or the first. */
export interface Who {
  readonly id: ContenderId;
  readonly step?: string;
}

/** What became of it; undefined where it has no part in the scenario. */
export function outcomeOf({ scenario, outcomes }: Result, { id, step }: Who): Outcome | undefined {
  const label = step ?? scenario.steps[0]!.label;
  return outcomes.find(({ contender, step }) => contender.id === id && step.label === label);
}

/** One figure a round; empty where there are none. Without a measure it is the scenario's cost. */
export function figuresOf(result: Result, who: Who, measure = result.scenario.cost.id): readonly number[] {
  const figures = outcomeOf(result, who)?.figures ?? [];
  return figures.flatMap((figure) => {
    const value = figure[measure];
    return typeof value === 'number' ? [value] : [];
  });
}

/** What is more than without a proxy, in each round. */
export function addedOf(result: Result, { id, step }: Who, measure: string): readonly number[] {
  const through = figuresOf(result, { id, ...(step === undefined ? {} : { step }) }, measure);
  const direct = figuresOf(result, { id: 'direct', ...(step === undefined ? {} : { step }) }, measure);
  return through.length === direct.length ? through.map((figure, round) => figure - direct[round]!) : [];
}

/** The ratios of the neighbours of each round, not the ratio of two medians: the machine's load is then in both. */
export function ratioOf(dividends: readonly number[], divisors: readonly number[]): Summary | null {
  if (dividends.length !== divisors.length || divisors.some((divisor) => divisor <= 0)) return null;
  return summarize(dividends.map((dividend, round) => dividend / divisors[round]!));
}

/** The cost of the last step in the first's: what more of something takes. */
export function growthOf(result: Result, id: ContenderId): Summary | null {
  const { steps } = result.scenario;
  const costs = (label: string) => figuresOf(result, { id, step: label });
  return ratioOf(costs(steps.at(-1)!.label), costs(steps[0]!.label));
}
