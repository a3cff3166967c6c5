import type { Summary } from '../src/load/statistics.ts';

const NUMBER = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** Shown in place of a missing figure. */
export const NONE = '–';

/** Three significant digits. */
export function numberText(figure: number): string {
  return NUMBER.format(figure);
}

/** A median with its interval; ratios have two decimals. */
export function summaryText(summary: Summary | null): string {
  if (summary === null) return NONE;
  const [middle, low, high] = [summary.median, summary.low, summary.high].map((each) =>
    Math.abs(each) < 10 ? each.toFixed(2) : numberText(each),
  );
  return `${middle} (${low} to ${high})`;
}
