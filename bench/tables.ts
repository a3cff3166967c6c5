import { median, summarize } from '../src/load/statistics.ts';
import type { ContenderId } from './contender.ts';
import { titleOf } from './contenders/contenders.ts';
import { NONE, numberText, summaryText } from './numbers.ts';
import { addedOf, figuresOf, growthOf, outcomeOf, ratioOf, type Who } from './ratios.ts';
import type { Outcome, Result } from './run-scenario.ts';
import type { Layout } from './scenario.ts';
import { YARDSTICKS } from './targets.ts';

type Rows = readonly (readonly string[])[];

/** A scenario's figures as the rows of a table, the head first. */
export function rowsOf(result: Result): Rows {
  return LAYOUTS[result.scenario.layout](result);
}

const APART = 0.1;

const LAYOUTS: { readonly [layout in Layout]: (result: Result) => Rows } = {
  contenders: contenderRows,
  steps: stepRows,
  latency: latencyRows,
};

function contenderRows(result: Result): Rows {
  const { cost, rate } = result.scenario;
  const yardsticks = YARDSTICKS.filter((id) => figuresOf(result, { id }).length > 0);
  const head = [
    ...['contender', 'header', cost.unit, 'lowest to highest'],
    ...yardsticks.map((id) => `÷ ${titleOf(id)}`),
    ...(rate === null ? [] : [rate.unit]),
  ];
  const rows = result.outcomes.map((outcome) => {
    const { id, header, remark } = outcome.contender;
    const costs = figuresOf(result, { id });
    const shown = remark === null ? header : `${header} (${remark})`;
    return [
      outcome.contender.title,
      result.scenario.presents ? shown : 'taken off',
      trouble(outcome) ?? middleOf(costs),
      costs.length === 0 ? NONE : costs.length === 1 ? 'one round' : rangeOf(costs),
      ...yardsticks.map((to) =>
        to === id ? NONE : summaryText(ratioOf(costs, figuresOf(result, { id: to }))),
      ),
      ...(rate === null ? [] : [middleOf(figuresOf(result, { id }, rate.id))]),
    ];
  });
  return [head, ...rows];
}

/** Each contender's cost in each step, and that of the last step divided by the first's. */
function stepRows(result: Result): Rows {
  const { steps, cost } = result.scenario;
  const [first, last] = [steps[0]!, steps.at(-1)!];
  const spreads = result.outcomes.some(({ figures }) => typeof figures[0]?.spread === 'number');
  const head = [
    ...['contender', ...steps.map(({ label }) => `${label}: ${cost.unit}`)],
    ...[`${last.label} ÷ ${first.label}`, ...(spreads ? [`busiest of ${last.label}`] : [])],
  ];
  const rows = contendersOf(result).map((id) => {
    const cells = steps.map(({ label }) => cellOf(result, { id, step: label }));
    const spread = figuresOf(result, { id, step: last.label }, 'spread');
    return [
      ...[titleOf(id), ...cells, summaryText(growthOf(result, id))],
      ...(spreads ? [spread.length === 0 ? NONE : `${median(spread).toFixed(2)} of its share`] : []),
    ];
  });
  return [head, ...rows];
}

function latencyRows(result: Result): Rows {
  const head = ['of capacity', 'contender', 'p50, µs', 'p99, µs', 'added to p50', 'added to p99'];
  const ratios = ['added to p50 ÷ HAProxy', 'added to p99 ÷ HAProxy'];
  const rows = result.outcomes.map((outcome) => {
    const { contender, step } = outcome;
    const who = { id: contender.id, step: step.label };
    const peer = { id: 'haproxy', step: step.label } as const;
    const isDirect = contender.id === 'direct';
    const added = (['p50', 'p99'] as const).map((measure) => ({
      own: isDirect ? [] : addedOf(result, who, measure),
      peer: addedOf(result, peer, measure),
    }));
    return [
      step.label,
      contender.title,
      trouble(outcome) ?? middleOf(figuresOf(result, who, 'p50')),
      middleOf(figuresOf(result, who, 'p99')),
      ...added.map(({ own }) => summaryText(summarize(own))),
      ...added.map((each) => (contender.id === 'haproxy' ? NONE : summaryText(ratioOf(each.own, each.peer)))),
    ];
  });
  return [[...head, ...ratios], ...rows];
}

/** The figures of `wrk` beside those of herald load; null if it did not run. */
export function crossCheckRows(result: Result): Rows | null {
  const { scenario, outcomes } = result;
  const { cost, rate } = scenario;
  const checked = outcomes.filter(({ figures }) => typeof figures[0]?.wrkRate === 'number');
  if (checked.length === 0 || rate === null) return null;
  const head = [
    ...['contender', `${rate.unit}, herald load`, 'wrk', 'ours ÷ wrk'],
    ...[`${cost.unit}, herald load`, 'wrk', 'ours ÷ wrk'],
  ];
  const rows = checked.map(({ contender: { id, title } }) => [
    title,
    ...besides(figuresOf(result, { id }, rate.id), figuresOf(result, { id }, 'wrkRate')),
    ...besides(figuresOf(result, { id }), figuresOf(result, { id }, 'wrkCost')),
  ]);
  return [head, ...rows];
}

/** The contenders whose rate or cost differs by more than 10 % between `wrk` and herald load. */
export function apartFromWrk(result: Result): readonly string[] {
  const { cost, rate } = result.scenario;
  const pairs = [
    ['rate', rate?.id ?? '', 'wrkRate'],
    ['cost', cost.id, 'wrkCost'],
  ] as const;
  return pairs.flatMap(([what, ours, theirs]) =>
    contendersOf(result).flatMap((id) => {
      const other = figuresOf(result, { id }, theirs);
      const ratio = ratioOf(figuresOf(result, { id }, ours).slice(0, other.length), other);
      const apart = ratio !== null && Math.abs(ratio.median - 1) > APART;
      return apart ? [`the ${what} of ${titleOf(id)} (${ratio.median.toFixed(2)})`] : [];
    }),
  );
}

/** The rounds in which both ran. */
function besides(ours: readonly number[], theirs: readonly number[]): readonly string[] {
  const own = ours.slice(0, theirs.length);
  if (own.length === 0) return [NONE, NONE, NONE];
  return [middleOf(own), middleOf(theirs), summaryText(ratioOf(own, theirs))];
}

/** The contenders of a scenario, in the order of their turns. */
function contendersOf({ outcomes }: Result): readonly ContenderId[] {
  return [...new Set(outcomes.map(({ contender }) => contender.id))];
}

function cellOf(result: Result, who: Who): string {
  const outcome = outcomeOf(result, who);
  return (outcome === undefined ? null : trouble(outcome)) ?? middleOf(figuresOf(result, who));
}

function trouble({ contender, failed }: Outcome): string | null {
  return contender.missing !== null ? 'not installed' : failed !== null ? 'failed' : null;
}

function middleOf(figures: readonly number[]): string {
  return figures.length === 0 ? NONE : numberText(median(figures));
}

function rangeOf(figures: readonly number[]): string {
  return `${numberText(Math.min(...figures))} to ${numberText(Math.max(...figures))}`;
}
