// The script of a load report. `load/report/report.ts` puts the compiled text of this file into the page as an inline
// module, behind uPlot and the figures, so it must be one file: it may import types and no values. Code that several
// pages share belongs in a file beside this one, whose compiled text a page gets ahead of its own.

import type { PageData, PagePart } from '../load/report/page-data.ts';

type PagePoint = PagePart['series'][number];

/** One line of a chart: its points by x. */
interface Line {
  readonly label: string;
  readonly color: string;
  readonly points: ReadonlyMap<number, number | null>;
  /** Lengths of strokes and gaps, in pixels; empty: a solid line. */
  readonly dash: readonly number[];
}

/** What has lines of its own: the run, the direct way of a comparison, the other run. */
interface Way {
  readonly name: string;
  readonly part: PagePart;
  readonly color: string;
  readonly dash: readonly number[];
}

interface ChartSpec {
  readonly id: string;
  readonly lines: readonly Line[];
  readonly showX: (x: number) => string;
  readonly showY: (y: number) => string;
  readonly isLog: boolean;
  readonly splits?: (chart: uPlot, axis: number, min: number, max: number) => number[];
  /** Steps that an axis may have. */
  readonly steps?: number[];
}

const HEIGHT = 260;
/** In pixels. On a narrower chart the labels of neighbouring percentiles would overlap. */
const NARROW = 560;
const NOTHING = 'Not measured.';
const dark = matchMedia('(prefers-color-scheme: dark)').matches;
const COLORS = dark
  ? { blue: '#6cb6ff', green: '#57c9a0', orange: '#f0a35e', red: '#f47067', grey: '#8b949e', grid: '#2b313a' }
  : {
      blue: '#1f6feb',
      green: '#1a7f5a',
      orange: '#c4620a',
      red: '#cf222e',
      grey: '#57606a',
      grid: '#e6e9ed',
    };

const result = read('result');
const other = read('other');
const WAYS = waysOf();

function read(id: string): PageData | null {
  const text = document.getElementById(id)?.textContent ?? '';
  return text === '' ? null : JSON.parse(text);
}

function waysOf(): readonly Way[] {
  const ways: Way[] = [];
  if (result !== null) {
    const { direct } = result;
    ways.push({ name: direct === undefined ? '' : 'through, ', part: result, color: COLORS.blue, dash: [] });
    if (direct !== undefined)
      ways.push({ name: 'direct, ', part: direct, color: COLORS.green, dash: [7, 4] });
  }
  if (other !== null) ways.push({ name: 'other run, ', part: other, color: COLORS.orange, dash: [2, 3] });
  return ways;
}

function overTime(
  figure: (point: PagePoint) => number | null,
  label: string,
  /** Null: the way's own color. */
  color: string | null,
  ways: readonly Way[] = WAYS,
): readonly Line[] {
  return ways.map(({ name, part, dash, color: own }) => ({
    label: name + label,
    color: color ?? own,
    dash,
    points: new Map(part.series.map((point) => [point.seconds, figure(point)] as const)),
  }));
}

/** The rate asked for, from the first interval to the last. */
function askedRate(): readonly Line[] {
  const rate = result?.asked.rate;
  if (typeof rate !== 'number' || result === null) return [];
  const points = new Map(result.series.map((point) => [point.seconds, rate] as const));
  return [{ label: 'asked', color: COLORS.grey, dash: [1, 4], points }];
}

/** For a logarithmic axis: what is not positive has no place on it. */
const positive = (figure: number | null): number | null => (figure !== null && figure > 0 ? figure : null);

/** The number of nines: 90 % is 1, 99 % is 2. */
function ninesOf(percentile: number): number {
  return -Math.log10(1 - percentile / 100);
}
const LAST_NINE = 4.5;
const PERCENTILES = new Map(
  [0, 50, 90, 99, 99.9, 99.99].map((each) => [ninesOf(each), `${each} %`] as const),
);

/**
 * The curve ends at the slowest sample, drawn in the middle of that sample's share: with 200 samples at 99.75 %.
 * Nothing is known beyond it.
 */
function curveOf({ curve, latency }: PagePart): Line['points'] {
  const last = Math.min(Math.log10(2 * (latency.total?.count ?? 1)), LAST_NINE);
  return new Map(
    curve.map(([percentile, us]) => [percentile >= 100 ? last : ninesOf(percentile), positive(us)] as const),
  );
}

const CROWDED = [0, 99.99].map(ninesOf);

function timeText(us: number): string {
  if (us < 1000) return `${+us.toPrecision(3)} µs`;
  return us < 1_000_000 ? `${+(us / 1000).toPrecision(3)} ms` : `${+(us / 1_000_000).toPrecision(3)} s`;
}

function countText(count: number): string {
  if (count >= 1_000_000) return `${+(count / 1_000_000).toPrecision(3)} M`;
  return count >= 10_000 ? `${+(count / 1000).toPrecision(3)} k` : `${+count.toPrecision(3)}`;
}

function bytesText(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  const mebibytes = bytes / 1024 ** 2;
  return mebibytes >= 1 ? `${+mebibytes.toPrecision(3)} MiB` : `${+(bytes / 1024).toPrecision(3)} KiB`;
}

