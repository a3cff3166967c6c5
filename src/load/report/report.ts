import { readFileSync } from 'node:fs';
import { type Asked, MODE_TEXTS, runTitle } from '../describe-plan.ts';
import { FAILURE_KINDS, FAILURES } from '../failures.ts';
import { PERCENTILE_NAMES, PERCENTILES } from '../histogram.ts';
import { isAsking, type Work } from '../load-plan.ts';
import { doneRate, errorsOf, LIMITS } from '../outcome.ts';
import type { LoadResult, ResultPart } from '../result.ts';
import type { Summary } from '../statistics.ts';
import { bestOf, type Step, verdictText } from '../step.ts';
import { TIMES } from '../tally.ts';
import {
  bytesText,
  countText,
  rateText,
  timeText,
  unknownClientsText,
  wholeText,
  wrongClientsText,
} from '../units.ts';
import { unlikeLine } from './format-comparison.ts';
import { foundSentence, rampSentence } from './format-steps.ts';
import type { PageData } from './page-data.ts';
import { NO_FIGURE, TIME_NAMES } from './part-lines.ts';
import { REPORT_STYLE } from './report-style.ts';

const HEADS = PERCENTILES.map((each) => PERCENTILE_NAMES[each]);
/** The page loads nothing, and the browser enforces it. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
const PICTURES = [
  [
    'curve',
    'Total time by percentile',
    'The share of samples that took at most this long. A line ends at the slowest sample.',
  ],
  [
    'latency',
    'Latency over time',
    'Total time of what was completed in each interval; for held connections, the connect time. A percentile is drawn if the interval has enough samples.',
  ],
  ['rate', 'Rate and errors over time', 'Requests a second, or connections if the work has no requests.'],
  ['bytes', 'Bytes over time', 'Bytes a second, both directions together.'],
] as const;

/** A page with the figures and charts of a run, and of another one beside them: one file that loads nothing. */
export function createReport(result: LoadResult, other: LoadResult | null): string {
  const title = escapeHtml(`herald load: ${runTitle(result.asked)}`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${fileOf(import.meta.resolve('uplot/dist/uPlot.min.css'))}${REPORT_STYLE}</style>
</head>
<body>
<main>
<header><p class="program">herald load</p><h1>${escapeHtml(runTitle(result.asked))}</h1>
<p>${escapeHtml(MODE_TEXTS[result.asked.mode])}</p>${
    other === null
      ? ''
      : `
<p>Compared with the run of ${escapeHtml(other.at)}: ${escapeHtml(runTitle(other.asked))}</p>`
  }</header>
${notes(result, other)}
${cards(result)}
${stepsSection(result)}
${figures(result, other)}
${PICTURES.map(([id, head, text]) => `<section><h2>${head}</h2><p>${text}</p><div class="picture" id="${id}"></div></section>`).join('\n')}
${errors(result, other)}
<section><h2>Options of the run</h2>${asked(result.asked)}</section>
<footer>herald ${escapeHtml(result.herald)}, ${escapeHtml(result.at)}</footer>
</main>
<script type="application/json" id="result">${json(result)}</script>
<script type="application/json" id="other">${other === null ? '' : json(other)}</script>
<script>/*!
${fileOf(import.meta.resolve('uplot/LICENSE'))}*/
${fileOf(import.meta.resolve('uplot/dist/uPlot.iife.min.js'))}</script>
<script type="module">${fileOf(new URL('../../web/report-page.js', import.meta.url).href)}</script>
</body>
</html>
`;
}

function notes(result: LoadResult, other: LoadResult | null): string {
  const { limitedByGenerator, endedEarly, direct } = result;
  const wrongClients = result.wrongClients + (direct?.wrongClients ?? 0);
  const unknownClients = result.unknownClients + (direct?.unknownClients ?? 0);
  const lines = [];
  const unlike = other === null ? null : unlikeLine(result, other);
  if (unlike !== null) lines.push(unlike);
  if (limitedByGenerator !== null) lines.push(`The generator was the limit: ${LIMITS[limitedByGenerator]}.`);
  if (endedEarly) lines.push('Ended early: the figures cover the time until then.');
  if (wrongClients > 0) lines.push(`${wrongClientsText(wrongClients)}.`);
  if (unknownClients > 0) lines.push(`${unknownClientsText(unknownClients)}.`);
  const { headline: sentence, found, ramp } = result;
  const answer =
    sentence ?? (found !== undefined ? foundSentence(found) : ramp === undefined ? null : rampSentence(ramp));
  return [
    ...lines.map((line) => `<p class="note">${escapeHtml(line)}</p>`),
    ...(answer === null ? [] : [`<p class="answer">${escapeHtml(answer)}</p>`]),
  ].join('\n');
}

function cards({ achieved, errors, latency, asked, direct, wrongClients }: LoadResult): string {
  const sum = errorsOf(errors);
  const rate = doneRate(asked.work, achieved);
  const what = isAsking(asked.work) ? 'requests a second' : 'connections a second';
  const rows = [
    [countText(rate), typeof asked.rate === 'number' ? `${what} (asked: ${rateText(asked.rate)})` : what],
    ...latencyCards(latency.total),
    [`${bytesText(achieved.bytesPerSecond)}/s`, 'both directions'],
    [wholeText(sum), sum === 1 ? 'error' : 'errors'],
  ];
  if (wrongClients > 0)
    rows.push([wholeText(wrongClients), wrongClients === 1 ? 'wrong client' : 'wrong clients']);
  const way = direct === undefined ? '' : 'through: ';
  return `<div class="cards">${rows.map(([figure, text]) => `<div><b>${figure}</b><span>${way}${text}</span></div>`).join('')}</div>`;
}

/** The median, and the highest percentile up to p99 that has enough samples, else the maximum. */
function latencyCards(total: LoadResult['latency']['total']): string[][] {
  if (total === null) return [];
  const tail = (['p99', 'p95', 'p90'] as const).find((each) => total[each] !== null) ?? 'max';
  const of = ` of ${wholeText(total.count)} samples`;
  return [
    ...(total.p50 === null ? [] : [[timeText(total.p50), `median${of}`]]),
    [timeText(total[tail]!), `${PERCENTILE_NAMES[tail]}${of}`],
  ];
}

/** The steps of `--find` or `--ramp`, in the order in which they were played. */
function stepsSection({ asked, found, ramp }: LoadResult): string {
  const steps = found?.steps ?? ramp?.steps;
  if (steps === undefined) return '';
  const best = bestOf(steps);
  const shown = best === null ? 'the last step' : `the step at ${rateText(best.rate)} a second`;
  const heads = ['asked a second', '', 'done a second', 'count', 'p50', 'p95', 'p99', 'errors'];
  return `<section><h2>Step by step</h2><p>All figures below are those of ${shown}.</p>${table(
    heads,
    steps.map((step) => stepCells(step, asked.work)),
    'verdicts',
  )}
<div class="picture" id="steps"></div></section>`;
}

function stepCells(step: Step, work: Work): string[] {
  const { rate, achieved, latency, errors } = step;
  const { total } = latency;
  const times = [total?.p50, total?.p95, total?.p99].map((us) => figureText(us ?? null));
  const done = countText(doneRate(work, achieved));
  const count = wholeText(total?.count ?? 0);
  // The verdict comes second: on a narrow page the columns on the right need scrolling.
  return [rateText(rate), verdictText(step), done, count, ...times, wholeText(errorsOf(errors))];
}

function figures(result: LoadResult, other: LoadResult | null): string {
  const rows = waysOf(result, other).flatMap(([name, { latency }]) =>
    TIMES.flatMap((time) => {
      const found = latency[time];
      return found === null
        ? []
        : [
            [
              `${name} ${TIME_NAMES[time]}`.trim(),
              wholeText(found.count),
              ...PERCENTILES.map((each) => figureText(found[each])),
            ],
          ];
    }),
  );
  const latency = rows.length > 0 ? table(['', 'count', ...HEADS], rows) : '<p>Not measured.</p>';
  const parts = [`<section><h2>Latency</h2>${latency}</section>`];
  const growth = result.overhead?.total;
  if (growth != null) {
    const rows = PERCENTILES.map((each, at) => {
      const found = growth[each];
      if (found === null) return [HEADS[at]!, ...Array.from({ length: 5 }, () => NO_FIGURE)];
      return [
        HEADS[at]!,
        ...summary(found.difference, figureText),
        ...summary(found.ratio, (ratio) => ratio.toFixed(2)),
        String(found.difference.count),
      ];
    });
    const heads = ['total', 'difference', '95 % interval', 'ratio', '95 % interval', 'rounds'];
    const text =
      'Median of the rounds; with fewer than six rounds the interval is the lowest and the highest. If a round has too few samples, pairs of rounds are compared.';
    parts.push(`<section><h2>Overhead of the proxy</h2><p>${text}</p>${table(heads, rows)}</section>`);
  }
  return parts.join('\n');
}

function summary({ median, low, high }: Summary, text: (figure: number) => string): string[] {
  return [text(median), `${text(low)} … ${text(high)}`];
}

function errors(result: LoadResult, other: LoadResult | null): string {
  const ways = waysOf(result, other);
  const rows = FAILURE_KINDS.filter((kind) => ways.some(([, { errors }]) => errors[kind] > 0)).map((kind) => [
    kind,
    ...ways.map(([, { errors }]) => wholeText(errors[kind] ?? 0)),
    FAILURES[kind],
  ]);
  if (rows.length === 0) return '';
  const heads = ways.length === 1 ? ['count'] : ways.map(([name]) => name || 'this run');
  return `<section><h2>Errors</h2>${table(['', ...heads, 'meaning'], rows, 'words')}</section>`;
}

/** The ways that have figures on the page, with their names; a single run has no name. */
function waysOf(result: LoadResult, other: LoadResult | null): (readonly [name: string, part: ResultPart])[] {
  const { direct } = result;
  return [
    [direct === undefined ? '' : 'through', result],
    ...(direct === undefined ? [] : [['direct', direct] as const]),
    ...(other === null ? [] : [['other run', other] as const]),
  ];
}

/** A figure and its unit, with a space between that does not break. */
function figureText(us: number | null): string {
  if (us === null) return NO_FIGURE;
  return timeText(us).replace(' ', '\u00a0');
}

function asked(asked: Asked): string {
  const rows = Object.entries(asked)
    .filter(([, value]) => value !== null && value !== false && !(Array.isArray(value) && value.length === 0))
    .map(([key, value]) => [key, Array.isArray(value) ? value.join(', ') : String(value)]);
  return table(['', ''], rows);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[], kind = 'figures'): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  const head = heads.some((each) => each !== '') ? `<thead>${line(heads, 'th')}</thead>` : '';
  return `<div class="table"><table class="${kind}">${head}<tbody>${rows.map((row) => line(row, 'td')).join('')}</tbody></table></div>`;
}

const ESCAPES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character]!);
}

/** `<` is escaped, so that no text in the result can end the script element. */
function json(value: PageData): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function fileOf(url: string): string {
  return readFileSync(new URL(url), 'utf8');
}
