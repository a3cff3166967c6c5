import { type Summary, summarize } from '../src/load/statistics.ts';
import type { ContenderId } from './contender.ts';
import type { Outcome, Result } from './run-scenario.ts';

/** A contender in one step; without a step, the only or first one. */
export interface Who {
  readonly id: ContenderId;
  readonly step?: string;
}

/** Its result; undefined if it does not take part in the scenario. */
export function outcomeOf({ scenario, outcomes }: Result, { id, step }: Who): Outcome | undefined {
  const label = step ?? scenario.steps[0]!.label;
  return outcomes.find(({ contender, step }) => contender.id === id && step.label === label);
}

/** One figure a round, empty if there are none. The default measure is the scenario's cost. */
export function figuresOf(result: Result, who: Who, measure = result.scenario.cost.id): readonly number[] {
  const figures = outcomeOf(result, who)?.figures ?? [];
  return figures.flatMap((figure) => {
    const value = figure[measure];
    return typeof value === 'number' ? [value] : [];
  });
}

/** The difference to the direct way, in each round. */
export function addedOf(result: Result, { id, step }: Who, measure: string): readonly number[] {
  const through = figuresOf(result, { id, ...(step === undefined ? {} : { step }) }, measure);
  const direct = figuresOf(result, { id: 'direct', ...(step === undefined ? {} : { step }) }, measure);
  return through.length === direct.length ? through.map((figure, round) => figure - direct[round]!) : [];
}

/** The ratio within each round, not the ratio of two medians, so that other load on the machine affects both. */
export function ratioOf(dividends: readonly number[], divisors: readonly number[]): Summary | null {
  if (dividends.length !== divisors.length || divisors.some((divisor) => divisor <= 0)) return null;
  return summarize(dividends.map((dividend, round) => dividend / divisors[round]!));
}

/** The cost of the last step divided by that of the first. */
export function growthOf(result: Result, id: ContenderId): Summary | null {
  const { steps } = result.scenario;
  const costs = (label: string) => figuresOf(result, { id, step: label });
  return ratioOf(costs(steps.at(-1)!.label), costs(steps[0]!.label));
}