const seconds = (x: number): string => `${+x.toFixed(2)} s`;
const { blue, green, orange, red, grey } = COLORS;
const FAILED = WAYS.filter(({ part }) => part.series.some(({ errorsPerSecond }) => errorsPerSecond > 0));
const STEPS = result?.found?.steps ?? result?.ramp?.steps ?? [];

/** A percentile by rate. If a rate was tried twice, its last step counts. */
function overRates(percentile: 'p50' | 'p95' | 'p99', color: string): Line {
  const points = STEPS.map(
    ({ rate, latency }) => [rate, positive(latency.total?.[percentile] ?? null)] as const,
  );
  return { label: percentile, color, dash: [], points: new Map(points) };
}

const charts: readonly ChartSpec[] = [
  {
    id: 'steps',
    isLog: true,
    showX: (x) => `${countText(x)}/s`,
    showY: timeText,
    lines: [overRates('p50', green), overRates('p95', orange), overRates('p99', blue)],
  },
  {
    id: 'curve',
    isLog: true,
    showX: (x) => PERCENTILES.get(x) ?? `${+(100 * (1 - 10 ** -x)).toFixed(3)} %`,
    showY: timeText,
    splits: ({ width }, _axis, _min, max) =>
      [...PERCENTILES.keys()].filter((x) => x <= max && (width >= NARROW || !CROWDED.includes(x))),
    lines: WAYS.map(({ name, part, color, dash }) => ({
      label: `${name}total`,
      color,
      dash,
      points: curveOf(part),
    })),
  },
  {
    id: 'latency',
    isLog: true,
    showX: seconds,
    showY: timeText,
    lines: [
      ...overTime(({ p50 }) => positive(p50), 'p50', green),
      ...overTime(({ p99 }) => positive(p99), 'p99', blue),
      // With several ways on one chart, their maxima would hide the percentiles.
      ...overTime(({ max }) => positive(max), 'max', orange, WAYS.length > 1 ? [] : WAYS),
    ],
  },
  {
    id: 'rate',
    isLog: false,
    showX: seconds,
    showY: countText,
    lines: [
      ...overTime(({ perSecond }) => perSecond, 'done a second', null),
      ...overTime(({ errorsPerSecond }) => errorsPerSecond, 'errors a second', red, FAILED),
      ...askedRate(),
    ],
  },
  {
    id: 'bytes',
    isLog: false,
    showX: seconds,
    showY: bytesText,
    steps: Array.from({ length: 40 }, (_, power) => 2 ** power),
    lines: overTime(({ bytesPerSecond }) => bytesPerSecond, 'bytes a second', null),
  },
];

function draw({ id, lines: all, showX, showY, isLog, splits, steps }: ChartSpec): void {
  const place = document.getElementById(id);
  if (place === null) return;
  // A percentile that has too few samples in every interval has no line.
  const lines = all.filter(({ points }) => countOf(points) > 0);
  if (lines.length === 0) {
    place.textContent = NOTHING;
    return;
  }
  const xs = [...new Set(lines.flatMap(({ points }) => [...points.keys()]))].sort((a, b) => a - b);
  const axis = {
    stroke: grey,
    grid: { stroke: COLORS.grid, width: 1 },
    ticks: { stroke: COLORS.grid, width: 1 },
  };
  const values = (show: (value: number) => string) => (_: unknown, all: readonly (number | null)[]) =>
    all.map((value) => (value === null ? '' : show(value)));
  const options: uPlot.Options = {
    width: place.clientWidth,
    height: HEIGHT,
    scales: {
      x: { time: false },
      y: isLog ? { distr: 3 } : { range: { min: { soft: 0, mode: 1 }, max: { pad: 0.1 } } },
    },
    axes: [
      { ...axis, values: values(showX), ...(splits === undefined ? {} : { splits }) },
      { ...axis, values: values(showY), size: 76, ...(steps === undefined ? {} : { incrs: steps }) },
    ],
    // Ways and runs differ by their strokes, so the legend shows the stroke.
    legend: { markers: { width: 2, dash: (_: unknown, at: number) => strokeOf(lines[at - 1]?.dash ?? []) } },
    series: [
      {
        label: X_LABELS[id] ?? 'time',
        value: (_: unknown, x: number | null) => (x === null ? '–' : showX(x)),
      },
      ...lines.map(({ label, color, dash, points }) => ({
        label,
        stroke: color,
        width: dash.length > 0 ? 1.5 : 2,
        ...(dash.length > 0 ? { dash: [...dash] } : {}),
        // One or two points make no visible line.
        points: { show: countOf(points) < 3 },
        spanGaps: true,
        value: (_: unknown, y: number | null) => (y === null ? '–' : showY(y)),
      })),
    ],
  };
  const chart = new uPlot(
    options,
    [xs, ...lines.map(({ points }) => xs.map((x) => points.get(x) ?? null))],
    place,
  );
  addEventListener('resize', () => chart.setSize({ width: place.clientWidth, height: HEIGHT }));
}

const X_LABELS: { readonly [id: string]: string } = { curve: 'percentile', steps: 'rate' };

function countOf(points: Line['points']): number {
  return [...points.values()].filter((y) => y !== null).length;
}

/** The CSS border style that looks like the line. */
function strokeOf([stroke]: readonly number[]): string {
  if (stroke === undefined) return 'solid';
  return stroke > 3 ? 'dashed' : 'dotted';
}

for (const spec of charts) draw(spec);
