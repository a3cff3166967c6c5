import { LEAST_FOR_INTERVAL, median, type Summary } from '../src/load/statistics.ts';
import type { ContenderId } from './contender.ts';
import { CONTENDERS } from './contenders/contenders.ts';
import { NOT_MEASURED } from './not-measured.ts';
import { costsOf, judge, ratioOf } from './ratios.ts';
import type { Outcome, Result } from './run-scenario.ts';
import { TARGETS, type Target, YARDSTICKS } from './targets.ts';
import { textTable } from './text-table.ts';

const NUMBER = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

function titleOf(id: ContenderId): string {
  return CONTENDERS.find((contender) => contender.id === id)!.title;
}

function show(summary: Summary | null): string {
  if (summary === null) return '–';
  const [middle, low, high] = [summary.median, summary.low, summary.high].map((each) =>
    Math.abs(each) < 10 ? each.toFixed(2) : NUMBER.format(each),
  );
  return `${middle} (${low} to ${high})`;
}

function row(result: Result, outcome: Outcome, yardsticks: readonly ContenderId[]): string[] {
  const { contender, failed, figures } = outcome;
  const { id, header, remark, title, missing } = contender;
  const blank = yardsticks.map(() => '–');
  const start = [title, `${header}${remark === null ? '' : ` (${remark})`}`];
  const rate = result.scenario.rateUnit === null ? [] : ['–'];
  const trouble = missing !== null ? 'not installed' : failed !== null ? 'failed' : null;
  if (trouble !== null) return [...start, trouble, '–', ...blank, ...rate];
  const costs = costsOf(result, id);
  const rates = figures.flatMap((figure) => (figure.rate === null ? [] : [figure.rate]));
  const [lowest, highest] = [Math.min(...costs), Math.max(...costs)].map((each) => NUMBER.format(each));
  return [
    ...start,
    costs.length === 0 ? '–' : NUMBER.format(median(costs)),
    costs.length === 0 ? '–' : `${lowest} to ${highest}`,
    ...yardsticks.map((to) => (to === id ? '–' : show(ratioOf(result, id, to)))),
    ...rate.map(() => (rates.length === 0 ? '–' : NUMBER.format(median(rates)))),
  ];
}

/** Why contenders have no figures, one line each. */
function troubles({ outcomes }: Result): string[] {
  return outcomes.flatMap(({ contender: { title, missing }, failed }) => {
    if (missing !== null) return [`${title} was not measured: ${missing}`];
    return failed === null ? [] : [`${title} could not be measured: ${failed}`];
  });
}

function targetRow(result: Result, target: Target): string[] {
  const { measured, text } = judge(result, target);
  const of = titleOf(target.of);
  return [
    target.to === null ? `${of}, ${result.scenario.unit}` : `${of} ÷ ${titleOf(target.to)}`,
    `≤ ${target.most.toLocaleString('en')}${target.sure ? ', interval below 1' : ''}`,
    show(measured),
    text,
  ];
}

function section(result: Result, markdown: boolean): string {
  const { scenario, rounds, outcomes } = result;
  const yardsticks = YARDSTICKS.filter((id) => costsOf(result, id).length > 0);
  const rate = scenario.rateUnit === null ? [] : [scenario.rateUnit];
  const head = [
    ...['contender', 'header', scenario.unit, 'lowest to highest'],
    ...yardsticks.map((id) => `÷ ${titleOf(id)}`),
    ...rate,
  ];
  const rows = outcomes.map((outcome) => row(result, outcome, yardsticks));
  const targets = TARGETS.filter((target) => target.scenario === scenario.id);
  const aimed = [['target', 'wanted', 'measured', ''], ...targets.map((target) => targetRow(result, target))];
  const brackets =
    rounds < LEAST_FOR_INTERVAL ? 'the lowest and the highest' : 'the 95 % interval of the median';
  return [
    `${markdown ? '## ' : ''}${scenario.title}`,
    `${scenario.text} ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, contenders in turn; medians; in brackets ${brackets}.`,
    textTable([head, ...rows], markdown),
    ...troubles(result),
    ...(targets.length > 0 ? [textTable(aimed, markdown)] : []),
  ].join('\n\n');
}

/** The tables of a run, with where and how it was made, and what it does not tell. */
export function report(
  results: readonly Result[],
  about: { facts: readonly string[]; command: string; leftOut: readonly string[] },
  markdown: boolean,
): string {
  const list = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');
  const facts = [
    ...about.facts,
    `Command: ${markdown ? `\`${about.command}\`` : about.command}`,
    'Figures are processor time of the proxy’s process alone, all its threads, from the kernel’s accounting, or its ' +
      'resident memory; ratios are medians of the ratios of each round.',
    ...(about.leftOut.length > 0
      ? [`Left out, because the command says so: ${about.leftOut.join(', ')}`]
      : []),
  ];
  return [
    list(facts),
    ...results.map((result) => section(result, markdown)),
    `${markdown ? '## ' : ''}What is not measured`,
    list(NOT_MEASURED),
  ].join('\n\n');
}
