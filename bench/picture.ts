import { summarize } from '../src/load/statistics.ts';
import { numberText } from './numbers.ts';
import { figuresOf } from './ratios.ts';
import { nameOf, type Result } from './run-scenario.ts';

const WIDTH = 720;
const ROW = 22;
const BAR = 14;
const TOP = 34;
const LEFT = 210;
const RIGHT = 90;
/** Herald's bars have a colour of their own. */
const COLOURS = { ours: '#2f6fb3', theirs: '#9aa5b1', ink: '#1f2933', whisker: '#52606d' } as const;

/**
 * A scenario's costs as bars, with the interval of each median as a whisker: an SVG file without scripts, on a white
 * background so that it is readable on a dark page. Null if nothing was measured.
 */
export function createPicture(result: Result): string | null {
  const { scenario, outcomes } = result;
  const bars = outcomes.flatMap((outcome) => {
    const who = { id: outcome.contender.id, step: outcome.step.label };
    const summary = summarize(figuresOf(result, who));
    return summary === null ? [] : [{ name: nameOf(outcome), ours: who.id.startsWith('herald'), summary }];
  });
  if (bars.length === 0) return null;
  const most = Math.max(...bars.map(({ summary }) => Math.max(summary.high, 0)));
  const at = (figure: number): number =>
    LEFT + ((WIDTH - LEFT - RIGHT) * Math.max(figure, 0)) / Math.max(most, 1);
  const rows = bars.map(({ name, ours, summary }, row) => {
    const y = TOP + row * ROW;
    const middle = y + BAR / 2;
    const [low, high] = [at(summary.low), at(summary.high)].map(fixed);
    return [
      text(LEFT - 8, middle, name, 'end'),
      `<rect x="${LEFT}" y="${y}" width="${fixed(at(summary.median) - LEFT)}" height="${BAR}" fill="${ours ? COLOURS.ours : COLOURS.theirs}"/>`,
      `<path d="M${low} ${middle}H${high}M${low} ${middle - 3}v6M${high} ${middle - 3}v6" stroke="${COLOURS.whisker}"/>`,
      text(Number(high) + 6, middle, numberText(summary.median), 'start'),
    ].join('\n');
  });
  const height = TOP + bars.length * ROW + 6;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<title>${scenario.title}: ${scenario.cost.unit}</title>
<rect width="100%" height="100%" fill="#fff"/>
${text(8, 16, `${scenario.title}: ${scenario.cost.unit}`, 'start', ' font-weight="bold"')}
${rows.join('\n')}
</svg>
`;
}

function text(x: number, y: number, words: string, anchor: 'start' | 'end', more = ''): string {
  const escaped = words.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<text x="${fixed(x)}" y="${y}" dy=".35em" text-anchor="${anchor}" fill="${COLOURS.ink}"${more}>${escaped}</text>`;
}

function fixed(figure: number): string {
  return figure.toFixed(1).replace(/\.0$/, '');
}
