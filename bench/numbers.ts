import type { Summary } from '../src/load/statistics.ts';

const NUMBER = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** What stands where there is no figure. */
export const NONE = '–';

/** Three digits that count. */
export function numberText(figure: number): string {
  return NUMBER.format(figure);
}

/** A median with what surrounds it; ratios keep two digits behind the point. */
export function summaryText(summary: Summary | null): string {
  if (summary === null) return NONE;
  const [middle, low, high] = [summary.median, summary.low, summary.high].map((each) =>
    Math.abs(each) < 10 ? each.toFixed(2) : numberText(each),
  );
  return `${middle} (${low} to ${high})`;
}
