import { MIN_FOR_INTERVAL } from '../src/load/statistics.ts';
import { CODEC_TEXT, CODEC_TITLE, type CodecRow, codecTable, codecTargets } from './codec.ts';
import { NOT_MEASURED } from './not-measured.ts';
import { summaryText } from './numbers.ts';
import { nameOf, type Result } from './run-scenario.ts';
import { apartFromWrk, crossCheckRows, rowsOf } from './tables.ts';
import { judge, TARGETS } from './targets.ts';
import { textTable } from './text-table.ts';

export interface About {
  readonly facts: readonly string[];
  readonly command: string;
  readonly leftOut: readonly string[];
}

/** The results of a run. */
export interface Findings {
  readonly results: readonly Result[];
  /** Empty if the codec was not measured. */
  readonly codec: readonly CodecRow[];
}

export interface Style {
  readonly markdown: boolean;
  /** The path of a scenario's picture; null if there is none. */
  readonly pictureOf: (result: Result) => string | null;
}

/** The tables of a run, with machine, command, and what was not measured. */
export function report({ results, codec }: Findings, about: About, style: Style): string {
  const { markdown } = style;
  const title = (text: string): string => `${markdown ? '### ' : ''}${text}`;
  const facts = [
    ...about.facts,
    `Command: ${markdown ? `\`${about.command}\`` : about.command}`,
    'Unless stated otherwise, figures are the processor time of the proxy’s process (all its threads, from the ' +
      'kernel’s accounting) or its resident memory. Ratios are medians of the ratios of each round.',
    ...(about.leftOut.length > 0 ? [`Left out by the command: ${about.leftOut.join(', ')}`] : []),
  ];
  return [
    listOf(facts),
    title('Targets'),
    textTable([...targetRows(results), ...codecTargets(codec)], markdown),
    ...results.flatMap((result) => [title(result.scenario.title), ...sectionOf(result, style)]),
    ...(codec.length === 0 ? [] : [title(CODEC_TITLE), CODEC_TEXT, textTable(codecTable(codec), markdown)]),
    title('What is not measured'),
    listOf(NOT_MEASURED),
  ].join('\n\n');
}

function sectionOf(result: Result, { markdown, pictureOf }: Style): string[] {
  const { scenario, rounds } = result;
  const brackets =
    rounds < MIN_FOR_INTERVAL ? 'the lowest and the highest' : 'the 95 % interval of the median';
  const turns = `${rounds} ${rounds === 1 ? 'round' : 'rounds'}, contenders in turn; medians; in brackets ${brackets}.`;
  const picture = pictureOf(result);
  const checked = crossCheckRows(result);
  return [
    `${scenario.text} ${turns}`,
    textTable(rowsOf(result), markdown),
    ...troublesOf(result),
    ...(picture === null ? [] : [`![${scenario.title}](${picture})`]),
    ...(checked === null ? [] : [CROSS_CHECK, textTable(checked, markdown), ...apartOf(result)]),
  ];
}

const CROSS_CHECK =
  'The same load by wrk -t1 for 1 s, right after herald load, in the first rounds: the cost of a connection should ' +
  'not depend on the load generator.';

/** Why the two may differ by more than 10 %. */
function apartOf(result: Result): string[] {
  const apart = apartFromWrk(result);
  if (apart.length === 0) return [];
  return [`More than 10 % apart: ${apart.join(', ')}. ${WHY_APART}`];
}

const WHY_APART =
  'Rounds of herald load are shorter, run at another moment, and use a new thread whose code is compiled during the ' +
  'round; the effect of each was not measured.';

/** The targets of the scenarios that were run. */
function targetRows(results: readonly Result[]): readonly (readonly string[])[] {
  const rows = TARGETS.flatMap((target) => {
    const result = results.find(({ scenario }) => scenario.id === target.scenario);
    if (result === undefined) return [];
    const { measured, text } = judge(target, result);
    const wanted = `≤ ${target.most.toLocaleString('en')}${target.sure ? ', interval below 1' : ''}`;
    return [[result.scenario.title, target.text, wanted, summaryText(measured), text]];
  });
  return [['scenario', 'target', 'wanted', 'measured', ''], ...rows];
}

/** One line for each contender without figures, or with figures that need a remark. */
function troublesOf({ outcomes }: Result): string[] {
  return outcomes.flatMap((outcome) => {
    const { contender, failed, figures } = outcome;
    const name = nameOf(outcome);
    if (contender.missing !== null) return [`${name} was not measured: ${contender.missing}`];
    if (failed !== null) return [`${name} could not be measured: ${failed}`];
    const roundsWith = (what: string) => figures.filter((figure) => (figure[what] ?? 0) > 0).length;
    const [limited, overload] = [roundsWith('limited'), roundsWith('unanswered')];
    const of = `of ${figures.length} rounds`;
    return [
      ...(overload > 0 ? [`${name}: in ${overload} ${of} the rate was higher than it can serve`] : []),
      ...(limited > 0 ? [`${name}: in ${limited} ${of} the load generator got no processor in time`] : []),
    ];
  });
}

function listOf(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}
